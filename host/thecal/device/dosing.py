"""Dose commands: sent once, and after a lost reply settled by the counter that the pump keeps.

The pump keeps the counter of the last dose command that it accepted, in the
same write as the grant. So the state alone tells whether a command took
effect, also after a restart: the counter has reached ours, or it has not.
"""

import time
from collections.abc import Callable
from typing import NamedTuple, NoReturn

from thecal import wire
from thecal.device.answers import Given
from thecal.device.reader import PumpReader, fields_of
from thecal.errors import (
    DeviceRefused,
    LinkError,
    NoPump,
    NotGiven,
    OutcomeUncertain,
    PortGone,
    PortUnusable,
    ProtocolMismatch,
    ThecalError,
)
from thecal.wire import Layout
from thecal_wire import codes, messages

SETTLE_S = 20.0  # a pump that restarts answers again well within
_PAUSE_S = 0.25

Ask = Callable[[int, bytes], bytes]
Reconnect = Callable[[], bool]


class Dose(NamedTuple):
    """A dose command but for its counter, which the layout has first."""

    kind: int
    layout: Layout
    values: tuple[int, ...]

    @property
    def name(self) -> str:
        """`bolus` or `prime`."""
        return wire.command_name(self.kind)


def give(
    pump: PumpReader, ask: Ask, dose: Dose, reconnect: Reconnect, settle_s: float = SETTLE_S
) -> Given:
    """Send a dose command once and return what became of it.

    Raises DeviceRefused, or a LinkError if nothing was sent; after a lost reply
    NotGiven if the pump's counter shows that the command did nothing, and
    OutcomeUncertain if the pump cannot be asked within `settle_s`.
    """
    serial = pump.hello().serial
    counter = pump.therapy().counter + 1
    payload = wire.pack(dose.layout, counter, *dose.values)
    try:
        reply = ask(dose.kind, payload)
        # An answer that cannot be read is as good as lost.
        granted = fields_of(dose.kind, messages.GRANTED_FIELDS, reply)
        if granted["counter"] != counter:
            raise ProtocolMismatch(f"the pump granted command {granted['counter']}, not {counter}")
    except DeviceRefused as refused:
        if refused.code != codes.ALREADY:
            raise
        return _already(pump, dose, counter)
    except LinkError as lost:
        if not lost.sent:
            raise
        return _settle(pump, dose, counter, serial, lost, reconnect, settle_s)
    except KeyboardInterrupt:
        raise OutcomeUncertain(dose.name, "interrupted before the reply came") from None
    return Given(counter, granted["bolus_id"])


def _already(pump: PumpReader, dose: Dose, counter: int) -> Given:
    """The pump says that it has our first command already: believe it only if it runs."""
    try:
        therapy, status = pump.therapy(), pump.status()
    except ThecalError as error:
        why = f'the pump answered "already", and then no state: {error}'
        raise OutcomeUncertain(dose.name, why) from error
    if dose.kind == messages.PRIME:
        runs = status.mode == codes.PRIMING
    else:
        runs = therapy.clinician_left_s > 0
    if therapy.counter == counter and runs:
        return Given(counter, None)
    why = f'the pump answered "already" to command {counter}, and its state does not show it'
    raise OutcomeUncertain(dose.name, why)


def _settle(
    pump: PumpReader,
    dose: Dose,
    counter: int,
    serial: str,
    lost: LinkError,
    reconnect: Reconnect,
    settle_s: float,
) -> Given:
    """Read the counter, over a new connection if need be, until it tells or the time is up."""
    try:
        found = _read_counter(pump, dose, serial, lost, reconnect, time.monotonic() + settle_s)
    except KeyboardInterrupt:
        raise OutcomeUncertain(dose.name, "no reply, and interrupted since") from None
    if found >= counter:
        return Given(counter, None)
    if found == counter - 1:
        raise NotGiven(dose.name, counter) from lost
    why = f"no reply, and the pump's counter went back from {counter - 1} to {found}"
    raise OutcomeUncertain(dose.name, why) from lost


def _read_counter(
    pump: PumpReader,
    dose: Dose,
    serial: str,
    lost: LinkError,
    reconnect: Reconnect,
    until_s: float,
) -> int:
    gone, again = isinstance(lost, PortGone), False
    while True:
        try:
            if (gone or again) and not reconnect() and gone:
                _uncertain(dose, "no reply, and the port is gone", lost)
            # A port that came back may have another pump behind it.
            if pump.hello().serial != serial:
                _uncertain(dose, "another pump answers on this port", lost)
            return pump.therapy().counter
        except (LinkError, NoPump, PortUnusable) as error:
            gone, again = not isinstance(error, LinkError) or isinstance(error, PortGone), True
            if time.monotonic() >= until_s:
                _uncertain(dose, f"no reply, and no state either: {error}", lost)
            time.sleep(_PAUSE_S)
        except DeviceRefused as error:
            _uncertain(dose, f"no reply, and no state either: {error}", lost)


def _uncertain(dose: Dose, why: str, lost: LinkError) -> NoReturn:
    raise OutcomeUncertain(dose.name, why) from lost
