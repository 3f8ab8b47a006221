"""Typed news for whoever shows them: what changed, after it is on disk. No Qt, no queue.

No state is announced before the ledger has committed it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from pos_app.domain.errors import PosError
from pos_app.domain.order import PaymentId
from pos_app.domain.record import PaymentRecord
from pos_app.domain.streams import StreamId, StreamRecord


class Doing(StrEnum):
    """What the program is at; the catalogue has words under `doing.*`."""

    CONNECTING = "connecting"
    SENDING = "sending"
    WAITING_TO_LOOK_UP = "waiting_to_look_up"
    LOOKING_UP = "looking_up"
    CANCELLING = "cancelling"


@dataclass(frozen=True, slots=True)
class PaymentChanged:
    """A payment's record changed and is committed."""

    record: PaymentRecord


@dataclass(frozen=True, slots=True)
class StreamChanged:
    """A record beside payments changed and is committed: a card on file, a scheduled payment."""

    record: StreamRecord


@dataclass(frozen=True, slots=True)
class Activity:
    """What the program is doing about a payment right now; nothing about it is on disk.

    Attributes:
        count: which try it is, from 1.
        wait_s: how long until the next look-up, for WAITING_TO_LOOK_UP.
    """

    payment_id: PaymentId
    doing: Doing
    at: dt.datetime
    count: int = 1
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something went wrong that no screen asked for, e.g. the ledger cannot be written.

    Attributes:
        halted: no more money is taken until someone has looked.
    """

    error: PosError
    payment_id: PaymentId | StreamId | None
    halted: bool


News = PaymentChanged | StreamChanged | Activity | Trouble
Listener = Callable[[News], None]


class NewsBoard:
    """Hands each piece of news to every listener, at once, in the order they came."""

    def __init__(self) -> None:
        """Start with nobody listening."""
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` for all news from now on; returns what ends that."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def publish(self, news: News) -> None:
        """Tell everyone. A listener that raises is a bug of the listener and stops nothing here.

        Its error goes to the event loop's handler, which is the program's one place for errors.
        """
        for listener in tuple(self._listeners):
            try:
                listener(news)
            except Exception as error:  # noqa: BLE001 - handed on; money must not hang on a screen
                asyncio.get_running_loop().call_exception_handler(
                    {"message": "a listener of the news failed", "exception": error}
                )
