"""The drug reservoir: it gives what it has, and then air."""


class Reservoir:
    """Contents in nL.

    Once it cannot give what is asked, the inlet has drawn air and the reservoir
    is `dry`: nothing more comes out until it is filled, though slip still returns.
    """

    def __init__(self, contents_nl: float) -> None:
        self.fill(contents_nl)

    def fill(self, contents_nl: float) -> None:
        """Set the contents and clear the inlet of air."""
        if contents_nl < 0:
            raise ValueError(f"reservoir: contents must not be negative, got {contents_nl} nL")
        self.contents_nl = contents_nl
        self.dry = contents_nl == 0

    def take(self, wanted_nl: float) -> float:
        """Fluid that comes when `wanted_nl` is drawn; the rest of it is air."""
        if self.dry:
            return 0.0
        if wanted_nl < self.contents_nl:
            self.contents_nl -= wanted_nl
            return wanted_nl
        taken_nl = self.contents_nl
        self.contents_nl = 0.0
        self.dry = True
        return taken_nl

    def give_back(self, nl: float) -> None:
        """Slip returns."""
        self.contents_nl += nl
