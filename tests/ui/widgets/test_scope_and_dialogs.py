"""Tasks die with their widget, dialogs block nobody, bad news is plain text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.ui.dialogs import Dialog, await_dialog, confirm, show_error, show_notice
from pos_app.ui.scope import TaskScope
from pos_app.ui.text import text
from pos_app.ui.widgets.labels import EmphasisLabel
from tests.ui.widgets.keyboard import press

Run = Callable[[Coroutine[Any, Any, Any]], Any]
K = Qt.Key


async def forever() -> None:
    await asyncio.Event().wait()


async def settled() -> None:
    """Let everything that is ready run."""
    for _ in range(10):
        await asyncio.sleep(0)


# ------------------------------------------------------------------------------------------ scope


def test_tasks_die_with_their_owner(run_async: Run) -> None:
    async def scene() -> None:
        owner = QWidget()
        scope = TaskScope(owner)
        task = scope.start(forever(), "waiting")
        await settled()
        shiboken6.delete(owner)
        await settled()
        assert task.cancelled()
        assert len(scope) == 0

    run_async(scene())


def test_money_awaited_through_a_shield_outlives_the_screen(run_async: Run) -> None:
    async def scene() -> None:
        answered = asyncio.Event()
        done: list[str] = []

        async def money() -> None:
            await answered.wait()
            done.append("APPROVED")

        async def watch() -> None:
            await asyncio.shield(job)

        async with asyncio.TaskGroup() as group:
            job = group.create_task(money())
            owner = QObject()
            TaskScope(owner).start(watch(), "watching a payment")
            await settled()
            shiboken6.delete(owner)
            await settled()
            answered.set()
        assert done == ["APPROVED"]

    run_async(scene())


def test_errors_go_to_the_handler(run_async: Run) -> None:
    async def fail() -> None:
        raise ShopTrouble("disk.full")

    async def scene() -> None:
        heard: list[Exception] = []
        owner = QObject()
        TaskScope(owner, heard.append).start(fail(), "failing")
        await settled()
        assert [str(error) for error in heard] == ["disk.full"]

    run_async(scene())


def test_without_a_handler_errors_go_to_the_loop(run_async: Run) -> None:
    async def fail() -> None:
        raise Bug("test.fault")

    async def scene() -> None:
        heard: list[dict[str, Any]] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: heard.append(context))
        owner = QObject()
        TaskScope(owner).start(fail(), "failing")
        await settled()
        assert [str(context["exception"]) for context in heard] == ["test.fault"]
        assert "failing" in heard[0]["message"]

    run_async(scene())


# ---------------------------------------------------------------------------------------- dialogs


def open_dialog(parent: QWidget) -> Dialog:
    """Return the dialog that is open over `parent`."""
    found = [d for d in parent.findChildren(Dialog) if d.isVisible()]
    assert len(found) == 1
    return found[0]


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def test_an_open_dialog_blocks_no_other_task(run_async: Run, parent: QWidget) -> None:
    async def scene() -> None:
        ticks = 0
        async with asyncio.TaskGroup() as group:
            dialog = Dialog(parent, "질문")
            asked = group.create_task(await_dialog(dialog))
            for _ in range(20):
                await asyncio.sleep(0)
                ticks += 1
            assert dialog.isVisible()
            dialog.accept()
        assert asked.result() == int(QDialog.DialogCode.Accepted)
        assert ticks == 20

    run_async(scene())


@pytest.mark.parametrize(
    ("key", "danger", "answer"),
    [(K.Key_Return, False, True), (K.Key_Escape, False, False), (K.Key_Escape, True, False)],
)
def test_enter_is_yes_and_escape_is_no(
    run_async: Run, parent: QWidget, key: Qt.Key, danger: bool, answer: bool
) -> None:
    async def scene() -> None:
        async with asyncio.TaskGroup() as group:
            asked = group.create_task(
                confirm(parent, "지울까요?", "카드도 지워집니다", "지우기", "그대로", danger=danger)
            )
            await settled()
            press(open_dialog(parent), key)
        assert asked.result() is answer

    run_async(scene())


def test_a_held_enter_answers_nothing(run_async: Run, parent: QWidget) -> None:
    async def scene() -> None:
        async with asyncio.TaskGroup() as group:
            asked = group.create_task(confirm(parent, "지울까요?", "", "지우기", "그대로"))
            await settled()
            dialog = open_dialog(parent)
            press(dialog, K.Key_Return, "\r", held=True)
            press(dialog, K.Key_Escape, held=True)
            await settled()
            assert not asked.done()
            press(dialog, K.Key_Escape)
        assert asked.result() is False

    run_async(scene())


def test_enter_alone_does_no_harm(run_async: Run, parent: QWidget) -> None:
    async def scene() -> None:
        async with asyncio.TaskGroup() as group:
            asked = group.create_task(
                confirm(parent, "지울까요?", "", "지우기", "그대로", danger=True)
            )
            await settled()
            press(open_dialog(parent), K.Key_Return, "\r")
            await settled()
            assert not asked.done() or asked.result() is False
            if not asked.done():
                open_dialog(parent).reject()
        assert asked.result() is False

    run_async(scene())


def test_a_cancelled_question_closes_its_dialog(run_async: Run, parent: QWidget) -> None:
    async def scene() -> None:
        scope = TaskScope(parent)
        task = scope.start(show_notice(parent, "알림", "끝났습니다"), "notice")
        await settled()
        dialog = open_dialog(parent)
        task.cancel()
        await settled()
        assert not shiboken6.isValid(dialog) or not dialog.isVisible()

    run_async(scene())


def test_a_dialog_whose_parent_dies_counts_as_no(run_async: Run) -> None:
    async def scene() -> None:
        doomed = QWidget()
        async with asyncio.TaskGroup() as group:
            asked = group.create_task(confirm(doomed, "지울까요?", "", "지우기", "그대로"))
            await settled()
            shiboken6.delete(doomed)
        assert asked.result() is False

    run_async(scene())


def test_bad_news_is_plain_words_with_advice(run_async: Run, parent: QWidget) -> None:
    async def scene() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(show_error(parent, ShopTrouble("no.such.words")))
            await settled()
            dialog = open_dialog(parent)
            said = [shown.words() for shown in dialog.findChildren(EmphasisLabel)]
            assert text("error.unworded.title") in said
            assert any("no.such.words" in words for words in said)
            assert not dialog.findChildren(QLabel)
            press(dialog, K.Key_Return)

    run_async(scene())
