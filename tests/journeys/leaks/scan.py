"""Looks for cards in memory and in files, in every form text and numbers take.

Searching takes place in the test's process: a program that searches itself finds its own pattern.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.journeys.leaks import canary

_ALL_BUT_DIGITS = bytes(set(range(256)) - set(b"0123456789"))
_PDF_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


def traces_in(data: bytes, cards: Iterable[int]) -> list[str]:
    """Return which cards have left something in `data`, and in which form.

    With all but digits taken away, one search finds a number in ASCII, UTF-16 and UTF-32 of either
    byte order, and with any signs between its groups. Ten digits, because eight in a row come up by
    chance in a few million; a fragment of eight is looked for as it stands.
    """
    digits = data.translate(None, _ALL_BUT_DIGITS)
    found = []
    for card in cards:
        number, person = canary.pan(card), canary.holder(card)
        part = number[4:14]
        signs = {
            "number": part,
            "number backwards": part[::-1],
            "business number": person,
            "business number backwards": person[::-1],
        }
        found += [f"{name} of {card}" for name, sign in signs.items() if sign.encode() in digits]
        forms = {
            "fragment": number[4:12].encode(),
            "packed": bytes.fromhex(number[2:14]),
            "packed backwards": bytes.fromhex(number)[::-1][1:7],
            "values": bytes(int(digit) for digit in number[4:14]),
            "integer": struct.pack("<Q", int(number))[:7],
            "expiry": f'card_expiry":"{canary.EXPIRY[2:]}{canary.EXPIRY[:2]}"'.encode(),
            "password": f'card_pwd":"{canary.password(card)}"'.encode(),
        }
        found += [f"{name} of {card}" for name, form in forms.items() if form in data]
    return found


def memory(pid: int) -> Iterator[bytes]:
    """Yield the writable memory of a process, piece by piece."""
    maps = Path(f"/proc/{pid}/maps").read_text(encoding="ascii", errors="replace")
    with Path(f"/proc/{pid}/mem").open("rb", 0) as file:
        for line in maps.splitlines():
            place, rights = line.split()[:2]
            if not rights.startswith("rw") or line.endswith(("[vvar]", "[vsyscall]")):
                continue
            start, end = (int(part, 16) for part in place.split("-"))
            file.seek(start)
            try:
                yield file.read(end - start)
            except OSError:  # a device's memory, or gone meanwhile
                continue


def in_memory(pid: int, cards: Iterable[int]) -> list[str]:
    """Return what cards have left in the memory of a process."""
    wanted = tuple(cards)
    return sorted({trace for piece in memory(pid) for trace in traces_in(piece, wanted)})


def contents(file: Path) -> Iterator[bytes]:
    """Yield the bytes of a file, and what is packed in it if it is a workbook or a PDF."""
    data = file.read_bytes()
    yield data
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as packed:
            yield from map(packed.read, packed.namelist())
    if data.startswith(b"%PDF"):
        for stream in _PDF_STREAM.findall(data):
            unpacked = zlib.decompressobj()
            yield unpacked.decompress(stream) if stream[:1] == b"\x78" else stream


def in_files(folder: Path, cards: Iterable[int]) -> dict[str, list[str]]:
    """Return what cards have left in the files below `folder`, by file; names count, too."""
    wanted = tuple(cards)
    found = {}
    for file in folder.rglob("*"):
        pieces = [str(file).encode(), *(contents(file) if file.is_file() else ())]
        traces = sorted({trace for piece in pieces for trace in traces_in(piece, wanted)})
        if traces:
            found[str(file.relative_to(folder))] = traces
    return found
