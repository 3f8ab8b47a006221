"""Asks the operating system never to write this program's memory down.

While a card is typed its digits are in memory. A core dump or a crash report would carry them to
a disk or to a stranger's server (security.md section 2). Called first of all, before anything is
typed. What the system refuses is named and logged; it is no reason not to open the shop.

The pagefile and hibernation are out of reach: only an encrypted disk helps there.
"""

from __future__ import annotations

import ctypes
import sys

if sys.platform == "win32":
    #: werapi.h: the heap is left out of error reports.
    _WER_FAULT_REPORTING_FLAG_NOHEAP = 1

    def keep_memory_private() -> tuple[str, ...]:
        """Keep the heap out of error reports; return the names of what was refused."""
        # The answer is an HRESULT: zero or more is success.
        refused = ctypes.windll.kernel32.WerSetFlags(_WER_FAULT_REPORTING_FLAG_NOHEAP) < 0
        return ("WerSetFlags",) if refused else ()

else:
    import resource

    #: linux/prctl.h.
    _PR_SET_DUMPABLE = 4

    def keep_memory_private() -> tuple[str, ...]:
        """Forbid core files, and other processes of this user a look; return what was refused.

        The hard limit goes to nothing, too, so that no library can take it back.
        """
        refused = []
        try:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        except (OSError, ValueError):
            refused.append("RLIMIT_CORE")
        if sys.platform == "linux" and ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
            refused.append("PR_SET_DUMPABLE")
        return tuple(refused)
