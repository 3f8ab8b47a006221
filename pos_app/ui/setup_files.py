"""Naming a file by the keyboard: a path that completes itself, and reading what it names."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import QCompleter, QWidget

from pos_app.config.files import read_at_most
from pos_app.domain.errors import UserMistake
from pos_app.ui.marks import override
from pos_app.ui.widgets.line_field import LineField

BYTES_MAX = 65_536
"""More is not read: what KCP issues has a few thousand bytes, and the vault refuses more."""

_OFFERED_MAX = 200


def typed_path(typed: str) -> Path:
    """Return what a person means: without quotes (Windows copies them along), `~`, `file:`."""
    plain = typed.strip().strip("\"'")
    if plain.lower().startswith("file:"):
        plain = unquote(urlsplit(plain).path)
    return Path(plain).expanduser() if plain.startswith("~") else Path(plain)


def read_typed_file(typed: str) -> bytes:
    """Return the file's bytes, one more than `BYTES_MAX` of a larger one; may block.

    Raises:
        UserMistake: `file.not_found`, `file.is_folder`, `file.not_readable`.
    """
    path = typed_path(typed)
    try:
        if path.is_dir():
            raise UserMistake("file.is_folder", name=path.name or str(path))
        data = read_at_most(path, BYTES_MAX)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise UserMistake("file.not_readable", name=path.name, reason=reason) from error
    if data is None:
        raise UserMistake("file.not_found", name=path.name)
    return data


class FileField(LineField):
    """A path. What is in the folder completes it as one types; Enter or leaving takes it.

    Enter does not go on by itself: whoever reads the file says `advance` when it is good.

    Signals:
        taken: Enter: read the file, then go on.
        left: the focus has left with another path than the one taken last.
    """

    taken = Signal()
    left = Signal()

    def __init__(self, caption: str, ending: str, parent: QWidget | None = None) -> None:
        """Name the field; files with `ending` are offered, and folders."""
        super().__init__(caption, None, parent)
        self._ending = ending
        self._listed: str | None = None
        self._names = QStringListModel(self)
        completer = QCompleter(self._names, self)
        completer.setCompletionMode(QCompleter.CompletionMode.InlineCompletion)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._edit.setCompleter(completer)
        # A dropped file is the page's: a line edit would write its address into the text.
        self._edit.setAcceptDrops(False)
        self._taken = ""

    def set_taken(self, typed: str) -> None:
        """Remember that this text has been taken: leaving the field does not take it again."""
        self._taken = typed

    @override
    def _on_edited(self, typed: str) -> None:
        self._offer(typed)
        super()._on_edited(typed)

    def _offer(self, typed: str) -> None:
        """List the folder that is being typed into, once."""
        folder = os.path.split(typed)[0]
        if folder == self._listed or not folder:
            return
        self._listed = folder
        self._names.setStringList(_names_in(folder, self._ending))

    @override
    def _on_enter(self) -> None:
        if self.text_value():
            self.taken.emit()
        else:
            self.advance.emit()

    @override
    def _on_left(self) -> None:
        if self.text_value() and self.text_value() != self._taken:
            self.left.emit()


def _names_in(folder: str, ending: str) -> list[str]:
    """Return the paths that may complete `folder`; none where it cannot be read."""
    found: list[str] = []
    # As typed: what completes must begin with it, so nothing is normalised.
    before = folder if folder.endswith(("/", os.sep)) else f"{folder}{os.sep}"
    try:
        with os.scandir(Path(folder).expanduser()) as entries:
            for entry in entries:
                if entry.is_dir():
                    found.append(f"{before}{entry.name}{os.sep}")
                elif entry.name.lower().endswith(ending):
                    found.append(f"{before}{entry.name}")
                if len(found) >= _OFFERED_MAX:
                    break
    except (OSError, ValueError):
        return []
    return sorted(found)
