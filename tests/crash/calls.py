"""System calls of a child, stopped before they happen: what it writes, syncs, names and sends.

Linux hands each one to the parent (seccomp user notification, seccomp(2)), which lets it happen or
kills the child instead. So a kill is possible before every write of SQLite inside a commit, too,
for which no line of Python stands. No root is needed; `supported()` says whether the kernel has it.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import platform
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# linux/seccomp.h, linux/prctl.h, linux/audit.h, linux/filter.h, asm-generic/fcntl.h
_SET_NO_NEW_PRIVS, _SET_MODE_FILTER, _NEW_LISTENER = 38, 1, 1 << 3
_NOTIFY, _ALLOW, _CONTINUE = 0x7FC00000, 0x7FFF0000, 1
_LOAD, _EQUAL, _SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_RECEIVE, _ANSWER = 0xC0502100, 0xC0182101
_NOTICE = struct.Struct("=QIIiIQ6Q")
_REPLY = struct.Struct("=QqiI")
_INSTRUCTION = struct.Struct("=HBBI")
_O_CREAT = 0x40
#: Where a filter finds the architecture, the number and the third argument (struct seccomp_data).
_AT_ARCH, _AT_NUMBER, _AT_THIRD = 4, 0, 32


@dataclass(frozen=True, slots=True)
class _Machine:
    """Numbers of one architecture: its name in a filter, of `seccomp`, and of what is watched."""

    arch: int
    seccomp: int
    numbers: dict[str, int]


_MACHINES = {
    "x86_64": _Machine(
        0xC000003E,
        317,
        {
            "write": 1,
            "pwrite64": 18,
            "writev": 20,
            "fsync": 74,
            "fdatasync": 75,
            "ftruncate": 77,
            "fallocate": 285,
            "rename": 82,
            "renameat": 264,
            "renameat2": 316,
            "mkdir": 83,
            "mkdirat": 258,
            "unlink": 87,
            "unlinkat": 263,
            "openat": 257,
            "connect": 42,
            "sendto": 44,
            "recvfrom": 45,
        },
    ),
    "aarch64": _Machine(
        0xC00000B7,
        277,
        {
            "write": 64,
            "pwrite64": 68,
            "writev": 66,
            "fsync": 82,
            "fdatasync": 83,
            "ftruncate": 46,
            "fallocate": 47,
            "renameat": 38,
            "renameat2": 276,
            "mkdirat": 34,
            "unlinkat": 35,
            "openat": 56,
            "connect": 203,
            "sendto": 206,
            "recvfrom": 207,
        },
    ),
}
_KINDS = {
    **dict.fromkeys(("write", "pwrite64", "writev", "ftruncate", "fallocate"), "write"),
    **dict.fromkeys(("fsync", "fdatasync"), "sync"),
    **dict.fromkeys(
        ("rename", "renameat", "renameat2", "mkdir", "mkdirat", "unlink", "unlinkat", "openat"),
        "name",
    ),
    "connect": "connect",
    "sendto": "send",
    "recvfrom": "receive",
}
#: Kinds of calls, as figures name them. `name`: a file made, renamed or deleted.
CALL_KINDS = ("write", "sync", "name", "connect", "send", "receive")


def supported() -> bool:
    """Tell whether this machine can stop a child's system calls."""
    return sys.platform == "linux" and platform.machine() in _MACHINES and _has_notices()


def _has_notices() -> bool:
    listed = Path("/proc/sys/kernel/seccomp/actions_avail")
    return listed.exists() and "user_notif" in listed.read_text("ascii").split()


def watch_self() -> int:
    """Have this process and its later threads wait before each watched call; return the listener.

    Whoever holds the listener decides. Only for a process of one thread.

    Raises:
        OSError: the kernel refuses.
    """
    machine = _MACHINES[platform.machine()]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs")
    code = _filter(machine)
    held = ctypes.create_string_buffer(code, len(code))
    # struct sock_fprog: a count, and after its padding the address.
    program = struct.pack("@HP", len(code) // _INSTRUCTION.size, ctypes.addressof(held))
    listener = libc.syscall(machine.seccomp, _SET_MODE_FILTER, _NEW_LISTENER, program)
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return int(listener)


def _filter(machine: _Machine) -> bytes:
    """Return the filter: watched calls are told, an `openat` only if it may make the file."""
    numbers = dict(machine.numbers)
    opening = numbers.pop("openat")
    count = len(numbers)
    lines = [
        (_LOAD, 0, 0, _AT_ARCH),
        (_EQUAL, 1, 0, machine.arch),
        (_RETURN, 0, 0, _ALLOW),
        (_LOAD, 0, 0, _AT_NUMBER),
    ]
    # Behind the list: allow; opening (load, test); tell.
    for place, number in enumerate(numbers.values()):
        lines.append((_EQUAL, count - place + 4, 0, number))
    lines += [
        (_EQUAL, 1, 0, opening),
        (_RETURN, 0, 0, _ALLOW),
        (_LOAD, 0, 0, _AT_THIRD),
        (_SET, 1, 0, _O_CREAT),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _NOTIFY),
    ]
    return b"".join(_INSTRUCTION.pack(code, yes, no, k) for code, yes, no, k in lines)


@dataclass(frozen=True, slots=True)
class Call:
    """One system call that has not happened yet.

    Attributes:
        kind: one of `CALL_KINDS`.
        handle: its first argument, mostly a file descriptor.
    """

    notice: int
    name: str
    kind: str
    handle: int


class Listener:
    """The parent's end: calls of the child, one by one."""

    def __init__(self, handle: int) -> None:
        """Take over the listener that the child handed over."""
        self.handle = handle
        machine = _MACHINES[platform.machine()]
        self._names = {number: name for name, number in machine.numbers.items()}

    def next(self) -> Call | None:
        """Return the call that waits; None if its process was killed meanwhile."""
        notice = bytearray(_NOTICE.size)
        try:
            fcntl.ioctl(self.handle, _RECEIVE, notice, True)
        except OSError as error:
            if error.errno in {errno.ENOENT, errno.EINTR}:
                return None
            raise
        ident, _pid, _flags, number, _arch, _at, *arguments = _NOTICE.unpack(notice)
        name = self._names[number]
        return Call(ident, name, _KINDS[name], arguments[0] & 0xFFFFFFFF)

    def let(self, call: Call) -> None:
        """Let a call happen."""
        try:
            fcntl.ioctl(self.handle, _ANSWER, bytearray(_REPLY.pack(call.notice, 0, 0, _CONTINUE)))
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise

    def close(self) -> None:
        """Let go of it."""
        os.close(self.handle)


@contextlib.contextmanager
def held(handle: int) -> Iterator[Listener]:
    """Hold a listener for a while."""
    listener = Listener(handle)
    try:
        yield listener
    finally:
        listener.close()
