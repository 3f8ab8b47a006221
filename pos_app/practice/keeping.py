"""The file behind the book: one JSON object a line, only ever added to, read again at start.

A line is written and handed to the operating system before the answer it belongs to leaves, so
killing the gateway at any moment loses nothing that a client may know. A power cut may.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final

from pos_app.practice.trouble import PracticeTrouble

_BINARY: Final = getattr(os, "O_BINARY", 0)
"""Windows would otherwise write its own line ends."""


class Keeping:
    """An append-only file of JSON lines, or nothing at all when no path is given."""

    def __init__(self, path: Path | None) -> None:
        """Remember where; nothing is opened yet."""
        self._path = path
        self._file: BinaryIO | None = None

    def read(self) -> list[dict[str, object]]:
        """Return the lines of the file; none when there is no file yet.

        A last line without its end is the trace of a kill while writing: no answer has left for
        it, so it does not count.

        Raises:
            PracticeTrouble: the file cannot be read or a line in it is damaged.
        """
        if self._path is None:
            return []
        try:
            return list(_lines(_whole(self._path), self._path))
        except OSError as error:
            raise PracticeTrouble(f"the book {self._path} cannot be used: {error}") from error

    def open(self) -> None:
        """Open the file for adding, and cut off a last line without its end.

        Raises:
            PracticeTrouble: the file cannot be written.
        """
        if self._path is None or self._file is not None:
            return
        try:
            length = len(_whole(self._path))
            # Card masks and amounts are nobody else's business.
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | _BINARY, 0o600)
            self._file = os.fdopen(handle, "r+b", buffering=0)
            self._file.truncate(length)
            self._file.seek(0, os.SEEK_END)
        except OSError as error:
            raise PracticeTrouble(f"the book {self._path} cannot be used: {error}") from error

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


def _whole(path: Path) -> bytes:
    """Return the file up to its last line end."""
    old = path.read_bytes() if path.exists() else b""
    return old[: old.rfind(b"\n") + 1]


def _lines(whole: bytes, path: Path) -> Iterator[dict[str, object]]:
    for number, raw in enumerate(whole.splitlines(), start=1):
        try:
            line = json.loads(raw)
        except ValueError as error:
            raise PracticeTrouble(f"line {number} of the book {path} is damaged") from error
        if not isinstance(line, dict) or "is" not in line:
            raise PracticeTrouble(f"line {number} of the book {path} is no line of a book")
        yield line
