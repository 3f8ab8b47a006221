"""The words of the package: control file, desktop entry, changelog, copyright."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import format_datetime

NAME = "pos-app"

MAINTAINER = "pos-app maintainers <support@pos-app.invalid>"
"""Whoever releases names a real address (`--maintainer`); .invalid never leads anywhere."""

LIBC = "2.35"
"""The newest glibc symbol that any file may ask for (README.md says so, too): Debian 12 has 2.36,
Ubuntu 22.04 has 2.35. A build that asks for more ends with an error."""

PACKAGE_OF = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libbz2.so.1.0": "libbz2-1.0",
    "libcrypto.so.3": "libssl3t64 | libssl3",
    "libdbus-1.so.3": "libdbus-1-3",
    "libexpat.so.1": "libexpat1",
    "libffi.so.8": "libffi8",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libgcc_s.so.1": "libgcc-s1",
    "libglib-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "liblzma.so.5": "liblzma5",
    "libsqlite3.so.0": "libsqlite3-0",
    "libssl.so.3": "libssl3t64 | libssl3",
    "libstdc++.so.6": "libstdc++6 (>= 11)",
    "libuuid.so.1": "libuuid1",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}
"""Which package brings a library: in Debian 13 first, where its name differs in Debian 12."""

LIBC_PARTS = {
    "ld-linux-x86-64.so.2",
    "libc.so.6",
    "libdl.so.2",
    "libm.so.6",
    "libpthread.so.0",
    "librt.so.1",
    "libutil.so.1",
}

OPTIONAL = {"libcups.so.2": "libcups2t64 | libcups2"}
"""A shop without a printer needs no CUPS: Qt then lists no printer and goes on."""

FONT = "fonts-nanum"
SECRETS = "gnome-keyring"
"""A Secret Service for the vault's key; without one a passphrase opens the vault."""


class UnknownLibrary(Exception):
    """A file needs a library that neither lies in the package nor is known by its package."""


def depends(needed: Iterable[str], bundled: Iterable[str]) -> list[str]:
    """Return the `Depends` that bring every library needed and not bundled, and the font.

    Raises:
        UnknownLibrary: one is not in the table: find its package in Debian 12 and 13, add it.
    """
    wanted = set(needed) - set(bundled) - LIBC_PARTS - OPTIONAL.keys()
    unknown = sorted(wanted - PACKAGE_OF.keys())
    if unknown:
        raise UnknownLibrary(f"no package is known for {', '.join(unknown)} (control.PACKAGE_OF)")
    return [f"libc6 (>= {LIBC})", *sorted({PACKAGE_OF[name] for name in wanted}), FONT]


@dataclass(frozen=True, slots=True)
class Package:
    """What the control file and its neighbours are written from.

    Attributes:
        version: of the program and the package.
        maintainer: name and mail address.
        installed_kib: size of all files.
        depends: without which it does not run.
        made: when the source was last changed.
    """

    version: str
    maintainer: str
    installed_kib: int
    depends: list[str]
    made: dt.datetime


def control(package: Package) -> str:
    """Return the control file."""
    recommends = ", ".join([*OPTIONAL.values(), SECRETS])
    return f"""Package: {NAME}
Version: {package.version}
Architecture: amd64
Maintainer: {package.maintainer}
Installed-Size: {package.installed_kib}
Depends: {", ".join(package.depends)}
Recommends: {recommends}
Section: misc
Priority: optional
Description: card terminal for shops that take orders by telephone
 The clerk types a customer's card, the gateway (NHN KCP) approves it; then
 slip, refund and history. A charge is never lost and never sent twice: every
 step is on disk before it is sent, and what was open is settled after a crash.
 .
 Korean and English. A practice mode with a gateway of its own charges no card.
"""


def desktop_entry() -> str:
    """Return the entry for the menus."""
    return f"""[Desktop Entry]
Type=Application
Version=1.0
Name=Key-in terminal
Name[ko]=키인 단말기
GenericName=Card terminal
GenericName[ko]=카드 단말기
Comment=Charge cards for telephone orders
Comment[ko]=전화 주문 카드 결제
Exec={NAME}
Icon={NAME}
Terminal=false
Categories=Office;Finance;
Keywords=card;payment;refund;slip;
Keywords[ko]=카드;결제;환불;전표;
StartupNotify=true
StartupWMClass={NAME}
Actions=practice;

[Desktop Action practice]
Name=Practice (no real card)
Name[ko]=연습 (실제 카드 결제 없음)
Exec={NAME} --practice
"""


def changelog(package: Package) -> str:
    """Return Debian's changelog; what changed for people stands in CHANGELOG.md beside it."""
    return f"""{NAME} ({package.version}) stable; urgency=medium

  * Version {package.version}; see changelog.gz for what changed.

 -- {package.maintainer}  {format_datetime(package.made)}
"""


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody else's work in the package.

    Attributes:
        name: as its makers spell it.
        files: patterns below the root of the package.
        licence: SPDX expression under which we take it.
    """

    name: str
    files: tuple[str, ...]
    licence: str


_HEAD = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: pos-app
Comment: pos-app is built from its own source and the components below. Qt and PySide6 are used
 under the LGPL-3 as dynamic libraries; /usr/share/doc/pos-app/README.Debian says how to replace
 them.

Files: *
Copyright: 2026 the pos-app maintainers
License: Apache-2.0
"""

_COMMON = {
    "Apache-2.0": "/usr/share/common-licenses/Apache-2.0",
    "MPL-2.0": "/usr/share/common-licenses/MPL-2.0",
    "LGPL-3.0-only": "/usr/share/common-licenses/LGPL-3",
    "GPL-2.0-only": "/usr/share/common-licenses/GPL-2",
    "GPL-3.0-only": "/usr/share/common-licenses/GPL-3",
}


def copyright_file(parts: Iterable[Part]) -> str:
    """Return the machine-readable copyright file; the texts lie beside the program."""
    stanzas, texts = [_HEAD], dict[str, set[str]]({"Apache-2.0": set()})
    for part in parts:
        place = f"/opt/{NAME}/licences/{part.name}/"
        short = part.licence.replace(" OR ", " or ").replace(" AND ", " and ")
        files = " ".join(part.files)
        stanzas.append(
            f"Files: {files}\nCopyright: the authors of {part.name}, named in {place}\n"
            f"License: {short}\n"
        )
        for one in re.split(" or | and ", short.replace("(", "").replace(")", "")):
            texts.setdefault(one, set()).add(place)
    for name, places in sorted(texts.items()):
        lines = [f"License: {name}"]
        if name in _COMMON:
            lines.append(f" On Debian systems the text lies in {_COMMON[name]}.")
        if places:
            lines.append(" The text as each part carries it:")
            lines += [f"  {place}" for place in sorted(places)]
        stanzas.append("\n".join(lines) + "\n")
    return "\n".join(stanzas)
