"""Opening the practice terminal beside this one: a program of its own, with books of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import QProcess

from pos_app.ui.text import language

OpenPractice = Callable[[], bool]


def practice_command() -> list[str]:
    """Return the command that starts this program in practice mode, in the language in use."""
    frozen = bool(getattr(sys, "frozen", False))  # set by installers that pack Python along
    isolated = ["-I"] if sys.flags.isolated else []
    program = [sys.executable] if frozen else [sys.executable, *isolated, "-m", "pos_app"]
    return [*program, "--practice", "--lang", language()]


def open_practice() -> bool:
    """Start the practice terminal; tell whether it could be started."""
    program, *arguments = practice_command()
    process = QProcess()
    process.setProgram(program)
    process.setArguments(arguments)
    started, _pid = process.startDetached()
    return bool(started)
