"""One buffer of secret digits that can be edited in place and is zero after use. No Qt.

The buffer has its full size from the start: growing it would leave a copy behind in freed memory
(security.md section 2). Digits are ASCII bytes; nothing here ever makes a `str` of them.
"""

from __future__ import annotations

_ZERO, _NINE = ord("0"), ord("9")

#: What people put between the digits of a number they copy, as UTF-8: blanks, line ends, hyphens,
#: dashes, the minus sign and the full-width hyphen.
_SEPARATORS = tuple(
    char.encode()
    for char in " \t\r\n-\u00a0\u2002\u2003\u2009\u200b\u3000"
    "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d"
)
_FULL_WIDTH_LEAD = b"\xef\xbc"  # U+FF10 to U+FF19 are EF BC 90 to EF BC 99 in UTF-8
_FULL_WIDTH_ZERO = 0x90


class DigitStore:
    """Up to `capacity` digits; shows nothing of itself in text or logs."""

    __slots__ = ("_buffer", "_count")

    def __init__(self, capacity: int) -> None:
        self._buffer = bytearray(capacity)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __repr__(self) -> str:
        return f"<DigitStore of {self._count} digits>"

    @property
    def capacity(self) -> int:
        """The largest number of digits."""
        return len(self._buffer)

    def at(self, index: int) -> int:
        """Return the ASCII code of one digit.

        Raises:
            IndexError: there are not so many.
        """
        if not 0 <= index < self._count:
            raise IndexError(index)
        return self._buffer[index]

    def insert(self, index: int, value: int) -> bool:
        """Put the digit `value` (0 to 9) before `index`; False when the buffer is full."""
        if self._count >= len(self._buffer):
            return False
        for place in range(self._count, index, -1):
            self._buffer[place] = self._buffer[place - 1]
        self._buffer[index] = _ZERO + value
        self._count += 1
        return True

    def delete(self, index: int) -> bool:
        """Take the digit at `index` out; False when there is none."""
        if not 0 <= index < self._count:
            return False
        for place in range(index, self._count - 1):
            self._buffer[place] = self._buffer[place + 1]
        self._count -= 1
        self._buffer[self._count] = 0
        return True

    def prefix(self, length: int) -> bytes:
        """Return the first `length` digits, or nothing when there are fewer.

        Only for the issuer's number (six digits), which is no secret: bytes cannot be wiped.
        """
        return bytes(self._buffer[:length]) if self._count >= length else b""

    def suffix(self, length: int) -> bytes:
        """Return the last `length` digits, or nothing when there are fewer (as `prefix`)."""
        if self._count < length:
            return b""
        return bytes(self._buffer[self._count - length : self._count])

    def view(self) -> memoryview:
        """Lend the digits, read only; release it at once, for it shows later changes."""
        return memoryview(self._buffer)[: self._count].toreadonly()

    def take(self) -> bytearray:
        """Hand the digits over in a buffer of their own and forget them."""
        taken = self._buffer[: self._count]
        self.wipe()
        return taken

    def wipe(self) -> None:
        """Overwrite everything with zero bytes."""
        zero(self._buffer)
        self._count = 0


def pasted_digits(source: bytearray, capacity: int) -> bytearray | None:
    """Return the digits in `source` (UTF-8), or None when it is no such number.

    Blanks, hyphens and dashes between digits are dropped, full-width digits become plain ones;
    any other character, no digit at all, or more than `capacity` of them, is a refusal. Both
    `source` and the result are the caller's to wipe.
    """
    found = bytearray(capacity)
    count = at = 0
    while at < len(source):
        value, width = _next_digit(source, at)
        if value is None and width == 0:
            zero(found)
            return None
        at += width
        if value is None:
            continue
        if count == capacity:
            zero(found)
            return None
        found[count] = value
        count += 1
    if count == 0:
        return None
    digits = found[:count]
    zero(found)
    return digits


def _next_digit(source: bytearray, at: int) -> tuple[int | None, int]:
    """Return the ASCII digit at `at` (None for a separator) and how many bytes it took."""
    if _ZERO <= source[at] <= _NINE:
        return source[at], 1
    if source.startswith(_FULL_WIDTH_LEAD, at) and at + 2 < len(source):
        value = source[at + 2] - _FULL_WIDTH_ZERO
        if 0 <= value <= 9:
            return _ZERO + value, 3
    for separator in _SEPARATORS:
        if source.startswith(separator, at):
            return None, len(separator)
    return None, 0


def zero(buffer: bytearray) -> None:
    """Overwrite every byte of `buffer`."""
    for place in range(len(buffer)):
        buffer[place] = 0
