r"""What a machine can take of the release checklist, on a real Windows as an administrator.

    python packaging/windows/checklist.py --dist dist --older dist-older --stage build/windows/stage

Installs, uses, upgrades and removes the package on the machine it runs on; anything of ours that is
there already stops it. What only a person can see is in packaging/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import checksums
from walking import Broken, Done, until

TIMEOUT_S = 600
#: Exit statuses of the setup.exe (the head of setup.nsi).
RUNNING, NEWER = 3, 6
MADE_BY_SETUP = ("uninstall.exe",)
VAULT = "keyring.backends.Windows.WinVaultKeyring"

#: Trustees that are everybody at the counter, as SDDL writes them: users, logged-on, everyone.
EVERYBODY = frozenset({"BU", "AU", "WD"})
#: Rights that change nothing: read and execute, as a mask and by generic names.
HARMLESS = frozenset({"0x1200a9", "GXGR", "FR", "FX", "FRFX", "GR", "GX"})
_ENTRY = re.compile(r"\(A;[^;]*;([^;]*);[^;]*;[^;]*;([^;)]*)\)")


@dataclass(frozen=True, slots=True)
class Package:
    """What is tried: two installers of this version, a setup.exe of an older one, and the stage."""

    setup: Path
    msi: Path
    older: Path
    stage: Path


def run(*command: str | Path, raw: str = "") -> Done:
    """Run a program to its end.

    Args:
        command: the program and its arguments.
        raw: put behind them as it is; NSIS takes a folder without quotes only.
    """
    line = subprocess.list2cmdline([str(part) for part in command]) + raw
    done = subprocess.run(
        line if sys.platform == "win32" else [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    return Done(done.returncode, _words(done.stdout), _words(done.stderr))


def _words(content: bytes) -> str:
    return content.decode("utf-8", errors="replace")


def writable_by_everybody(sddl: str) -> list[str]:
    """Return the entries of an access list, as `icacls /save` writes it, that let users write."""
    return [
        f"{trustee}:{rights}"
        for rights, trustee in _ENTRY.findall(sddl)
        if trustee in EVERYBODY and rights not in HARMLESS
    ]


class Walk:
    """One life of the package on this machine."""

    def __init__(self, package: Package) -> None:
        """Nothing is done yet."""
        self.package = package
        self.folder = Path(os.environ.get("PROGRAMFILES", "C:/Program Files")) / "pos-app"
        self.scratch = package.stage.parent / "checklist"
        self.data = Path(os.environ.get("LOCALAPPDATA", self.scratch)) / "pos-app"

    def steps(self) -> dict[str, Callable[[], None]]:
        """Return every step by what must be seen, in their order."""
        return {
            "nothing of ours is here": self.is_clean,
            "Windows trusts every signature of the installers": self.installers_signed,
            "an older version is installed silently": lambda: self.install(self.package.older),
            "the window opens, in practice": self.opens,
            "upgraded: the installed files are the stage": self.upgrade,
            "Windows trusts the installed programs": self.programs_signed,
            "doctor: as shipped": lambda: self.as_shipped(self.folder),
            "doctor: one flipped byte is named": self.flipped,
            "users cannot write into the folder": self.closed_to_users,
            "the secret is kept in the Credential Manager": self.vault,
            "while it runs nothing replaces or removes it": self.running,
            "an older setup over a newer program is refused": self.older_over_newer,
            "removed, data kept": self.remove,
            "a folder with Hangul and spaces": self.hangul,
            "the MSI installs, runs and is removed": self.msi,
        }

    # ------------------------------------------------------------------------------------- steps

    def is_clean(self) -> None:
        """Stop rather than touch a shop's own terminal."""
        for place in (self.folder, self.data):
            if place.exists():
                raise Broken(f"{place} is there; take a machine without the program")
        self.scratch.mkdir(parents=True, exist_ok=True)

    def installers_signed(self) -> None:
        """Let Windows itself judge the signatures."""
        self._signed(self.package.setup, self.package.msi)

    def programs_signed(self) -> None:
        """Let Windows itself judge what lies on the disk."""
        names = ("pos-app.exe", "pos-app-cli.exe", "uninstall.exe")
        self._signed(*(self.folder / name for name in names))

    def install(self, setup: Path, raw: str = "") -> None:
        """Install silently."""
        run(setup, "/S", raw=raw).check(0)

    def opens(self) -> None:
        """Open the window, wait until it can take money, close it."""
        run(self.folder / "pos-app.exe", "--practice", "--exit-when-ready").check(0)

    def upgrade(self) -> None:
        """Install over the older version and compare every file."""
        self.install(self.package.setup)
        self._is_stage(self.folder)
        self.opens()

    def as_shipped(self, folder: Path) -> None:
        """Ask the doctor about the program files."""
        found = self._doctor(folder, "--practice")
        if found["program"]["code"] != "as_shipped":
            raise Broken(found["program"]["words"])

    def flipped(self) -> None:
        """Change one byte, ask the doctor, put it back."""
        victim = self.folder / "manifest.sha256"
        named = victim.read_text(encoding="utf-8").splitlines()[0].split("  ", 1)[1]
        file = self.folder / named
        whole = file.read_bytes()
        try:
            file.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
            found = self._doctor(self.folder, "--practice", status=1)
        finally:
            file.write_bytes(whole)
        if found["program"]["status"] != "failed" or named not in found["program"]["words"]:
            raise Broken(found["program"]["words"])

    def closed_to_users(self) -> None:
        """Read the access list of the install folder."""
        saved = self.scratch / "access.txt"
        run("icacls", self.folder, "/save", saved).check(0)
        open_to = writable_by_everybody(saved.read_text(encoding="utf-16-le"))
        if open_to:
            raise Broken(f"everybody may write into {self.folder}: {open_to}")

    def vault(self) -> None:
        """Set a shop up against the practice gateway; a second process must find the secret."""
        cli, data = self.folder / "pos-app-cli.exe", self.scratch / "shop"
        with self._gateway(cli) as provision:
            run(cli, "--data-dir", data, "provision", provision).check(0)
            for _start in range(2):
                found = self._doctor(self.folder, "--data-dir", str(data))
                if found["keyring"]["params"].get("name") != VAULT:
                    raise Broken(f"the secret is kept elsewhere: {found['keyring']}")
        listed = run("cmdkey", "/list").check(0)
        listed.saying("pos-app")

    def running(self) -> None:
        """Try to replace and to remove the program under a window that is open."""
        window = subprocess.Popen([str(self.folder / "pos-app.exe"), "--practice"])
        try:
            until(lambda: self._has_window(window.pid), "the window opens")
            run(self.package.setup, "/S").check(RUNNING)
            uninstaller = self.folder / "uninstall.exe"
            run(uninstaller, "/S", raw=f" _?={self.folder}").check(RUNNING)
            if window.poll() is not None:
                raise Broken("the window is gone")
            run("taskkill", "/PID", str(window.pid)).check(0)  # asks it to close, as a person does
            if window.wait(90) != 0:
                raise Broken(f"the window closed with exit status {window.returncode}")
        finally:
            if window.poll() is None:
                window.kill()
            window.wait(30)
        self._is_stage(self.folder)

    def older_over_newer(self) -> None:
        """Run the older setup.exe; nothing may change."""
        run(self.package.older, "/S").check(NEWER)
        self._is_stage(self.folder)

    def remove(self) -> None:
        """Remove the program; the practice books must stay."""
        self._uninstall(self.folder)
        if not self.data.exists():
            raise Broken(f"the data went with the program: {self.data}")

    def hangul(self) -> None:
        """Install where a Korean shop would put it."""
        place = Path(self.folder.anchor) / "꽃집 프로그램" / "pos-app"
        self.install(self.package.setup, raw=f" /D={place}")
        self._is_stage(place)
        self.as_shipped(place)
        self._uninstall(place)

    def msi(self) -> None:
        """Install the MSI as a managed shop does."""
        run("msiexec", "/i", self.package.msi, "/qn", "/norestart").check(0)
        self._is_stage(self.folder)
        self.as_shipped(self.folder)
        run("msiexec", "/x", self.package.msi, "/qn", "/norestart").check(0)
        until(lambda: not self.folder.exists(), f"{self.folder} is gone")

    # ----------------------------------------------------------------------------------- helpers

    def _is_stage(self, folder: Path) -> None:
        differences = checksums.compare(self.package.stage, folder, allowed=MADE_BY_SETUP)
        if differences:
            raise Broken("\n".join(differences[:20]))

    def _doctor(self, folder: Path, *where: str, status: int = 0) -> dict[str, dict[str, Any]]:
        """Return what the doctor says, by part."""
        done = run(folder / "pos-app-cli.exe", *where, "doctor", "--json").check(status)
        return {line["check"]: line for line in map(json.loads, done.out.splitlines())}

    def _signed(self, *files: Path) -> None:
        for file in files:
            ask = f"(Get-AuthenticodeSignature -LiteralPath '{file}').Status"
            said = run("powershell", "-NoProfile", "-Command", ask).check(0).out.strip()
            if said != "Valid":
                raise Broken(f"{file.name}: {said}")

    def _has_window(self, process: int) -> bool:
        ask = f"(Get-Process -Id {process}).MainWindowHandle"
        return run("powershell", "-NoProfile", "-Command", ask).out.strip() not in {"", "0"}

    def _uninstall(self, folder: Path) -> None:
        """Remove; the uninstaller copies itself away and answers at once, so wait for the end."""
        run(folder / "uninstall.exe", "/S").check(0)
        until(lambda: not folder.exists(), f"{folder} is gone")

    @contextmanager
    def _gateway(self, cli: Path) -> Iterator[str]:
        """Run the installed practice gateway and return its merchant's set-up file."""
        merchant = self.scratch / "merchant"
        command = [str(cli), "practice-gateway", "--port", "0", "--merchant", str(merchant)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["merchant"]["provision"]
        finally:
            process.kill()
            process.communicate(timeout=30)


def package(dist: Path, older: Path, stage: Path) -> Package:
    """Return the package in these folders.

    Raises:
        Broken: a file is missing, or there are two.
    """

    def only(folder: Path, pattern: str) -> Path:
        found = list(folder.glob(pattern))
        if len(found) != 1:
            raise Broken(f"{folder} holds {len(found)} files {pattern}, wanted is one")
        return found[0].resolve()

    if not (stage / checksums.MANIFEST).is_file():
        raise Broken(f"{stage} is no stage: it has no {checksums.MANIFEST}")
    return Package(only(dist, "*.exe"), only(dist, "*.msi"), only(older, "*.exe"), stage.resolve())


def main(arguments: Sequence[str]) -> int:
    """Take every step; the first that fails ends the walk with exit status 1."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    for name in ("dist", "older", "stage"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    if os.name != "nt":
        print(
            "This needs a real Windows; under Wine: packaging/dev.py journey-windows",
            file=sys.stderr,
        )
        return 2
    began_s = time.monotonic()
    name = "the package is there"
    try:
        walk = Walk(package(chosen.dist, chosen.older, chosen.stage))
        for name, act in walk.steps().items():
            act()
            print(f"ok   {time.monotonic() - began_s:4.0f}s  {name}", flush=True)
    except (Broken, OSError, subprocess.SubprocessError) as error:
        print(f"FAIL {time.monotonic() - began_s:4.0f}s  {name}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
