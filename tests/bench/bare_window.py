"""The floor of the start-up table: a bare window with three line edits, told when it is painted.

Run as a script, so that nothing but PySide6 is loaded. Prints the system's monotonic clock, in
seconds, once everything in the window is painted and shown; `pos_app/ui/shell.py` tells the same
moment of the real window.
"""

import sys
import time

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget


class Window(QWidget):
    """Ends the program after its first paint."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        for _ in range(3):
            column.addWidget(QLineEdit())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint, and report when what lies inside is painted, too."""
        super().paintEvent(event)
        QTimer.singleShot(0, self.report)

    def report(self) -> None:
        """Print the time and leave."""
        print(time.monotonic(), flush=True)
        QApplication.quit()


qt = QApplication(sys.argv)
window = Window()
window.show()
qt.exec()
