"""The program's icon and its group in the task bar."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pos_app.ui.taskbar import APP_ID, group_by_own_name, show_icon


class FakeShell32:
    """Windows that notes the names it is told."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def SetCurrentProcessExplicitAppUserModelID(self, app_id: str, /) -> int:  # noqa: N802 - Windows' own name
        self.names.append(app_id)
        return 0


@pytest.mark.parametrize(
    ("executable", "named"),
    [
        ("/tools/Python313/pythonw.exe", [APP_ID]),
        ("/tools/.venv/Scripts/python.exe", [APP_ID]),
        ("/Program Files/pos-app/pos-app.exe", []),
    ],
)
def test_only_a_bare_python_is_given_a_name(executable: str, named: list[str]) -> None:
    shell32 = FakeShell32()
    group_by_own_name(executable, shell32)
    assert shell32.names == named


def test_the_icon_is_drawn_in_the_sizes_of_a_task_bar(qtbot: QtBot) -> None:
    before = QApplication.windowIcon()
    try:
        QApplication.setWindowIcon(QIcon())
        show_icon()
        for size in (16, 24, 48):
            picture = QApplication.windowIcon().pixmap(size, size).toImage()
            assert (picture.width(), picture.pixelColor(size // 2, 1).alpha()) == (size, 255)
    finally:
        QApplication.setWindowIcon(before)
