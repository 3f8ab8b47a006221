"""What is said where there is no console."""

from __future__ import annotations

import sys

import pytest

from pos_app.cli import main
from pos_app.config.message_box import show_message


class Windows:
    """Stands in for user32.dll."""

    def __init__(self, answer: int) -> None:
        """Answer every message box with `answer`."""
        self.answer = answer
        self.shown: list[tuple[int | None, str, str, int]] = []

    def MessageBoxW(self, owner: int | None, text: str, title: str, kind: int, /) -> int:  # noqa: N802 - Windows' name
        """Note what is shown."""
        self.shown.append((owner, text, title, kind))
        return self.answer


def test_a_sentence_is_shown_as_an_error_in_front() -> None:
    windows = Windows(1)
    assert show_message("설정 파일을 찾을 수 없습니다", windows)
    assert windows.shown == [(None, "설정 파일을 찾을 수 없습니다", "pos-app", 0x10010)]


def test_a_window_that_cannot_be_shown_is_told() -> None:
    assert not show_message("x", Windows(0))


@pytest.mark.skipif(sys.platform == "win32", reason="it would wait for somebody to read it")
def test_without_a_console_a_refusal_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["provision", "no/such/file.toml"]) == 2
    with pytest.raises(SystemExit) as left:
        main(["--no-such-option"])
    assert left.value.code == 2
