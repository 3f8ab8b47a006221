"""What tests of widgets share: a look, a language, and a loop that Qt and asyncio both run on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

import pytest
import qasync
from PySide6.QtWidgets import QApplication

from pos_app.ui import text, theme

T = TypeVar("T")
RunAsync = Callable[[Coroutine[Any, Any, T]], T]


@pytest.fixture(autouse=True)
def korean_and_light(qapp: QApplication) -> None:
    """Begin every test in Korean, light, at 100 %, whatever the one before did."""
    text.use_language("ko")
    now = theme.current()
    if qapp.property("pos_dressed") is None or (now.scheme, now.text_percent) != ("light", 100):
        theme.apply_theme(qapp, "light")


@pytest.fixture
def run_async(qapp: QApplication) -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """Run a coroutine on a qasync loop over the application; close the loop clean afterwards."""
    loop = qasync.QEventLoop(qapp, already_running=False)
    asyncio.set_event_loop(loop)

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        return loop.run_until_complete(asyncio.wait_for(work, 10))

    try:
        yield run
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
        asyncio.set_event_loop(None)
