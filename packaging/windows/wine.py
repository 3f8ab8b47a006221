"""A Windows to test in: a fresh Wine prefix, its users, programs and files, all seen from outside.

Scaffolding of the prefix, never shipped: stand-ins for three libraries that Wine lacks
(`wine_stubs/`), and Windows 10 as the version it says it is.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from system import Missing
from walking import Broken, Done, fingerprint, until

LIMIT_S = 300
STUBS = Path(__file__).resolve().parent / "wine_stubs"
#: No question about Mono and Gecko, no debugger's window, no entries in this desktop's menus, and
#: our stand-in for mscms.
_OVERRIDES = "mscoree,mshtml=;winedbg.exe=d;winemenubuilder.exe=d;mscms=n"


def find_wine() -> str:
    """Return the 64-bit Wine.

    Raises:
        Missing: it is not installed.
    """
    for candidate in ("/usr/lib/wine/wine64", "wine64", "wine"):
        found = shutil.which(candidate)
        if found:
            return found
    raise Missing("Wine is missing: apt-get install --no-install-recommends wine wine64")


@dataclass(slots=True)
class Prefix:
    """One Windows in a folder.

    Attributes:
        folder: holds the prefix and a home of its own (Wine links the desktop to it).
        display: the X display its windows appear on.
    """

    folder: Path
    display: str

    @property
    def drive(self) -> Path:
        """Return the folder that is drive C."""
        return self.folder / "prefix" / "drive_c"

    def make(self) -> str:
        """Make the prefix, with all that a window needs, and return what Wine says it is."""
        wine = find_wine()
        self.begin()
        for source in sorted(STUBS.glob("*.c")):
            target = self.drive / "windows" / "system32" / f"{source.stem}.dll"
            command = ["x86_64-w64-mingw32-gcc", "-O2", "-s", "-shared", "-o", str(target)]
            subprocess.run([*command, str(source), "-ladvapi32"], check=True)
        answer = subprocess.run([wine, "--version"], capture_output=True, text=True, check=True)
        return answer.stdout.strip()

    def begin(self) -> None:
        """Make a bare prefix, enough for programs without a window."""
        (self.folder / "home").mkdir(parents=True)
        self.run("wineboot", "-i").check(0)
        self.run("winecfg", "-v", "win10").check(0)

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of its programs: nothing of ours but the path and the display."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder / "home"),
            "USER": "clerk",
            "WINEPREFIX": str(self.folder / "prefix"),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": _OVERRIDES,
            "LC_ALL": "C.UTF-8",
            "DISPLAY": self.display,
            **more,
        }

    def run(self, *command: str, limit_s: float = LIMIT_S, **more: str) -> Done:
        """Run a Windows program to its end; keywords are added to its environment.

        Standard input is nothing and the outputs are pipes: with anything else CPython ends under
        Wine with "init_sys_streams ... [WinError 6] Invalid handle".
        """
        done = subprocess.run(
            [find_wine(), *command],
            env=self.environment(more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=limit_s,
            check=False,
        )
        out, err = (
            x.decode("utf-8", "replace").replace("\r\n", "\n") for x in (done.stdout, done.stderr)
        )
        return Done(done.returncode, out, _without_wine(err))

    def start(self, *command: str, **more: str) -> subprocess.Popen[bytes]:
        """Start a Windows program; its output can be read from the process."""
        return subprocess.Popen(
            [find_wine(), *command],
            env=self.environment(more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def path(self, windows: str) -> Path:
        r"""Return a path such as `C:\x` as it is seen from outside."""
        drive, _, rest = windows.partition(":")
        top = self.folder / "prefix" / "dosdevices" / f"{drive.lower()}:"
        return top / rest.replace("\\", "/").lstrip("/")

    @staticmethod
    def name(path: Path) -> str:
        r"""Return a path of this machine as Windows programs name it, below drive Z."""
        return "Z:" + str(path).replace("/", "\\")

    def kill(self, program: str) -> int:
        """End a program as a power cut does; return how many processes that were."""
        found = self.processes_of(program)
        for pid in found:
            os.kill(pid, signal.SIGKILL)
        until(lambda: not self.processes_of(program), f"{program} is still there")
        return len(found)

    def processes_of(self, program: str) -> list[int]:
        """Return the processes of this prefix that run a program of this name."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                try:
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                    mine = os.fsencode(self.folder) in (entry / "environ").read_bytes()
                except OSError:
                    continue  # it has ended meanwhile
                if mine and words[0].decode("utf-8", "replace").endswith(f"\\{program}"):
                    found.append(int(entry.name))
        return sorted(found)

    def registry(self, key: str) -> str:
        """Return what stands under a key of the registry, empty where there is none."""
        done = self.run("reg", "query", key)
        return done.out if done.status == 0 else ""

    def shortcuts(self) -> list[str]:
        """Return the names of all links in the menus and on the desktops."""
        places = (self.drive / "users", self.drive / "ProgramData", self.folder / "home")
        return sorted({link.stem for place in places for link in place.rglob("*.lnk")})

    def end(self) -> None:
        """End whatever still runs in it."""
        subprocess.run(
            ["wineserver", "-k"], env=self.environment({}), check=False, capture_output=True
        )
        subprocess.run(["wineserver", "-w"], env=self.environment({}), check=False, timeout=30)


def _without_wine(text: str) -> str:
    """Return what a program said without what Wine itself says beside it."""
    kept = [
        line for line in text.replace("\r\n", "\n").splitlines() if not line.startswith("wine:")
    ]
    return "\n".join(kept)


def assert_same_tree(stage: Path, installed: Path, beside: tuple[str, ...] = ()) -> int:
    """Compare what is installed with the stage, byte for byte; return how many files that are."""
    wanted, found = fingerprint(stage), fingerprint(installed)
    for name in beside:
        found.pop(name, None)
    differing = sorted(
        name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)
    )
    if differing:
        raise Broken(f"{len(differing)} files differ from the stage: {differing[:10]}")
    return len(wanted)
