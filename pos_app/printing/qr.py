"""QR codes (ISO/IEC 18004) as runs of dark modules."""

from __future__ import annotations

import segno


def qr_runs(address: str) -> tuple[int, tuple[tuple[int, int, int], ...]]:
    """Return the modules a side and the dark runs (row, first column, length).

    Error correction M survives a fold or a faint thermal line. Around the code four modules must
    stay white.
    """
    code = segno.make_qr(address, error="m", boost_error=False)
    runs: list[tuple[int, int, int]] = []
    rows = tuple(tuple(bool(module) for module in row) for row in code.matrix)
    for row, modules in enumerate(rows):
        start = None
        for column, dark in enumerate((*modules, False)):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                runs.append((row, start, column - start))
                start = None
    return len(rows), tuple(runs)
