"""The file behind the book: one JSON object a line, only ever added to, read again at start.

A line is written and handed to the operating system before the answer it belongs to leaves, so
killing the gateway at any moment loses nothing that a client may know. A power cut may.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from pos_app.practice.trouble import PracticeTrouble


class Keeping:
    """An append-only file of JSON lines, or nothing at all when no path is given."""

    def __init__(self, path: Path | None) -> None:
        """Remember where; nothing is opened yet."""
        self._path = path
        self._file: BinaryIO | None = None

    def open(self) -> list[dict[str, object]]:
        """Open the file for adding and return what is in it.

        A last line without its end is the trace of a kill while writing: no answer has left for
        it, so it is cut off.

        Raises:
            PracticeTrouble: the file cannot be used or a line in it is damaged.
        """
        if self._path is None:
            return []
        try:
            old = self._path.read_bytes() if self._path.exists() else b""
            whole = old[: old.rfind(b"\n") + 1]
            lines = list(_lines(whole, self._path))
            # Card masks and amounts are nobody else's business.
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            self._file = os.fdopen(handle, "r+b", buffering=0)
            self._file.truncate(len(whole))
            self._file.seek(0, os.SEEK_END)
        except OSError as error:
            raise PracticeTrouble(f"the book {self._path} cannot be used: {error}") from error
        return lines

    def add(self, line: Mapping[str, object]) -> None:
        """Write one line in one piece."""
        if self._file is not None:
            text = json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
            self._file.write(text.encode())

    def close(self) -> None:
        """Close the file; adding afterwards does nothing."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _lines(whole: bytes, path: Path) -> Iterator[dict[str, object]]:
    for number, raw in enumerate(whole.splitlines(), start=1):
        try:
            line = json.loads(raw)
        except ValueError as error:
            raise PracticeTrouble(f"line {number} of the book {path} is damaged") from error
        if not isinstance(line, dict) or "is" not in line:
            raise PracticeTrouble(f"line {number} of the book {path} is no line of a book")
        yield line
