"""What of Python and of the wheels goes into the package, and what stays out.

A list of what stays is safer than one of what goes, so PySide6 is chosen by what is used. The
standard library and the other wheels lose only what a terminal in a shop cannot reach.
"""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import PurePosixPath

_PYSIDE = re.compile(
    r"PySide6/(?:"
    r"(?:__init__|_config|_git_pyside_version)\.py"
    r"|libpyside6\.abi3\.so\.[0-9.]+"
    r"|Qt(?:Core|Gui|Widgets|PrintSupport|Svg)\.abi3\.so"
    r"|Qt/lib/libQt6(?:Core|DBus|Gui|OpenGL|PrintSupport|Svg|WaylandClient|Widgets|XcbQpa)\.so\.6"
    r"|Qt/lib/libQt6WlShellIntegration\.so\.6"
    r"|Qt/lib/libicu(?:data|i18n|uc)\.so\.[0-9]+"
    r"|Qt/plugins/platforms/libq(?:minimal|offscreen|wayland|xcb)\.so"
    r"|Qt/plugins/platforminputcontexts/lib(?:compose|ibus)platforminputcontextplugin\.so"
    r"|Qt/plugins/platformthemes/libqxdgdesktopportal\.so"
    r"|Qt/plugins/iconengines/libqsvgicon\.so"
    r"|Qt/plugins/imageformats/libq(?:ico|jpeg|svg)\.so"
    r"|Qt/plugins/printsupport/libcupsprintersupport\.so"
    r"|Qt/plugins/wayland-decoration-client/libbradient\.so"
    r"|Qt/plugins/wayland-shell-integration/libxdg-shell\.so"
    r"|Qt/plugins/xcbglintegrations/libqxcb-glx-integration\.so"
    r"|Qt/translations/qtbase_ko\.qm"
    r")"
)
"""PySide6 as it is used. Never libqgtk3: it would bring GTK's settings into a money program."""

_WHEELS_WITHOUT = (
    "*.pyi",
    "*.pxd",
    "*.pyx",
    "*.c",
    "*.h",
    "*/__pycache__/*",
    "bin/*",
    "share/*",
    "pycparser-*",
    "*.dist-info/RECORD",
    "*.dist-info/INSTALLER",
    "*.dist-info/REQUESTED",
    "*.dist-info/direct_url.json",
    "*/tests/*",
    "alembic/templates/*",
    "cffi/*",
    "pycparser/*",
    "alembic/testing/*",
    "keyring/testing/*",
    "openpyxl/*/tests/*",
    "shiboken6/include/*",
    "shiboken6/lib/*",
    "sqlalchemy/testing/*",
)
"""No use in a running program: types, sources of what is compiled, tests, what installers note."""

_HOLIDAYS = re.compile(
    r"holidays/(?:"
    r"[a-z_]+\.py"
    r"|(?:calendars|deprecations|groups|mixins)/[a-z_/]+\.py"
    r"|countries/(?:__init__|south_korea)\.py"
    r"|locale/(?:ko|en_US)/LC_MESSAGES/KR\.mo"
    r")"
)
"""Holidays of one country: 12 of 13 MB are other ones'."""

_ZONES = re.compile(
    r"tzdata/(?:__init__\.py|zoneinfo/(?:__init__\.py|ROK|UTC|(?:Asia|Etc)/__init__\.py"
    r"|Asia/Seoul|Etc/(?:GMT|UTC)))"
)
"""The shop's own time zone; any other name is still looked up in the system's tables."""

_COUNTRY = re.compile(
    r"^from holidays\.countries\.(?!south_korea )\w+ import (?:\([^)]*\)|[^(\n]*)\n", re.MULTILINE
)

_PYTHON_WITHOUT = (
    "__phello__/*",
    "antigravity.py",
    "cgi.py",
    "cgitb.py",
    "config-3.*",
    "crypt.py",
    "curses/*",
    "distutils/*",
    "ensurepip/*",
    "idlelib/*",
    "lib2to3/*",
    "pydoc.py",
    "pydoc_data/*",
    "sitecustomize.py",
    "test/*",
    "this.py",
    "tkinter/*",
    "turtle.py",
    "turtledemo/*",
    "unittest/*",
    "venv/*",
    "wsgiref/*",
    "xmlrpc/*",
    "lib-dynload/_crypt.*",
    "lib-dynload/_curses*",
    "lib-dynload/_dbm.*",
    "lib-dynload/_test*",
    "lib-dynload/_xx*",
    "lib-dynload/audioop.*",
    "lib-dynload/nis.*",
    "lib-dynload/ossaudiodev.*",
    "lib-dynload/readline.*",
    "lib-dynload/xxlimited*",
)
"""Parts of Python's own library that no module of the program reaches."""


def stays(path: PurePosixPath) -> bool:
    """Return whether a file of the wheels, named from their folder, goes into the package."""
    name = str(path)
    if path.parts[0] == "PySide6":
        return _PYSIDE.fullmatch(name) is not None
    if path.parts[0] == "holidays":
        return _HOLIDAYS.fullmatch(name) is not None
    if path.parts[0] == "tzdata":
        return _ZONES.fullmatch(name) is not None
    return not any(fnmatch(name, pattern) for pattern in _WHEELS_WITHOUT)


def one_country(text: str) -> str:
    """Return the module that imports every country's holidays without all but the one kept."""
    return _COUNTRY.sub("", text)


def python_stays(path: PurePosixPath) -> bool:
    """Return whether a file of Python's library, named from its folder, goes into the package."""
    return not any(fnmatch(str(path), pattern) for pattern in _PYTHON_WITHOUT)
