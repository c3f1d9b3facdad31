"""Names and addresses of an image, as `make firmware` leaves them beside it (.sym).

The first line holds the SHA-256 of the UF2 that they belong to: names of another build
would point anywhere.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path


class NoSymbols(Exception):
    """There are no symbols of this image; the message says how to make some."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name's place in memory."""

    address: int
    size: int

    def holds(self, address: int) -> bool:
        """True if this address lies in it."""
        return self.address <= address < self.address + self.size


class Symbols:
    """All names of one image, and for each address the name that begins there."""

    def __init__(self, by_name: dict[str, Symbol]) -> None:
        self._by_name = by_name
        self._by_address = {symbol.address: name for name, symbol in by_name.items()}

    def __getitem__(self, name: str) -> Symbol:
        try:
            return self._by_name[name]
        except KeyError:
            raise NoSymbols(f"the image has no {name}: another MicroPython?") from None

    def name_at(self, address: int) -> str | None:
        """What begins at this address."""
        return self._by_address.get(address)


def beside(image: Path) -> Path:
    """Where the symbols of an image are."""
    return image.with_suffix(".sym")


def read(image: Path) -> Symbols:
    """The symbols of this image, and of no other."""
    path = beside(image)
    if not path.exists():
        raise NoSymbols(f"no symbols at {path}: run `make firmware`")
    head, *lines = path.read_text().splitlines()
    if head != hashlib.sha256(image.read_bytes()).hexdigest():
        raise NoSymbols(f"{path} belongs to another image: run `make firmware`")
    by_name = {}
    for line in lines:
        address, size, name = line.split()
        by_name[name] = Symbol(int(address, 16), int(size, 16))
    return Symbols(by_name)
