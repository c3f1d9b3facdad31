"""The RP2040's hardware divider: MicroPython divides at every look into a dictionary.

rp2040py's goes through thirty comparisons and adds 8 cycles to the processor's count for
each operand, which its clock never sees: a busy time would come out longer than the time
it was measured in. The firmware's own wait for the divider is in its instructions.
"""

from typing import Any

_MASK = 0xFFFF_FFFF
_SIGN = 0x8000_0000
_UDIVIDEND, _UDIVISOR, _SDIVIDEND, _SDIVISOR = 0x60, 0x64, 0x68, 0x6C
_QUOTIENT, _REMAINDER, _CSR = 0x70, 0x74, 0x78
_DIRTY_AND_READY = 0b11


class Divider:
    """Takes the divider's registers from a SIO block and leaves it the rest.

    It divides when a result is read, not at each operand.
    """

    def __init__(self, sio: Any) -> None:
        self._dividend, self._divisor, self._is_signed = 0, 1, False
        self._quotient, self._remainder = 0, 0
        self._done = True
        self._stock_read, self._stock_write = sio.read_uint32, sio.write_uint32
        sio.read_uint32, sio.write_uint32 = self._read, self._write

    def _read(self, offset: int) -> int:
        if offset < _UDIVIDEND or offset > _CSR:
            return self._stock_read(offset)
        if not self._done:
            self._divide()
        if offset == _REMAINDER:
            return self._remainder
        if offset == _QUOTIENT:
            return self._quotient
        if offset == _CSR:
            return _DIRTY_AND_READY
        return self._dividend if offset in (_UDIVIDEND, _SDIVIDEND) else self._divisor

    def _write(self, offset: int, value: int) -> None:
        if offset < _UDIVIDEND or offset > _REMAINDER:
            self._stock_write(offset, value)
        elif offset == _UDIVIDEND:
            self._dividend = value & _MASK
            self._is_signed = self._done = False
        elif offset == _UDIVISOR:
            self._divisor = value & _MASK
            self._is_signed = self._done = False
        elif offset < _QUOTIENT:
            if offset == _SDIVIDEND:
                self._dividend = value & _MASK
            else:
                self._divisor = value & _MASK
            self._is_signed, self._done = True, False
        else:
            self._restore(offset, value & _MASK)

    def _restore(self, offset: int, value: int) -> None:
        """Put back a result that an interrupt had saved."""
        if not self._done:
            self._divide()
        if offset == _QUOTIENT:
            self._quotient = value
        else:
            self._remainder = value

    def _divide(self) -> None:
        self._done = True
        if self._is_signed:
            self._divide_signed()
        elif self._divisor:
            self._quotient, self._remainder = divmod(self._dividend, self._divisor)
        else:
            self._quotient, self._remainder = _MASK, self._dividend

    def _divide_signed(self) -> None:
        dividend, divisor = _signed(self._dividend), _signed(self._divisor)
        if divisor:
            quotient, remainder = divmod(abs(dividend), abs(divisor))
            if (dividend < 0) != (divisor < 0):
                quotient = -quotient
            if dividend < 0:
                remainder = -remainder
        else:
            quotient, remainder = -1 if dividend >= 0 else 1, dividend
        self._quotient, self._remainder = quotient & _MASK, remainder & _MASK


def _signed(value: int) -> int:
    return value - (1 << 32) if value & _SIGN else value
