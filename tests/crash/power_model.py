"""A disk that forgets: which files can be there after the power went, as POSIX promises it.

What was synced stays. Of what was not, each write may be kept, lost, or torn at sectors of 512
bytes, in any mixture, so that a later write can be there without an earlier one; a file made,
renamed or removed in a folder that was not synced since may be so or not, whatever became of its
content. Sources: fsync(2) ("does not necessarily ensure that the entry in the directory containing
the file has also reached disk"), https://www.sqlite.org/atomiccommit.html sections 2 and 9.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from tests.crash.power_log import Op

SECTOR = 512
_FOLDER = -1
#: SQLite's index of its WAL lives in memory; what lies on the disk of it counts for nothing.
_INDEX = "-shm"


@dataclass(frozen=True, slots=True)
class _Mood:
    """How a cut treats what was not synced: chances of a write to be kept, and torn if not."""

    kept: float
    torn: float


_MOODS = (
    _Mood(0.0, 0.0),
    _Mood(1.0, 0.0),
    _Mood(0.5, 0.5),
    _Mood(0.9, 0.5),
    _Mood(0.1, 0.2),
    _Mood(0.0, 1.0),
    _Mood(0.5, 0.0),
)


@dataclass
class _File:
    """Bytes that are on the disk for certain, and what was done to them since."""

    synced: bytearray = field(default_factory=bytearray)
    since: list[Op] = field(default_factory=list)


@dataclass
class Disk:
    """The files below one folder, which is there for certain.

    Attributes:
        counts: what the cuts did: writes kept, lost, torn and reordered, names undone.
    """

    root: str
    counts: Counter[str] = field(default_factory=Counter)
    _files: list[_File] = field(default_factory=list)
    _by_inode: dict[int, int] = field(default_factory=dict)
    _names: dict[str, int] = field(default_factory=dict)
    _renames: list[tuple[Op, int]] = field(default_factory=list)

    # ------------------------------------------------------------------------------- what happens

    def lay_down(self, folder: Path, inodes: dict[str, int]) -> None:
        """Take what lies in `folder` as being on the disk for certain, below `root`.

        Args:
            folder: a copy of what the program found.
            inodes: of its files as the program found them, by path below the folder.
        """
        for path in sorted(folder.rglob("*")):
            inner = path.relative_to(folder).as_posix()
            name = f"{self.root}/{inner}"
            self._names[name] = _FOLDER if path.is_dir() else self._new_file(inodes[inner])
            if not path.is_dir():
                self._files[self._names[name]].synced[:] = path.read_bytes()

    def do(self, op: Op) -> None:
        """Carry on by one operation."""
        match op.kind:
            case "C":
                self._renames.append((op, self._new_file(op.inode)))
            case "K":
                self._renames.append((op, _FOLDER))
            case "U" | "R" | "X":
                self._renames.append((op, 0))
            case "W" | "T":
                self._files[self._by_inode[op.inode]].since.append(op)
            case "S":
                file = self._files[self._by_inode[op.inode]]
                for done in file.since:
                    _apply(file.synced, done, None)
                file.since.clear()
            case "D":
                in_it = [one for one in self._renames if _folder_of(one[0]) == op.path]
                self._renames = [one for one in self._renames if _folder_of(one[0]) != op.path]
                for one in in_it:
                    _rename(self._names, *one)

    def _new_file(self, inode: int) -> int:
        """Number a new file: the system gives an inode again when its file is gone."""
        self._files.append(_File())
        self._by_inode[inode] = len(self._files) - 1
        return len(self._files) - 1

    # ------------------------------------------------------------------------------- what is left

    def as_seen(self) -> dict[str, bytes | None]:
        """Return what the running program sees: files by path, None for a folder."""
        names = dict(self._names)
        for one in self._renames:
            _rename(names, *one)
        return {name: self._all_of(number) for name, number in names.items()}

    def after_a_cut(self, chance: random.Random) -> dict[str, bytes | None]:
        """Return what can be there if the power goes now: files by path, None for a folder."""
        mood = chance.choice(_MOODS)
        names = self._names_after(chance, mood)
        left: dict[str, bytes | None] = {}
        for name in sorted(names):
            above = str(PurePosixPath(name).parent)
            if above != self.root and above not in left:
                continue  # its folder is not there
            number = names[name]
            if number == _FOLDER:
                left[name] = None
            elif name.endswith(_INDEX):
                left[name] = chance.randbytes(len(self._all_of(number) or b""))
            else:
                left[name] = self._content_after(chance, mood, self._files[number])
        return left

    def _all_of(self, number: int) -> bytes | None:
        """Return a file with all that was written to it."""
        if number == _FOLDER:
            return None
        content = bytearray(self._files[number].synced)
        for op in self._files[number].since:
            _apply(content, op, None)
        return bytes(content)

    def _names_after(self, chance: random.Random, mood: _Mood) -> dict[str, int]:
        """Let some of what was done to names be undone: of each name, the last steps."""
        names = dict(self._names)
        for steps in _by_name(self._renames):
            kept = 0
            while kept < len(steps) and chance.random() < mood.kept:
                kept += 1
            self.counts["names undone"] += len(steps) - kept
            for one in steps[:kept]:
                _rename(names, *one)
        return names

    def _content_after(self, chance: random.Random, mood: _Mood, file: _File) -> bytes:
        """Keep, lose or tear each write that was not synced."""
        content = bytearray(file.synced)
        lost = False
        for op in file.since:
            if chance.random() < mood.kept:
                self.counts["writes kept"] += 1
                self.counts["writes reordered"] += lost
                _apply(content, op, None)
            elif op.kind == "W" and chance.random() < mood.torn:
                self.counts["writes torn"] += 1
                _apply(content, op, chance)
            else:
                self.counts["writes lost"] += 1
                lost = True
        return bytes(content)


def _apply(content: bytearray, op: Op, tear: random.Random | None) -> None:
    """Write to or cut `content`; torn, each sector of the disk comes or does not."""
    if op.kind == "T":
        size = op.offset
        del content[size:]
        content.extend(bytes(size - len(content)))
        return
    end = op.offset + len(op.data)
    if tear is None:
        content.extend(bytes(max(0, op.offset - len(content))))
        content[op.offset : end] = op.data
        return
    first = op.offset // SECTOR * SECTOR
    for start in range(first, end, SECTOR):
        if tear.random() < 0.5:
            begin, stop = max(start, op.offset), min(start + SECTOR, end)
            content.extend(bytes(max(0, begin - len(content))))
            content[begin:stop] = op.data[begin - op.offset : stop - op.offset]


def _rename(names: dict[str, int], op: Op, number: int) -> None:
    """Carry out what was done to a name."""
    match op.kind:
        case "C" | "K":
            names[op.path] = number
        case "U" | "X":
            names.pop(op.path, None)
        case "R" if op.path in names:
            names[op.other] = names.pop(op.path)


def _folder_of(op: Op) -> str:
    """Return the folder whose sync makes it certain."""
    return str(PurePosixPath(op.path).parent)


def _by_name(renames: list[tuple[Op, int]]) -> list[list[tuple[Op, int]]]:
    """Sort what was done to names into groups that know nothing of each other, each in order."""
    groups: list[tuple[set[str], list[tuple[Op, int]]]] = []
    for one in renames:
        touched = {one[0].path, one[0].other} - {""}
        same = [group for group in groups if group[0] & touched]
        groups = [group for group in groups if not group[0] & touched]
        merged = [step for _, steps in same for step in steps]
        names = touched.union(*(names for names, _ in same))
        groups.append((names, [*merged, one]))
    return [steps for _, steps in groups]
