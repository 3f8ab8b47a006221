"""The leak guard: what a test leaves running fails it, and the failure says where it was started.

Looked for: threads, open event loops, asyncio tasks that have not ended, active QTimers, windows
still shown. A leftover makes the next test fail for no reason of its own, or hides that a payment's
task was forgotten. The places where things start are written down by thin wrappers around the
standard library's and Qt's own functions, put in once when the tests begin.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import weakref
from asyncio import base_events
from collections.abc import Callable, Iterator
from functools import wraps
from types import FrameType
from typing import Any

import pytest

THREAD_GRACE_S = 2.0
"""How long a thread that is already ending may take. Only waited for where there is one."""

_OURS = __file__
_NOT_OURS = (".venv", "site-packages", "/lib/python", "\\Lib\\", "<frozen")
_loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, str] = weakref.WeakKeyDictionary()
_tasks: weakref.WeakKeyDictionary[asyncio.Future[Any], str] = weakref.WeakKeyDictionary()
_threads: weakref.WeakKeyDictionary[threading.Thread, str] = weakref.WeakKeyDictionary()
_timers: dict[int, tuple[weakref.ref[Any], str]] = {}
_wrapped: set[str] = set()


def _place() -> str:
    """Return the innermost place in this project's own files that led here.

    Walks the frames by hand: a simulation starts tasks by the ten thousand.
    """
    frame: FrameType | None = sys._getframe(1)
    innermost = "an unknown place"
    while frame is not None:
        code = frame.f_code
        if code.co_filename != _OURS:
            innermost = f"{code.co_filename}:{frame.f_lineno} in {code.co_name}"
            if not any(part in code.co_filename for part in _NOT_OURS):
                break
        frame = frame.f_back
    return innermost


def _wrap(owner: Any, name: str, note: Callable[[Any, Any], None]) -> None:
    """Replace a method by one that also notes its owner and result."""
    original = getattr(owner, name)

    @wraps(original)
    def noting(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(self, *args, **kwargs)
        note(self, result)
        return result

    setattr(owner, name, noting)


def _note_timer(timer: Any, _result: object) -> None:
    """Remember where a QTimer was started last."""
    _timers[id(timer)] = (weakref.ref(timer), _place())


def _watch() -> None:
    """Put the wrappers in, each once; Qt's as soon as a test has imported Qt."""
    if "asyncio" not in _wrapped:
        _wrapped.add("asyncio")
        _wrap(
            base_events.BaseEventLoop, "__init__", lambda loop, _: _loops.update({loop: _place()})
        )
        _wrap(
            base_events.BaseEventLoop,
            "create_task",
            lambda _loop, task: _tasks.update({task: _place()}),
        )
        _wrap(threading.Thread, "start", lambda thread, _: _threads.update({thread: _place()}))
    qtcore = sys.modules.get("PySide6.QtCore")
    if qtcore is not None and "qt" not in _wrapped:
        _wrapped.add("qt")
        _wrap(qtcore.QTimer, "start", _note_timer)


def _open_loops() -> set[asyncio.AbstractEventLoop]:
    """Return the loops that are not closed."""
    return {loop for loop in list(_loops) if not loop.is_closed()}


def _pending_tasks() -> set[asyncio.Future[Any]]:
    """Return the tasks that have not ended, on whatever loop."""
    return {task for task in list(_tasks) if not task.done()}


def _active_timers() -> dict[int, str]:
    """Return where each QTimer that still runs was started."""
    if "qt" not in _wrapped:
        return {}
    from shiboken6 import isValid

    running = {}
    for key, (reference, place) in list(_timers.items()):
        timer = reference()
        if timer is None or not isValid(timer):
            del _timers[key]
        elif timer.isActive():
            running[key] = place
    return running


def _shown_windows() -> set[str]:
    """Return the windows still shown, as class and object name."""
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or widgets.QApplication.instance() is None:
        return set()
    return {
        f"{type(window).__name__} {window.objectName()!r}"
        for window in widgets.QApplication.topLevelWidgets()
        if window.isVisible()
    }


def _let_qt_delete() -> None:
    """Let Qt delete what was handed to deleteLater: that is how a test closes its widgets."""
    qtcore = sys.modules.get("PySide6.QtCore")
    if qtcore is not None and qtcore.QCoreApplication.instance() is not None:
        qtcore.QCoreApplication.sendPostedEvents(None, qtcore.QEvent.Type.DeferredDelete.value)


class LeakGuard:
    """Knows what ran before a test, and tells what runs after it that did not."""

    def __init__(self) -> None:
        """Note what is running now."""
        _watch()
        self._threads = set(threading.enumerate())
        self._loops = _open_loops()
        self._tasks = _pending_tasks()
        self._timers = set(_active_timers())

    def _new_threads(self) -> list[threading.Thread]:
        """Return threads the test started, without those that end in the grace they have."""
        fresh = [t for t in threading.enumerate() if t not in self._threads]
        for thread in fresh:
            thread.join(THREAD_GRACE_S)
        return [thread for thread in fresh if thread.is_alive()]

    def _running(self) -> list[str]:
        """Return one line for each thing left running."""
        lines = [
            f"thread {thread.name!r}, started at {_threads.get(thread, 'an unknown place')}"
            for thread in self._new_threads()
        ]
        lines += [f"open event loop, made at {_loops[one]}" for one in _open_loops() - self._loops]
        lines += [
            f"asyncio task {task!r}, started at {_tasks[task]}"
            for task in _pending_tasks() - self._tasks
        ]
        lines += [
            f"QTimer, started at {place}"
            for key, place in _active_timers().items()
            if key not in self._timers
        ]
        lines += [f"window still shown: {window}" for window in sorted(_shown_windows())]
        return lines

    def complaint(self) -> str:
        """Return what the test left running, one line each; empty when nothing is.

        What is only garbage that nobody has collected yet does not count.
        """
        _let_qt_delete()
        if not self._running():
            return ""
        gc.collect()
        _let_qt_delete()
        return "\n".join(f"left running: {line}" for line in self._running())


@pytest.fixture(autouse=True)
def leak_guard() -> Iterator[LeakGuard]:
    """Fail the test for whatever it leaves running."""
    guard = LeakGuard()
    yield guard
    complaint = guard.complaint()
    if complaint:
        pytest.fail(complaint, pytrace=False)
