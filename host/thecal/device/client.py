"""What can be asked of a pump, one method per message.

A command whose reply is lost is not failed but uncertain: the client reads the
pump's state once, and if that does not show the command carried out it raises
OutcomeUncertain. It never sends a command twice. Dose commands have a rule of
their own, dosing.py.
"""

import time
from collections.abc import Callable

from thecal import wire
from thecal.device.answers import Active, Given, Refilled
from thecal.device.dosing import SETTLE_S, Dose, give
from thecal.device.reader import TIMEOUT_S, Caller, PumpReader, fields_of
from thecal.errors import DeviceRefused, LinkError, OutcomeUncertain, ThecalError
from thecal.prescribing.record import SERIAL_MAX_CHARS
from thecal_wire import codes, messages

# Reads the state; returns whether the command was carried out, and what was seen.
StateReader = Callable[[], tuple[bool, str]]

_CLOCK_SLACK_S = 2  # its second may have turned, and so may ours


class PumpClient(PumpReader):
    """A pump behind a link.

    Every method raises DeviceRefused, NoReply, PortGone, DamagedReply or
    ProtocolMismatch; the commands raise OutcomeUncertain instead of the last
    four once the request may have reached the pump. `reopen` opens the port
    anew after it vanished in a dose command, for up to `settle_s`.
    """

    def __init__(
        self,
        link: Caller,
        timeout_s: float = TIMEOUT_S,
        reopen: Callable[[], Caller] | None = None,
        settle_s: float = SETTLE_S,
    ) -> None:
        super().__init__(link, timeout_s)
        self._reopen = reopen
        self._settle_s = settle_s

    def prescribe(self, record: bytes) -> Active:
        """Commit a prescription record; return what is then in force.

        The caller compares `active().record` with what was ordered. The returned
        record is `record` itself unless the state had to be read.
        """
        seen: list[Active] = []

        def state() -> tuple[bool, str]:
            seen.append(self.active())
            same = seen[0].record == record
            return same, "the new prescription is active" if same else "another one is active"

        reply = self._command(messages.PRESCRIBE, record, state)
        if reply is None:
            return seen[0]
        fields = fields_of(messages.PRESCRIBE, messages.ACTIVE_FIELDS, reply)
        return Active(**fields, record=record)

    def start(self, acknowledge: bool = False, minimum_rate: bool = False) -> None:
        """Start therapy; `acknowledge` ends latched alarms first."""
        modes = (codes.MINIMUM,) if minimum_rate else (codes.RUNNING, codes.BOLUS)
        self._command(
            messages.START,
            wire.pack(messages.START_FIELDS, int(acknowledge), int(minimum_rate)),
            lambda: self._mode_is(*modes),
        )

    def stop(self) -> None:
        """Stop therapy."""
        self._command(messages.STOP, b"", lambda: self._mode_is(codes.STOPPED))

    def acknowledge(self) -> None:
        """End the latched alarms; therapy stays as it is."""

        def state() -> tuple[bool, str]:
            latched = [alarm.name for alarm in self.alarms() if alarm.latched]
            return not latched, f"the pump reports {', '.join(latched) or 'no latched alarm'}"

        self._command(messages.ACKNOWLEDGE, b"", state)

    def set_clock(self, wall_s: int, utc_offset_min: int) -> None:
        """Set wall time (Unix time) and its offset from UTC."""
        sent_s = time.monotonic()

        def state() -> tuple[bool, str]:
            ahead_s = self.status().wall_s - wall_s
            passed_s = time.monotonic() - sent_s
            near = -_CLOCK_SLACK_S <= ahead_s <= passed_s + _CLOCK_SLACK_S
            try:
                offset = self.therapy().utc_offset_min
            except DeviceRefused:
                return False, "without a prescription the pump does not tell its offset"
            seen = f"its clock is {ahead_s} s from what was sent, with {offset} min of offset"
            return near and offset == utc_offset_min, seen

        payload = wire.pack(messages.CLOCK_FIELDS, wall_s, utc_offset_min)
        self._command(messages.CLOCK, payload, state)

    def calibrate(self, serial: str, stroke_pl: int, sensed_pl: int = 0) -> None:
        """Give the pump its serial and stroke volume; `sensed_pl` 0 = not known.

        Raises ValueError for a serial that is not 1 to 11 ASCII characters.
        """
        if not 1 <= len(serial) <= SERIAL_MAX_CHARS or not serial.isascii():
            raise ValueError(f"not a serial: {serial!r}")

        def state() -> tuple[bool, str]:
            found = (self.hello().serial, self.status().stroke_pl)
            return found == (serial, stroke_pl), f"the pump reports {found[0]}, {found[1]} pL"

        payload = wire.pack(
            messages.CALIBRATE_FIELDS, serial.encode("ascii"), stroke_pl, sensed_pl
        )
        self._command(messages.CALIBRATE, payload, state)

    def refill(self, volume_nl: int, withdrawn_nl: int | None = None) -> Refilled:
        """Tell the pump what its reservoir now holds, and what came out of it before."""

        def state() -> tuple[bool, str]:
            found_nl = self.status().reservoir_nl
            return found_nl == volume_nl, f"the pump reports {found_nl} nL in its reservoir"

        withdrawn = messages.NOT_MEASURED if withdrawn_nl is None else withdrawn_nl
        payload = wire.pack(messages.REFILL_FIELDS, volume_nl, withdrawn)
        reply = self._command(messages.REFILL, payload, state)
        if reply is None:
            return Refilled(None, None)
        fields = fields_of(messages.REFILL, messages.REFILLED_FIELDS, reply)
        return Refilled(fields["expected_nl"], bool(fields["mismatch"]))

    # --- dose commands: NotGiven if the state shows that a lost one did nothing --------
    def bolus(self, dose_ng: int, duration_s: int) -> Given:
        """Give a clinician bolus."""
        return self._give(Dose(messages.BOLUS, messages.BOLUS_FIELDS, (dose_ng, duration_s)))

    def prime(self, volume_nl: int) -> Given:
        """Give a priming bolus."""
        return self._give(Dose(messages.PRIME, messages.PRIME_FIELDS, (volume_nl,)))

    def _give(self, dose: Dose) -> Given:
        return give(self, self._ask, dose, self._reconnect, self._settle_s)

    # --- helpers -------------------------------------------------------------
    def _reconnect(self) -> bool:
        """Open the port anew; False if this client cannot."""
        if self._reopen is None:
            return False
        self._link = self._reopen()
        return True

    def _mode_is(self, *modes: int) -> tuple[bool, str]:
        status = self.status()
        return status.mode in modes, f"the pump reports mode {status.mode_name}"

    def _command(self, kind: int, payload: bytes, state: StateReader) -> bytes | None:
        """Send a command once; return its reply, or None if the state had to prove it done."""
        name = wire.command_name(kind)
        try:
            return self._ask(kind, payload)
        except LinkError as lost:
            if not lost.sent:
                raise
            _settle(name, state, lost)
            return None
        except KeyboardInterrupt:
            raise OutcomeUncertain(name, "interrupted before the reply came") from None


def _settle(name: str, state: StateReader, lost: LinkError) -> None:
    """Return if the state shows the command carried out, else raise OutcomeUncertain."""
    try:
        done, seen = state()
    except ThecalError as error:
        raise OutcomeUncertain(name, f"no reply, and no state either: {error}") from lost
    except KeyboardInterrupt:
        raise OutcomeUncertain(name, "no reply, and interrupted since") from None
    if not done:
        raise OutcomeUncertain(name, f"no reply, and {seen}") from lost
