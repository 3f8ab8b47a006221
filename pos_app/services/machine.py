"""The machine's own clock and chance, behind the ports that tests replace."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
import time

_JITTER_STEPS = 4096
#: Linux's monotonic clock stands still while the PC sleeps; this one does not. What Windows offers
#: as monotonic goes on by itself.
_BOOT_TIME: int | None = getattr(time, "CLOCK_BOOTTIME", None)


class SystemClock:
    """The wall clock for records, the monotonic one for everything that waits."""

    def now(self) -> dt.datetime:
        """Return the wall time, aware UTC."""
        return dt.datetime.now(dt.UTC)

    def monotonic_s(self) -> float:
        """Return seconds on a clock that never jumps and goes on while the PC sleeps.

        A token's life and the time a late charge may need pass in a sleeping PC, too.
        """
        return time.monotonic() if _BOOT_TIME is None else time.clock_gettime(_BOOT_TIME)

    async def sleep(self, seconds: float) -> None:
        """Wait without stopping anything else."""
        await asyncio.sleep(seconds)


class SystemIds:
    """Chance from the operating system: order numbers must not be guessable or repeat."""

    def new_id(self) -> str:
        """Return 32 hex digits."""
        return secrets.token_hex(16)

    def random_bits(self, count: int) -> int:
        """Return `count` random bits as a number."""
        return secrets.randbits(count)

    def jitter(self) -> float:
        """Return a number in [0.8, 1.2)."""
        return 0.8 + 0.4 * secrets.randbelow(_JITTER_STEPS) / _JITTER_STEPS
