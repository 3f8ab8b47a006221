"""Lists read to their end: what cannot be read whole says nothing (portone.md 2.4)."""

from __future__ import annotations

import functools
from collections.abc import Callable

from pos_app.domain.answers import Absent, CannotTell
from pos_app.gateways.portone.answers import Fields
from pos_app.gateways.portone.inquiry import Page, read_page
from pos_app.gateways.portone.speaking import Speaker
from pos_app.gateways.portone.wire import PAGE_SIZE
from pos_app.gateways.telling import read_safely

#: More pages than an order number, or a day at one counter, will ever have.
_PAGES_MAX = 100


async def pages_of(
    speaker: Speaker, path_of: Callable[[int], str], *, operation: str, kcp: bool
) -> list[Fields] | Absent | CannotTell:
    """Return all rows of a list.

    Some lists come as a bare array that does not say whether more follows: after a full page of
    such a list the next one is asked for, and "no such page" ends it.

    Args:
        speaker: sends requests.
        path_of: makes the path of a page, from 1.
        operation: for the log.
        kcp: codes in messages are KCP's.
    """
    rows: list[Fields] = []
    number, guessing = 1, False
    for _ in range(_PAGES_MAX):
        exchange = await speaker.repeatable("GET", path_of(number), operation=operation)
        page: Page | Absent | CannotTell = read_safely(
            "portone", functools.partial(read_page, exchange, kcp=kcp), CannotTell("unreadable")
        )
        if not isinstance(page, Page):
            over = guessing and (isinstance(page, Absent) or page.why.startswith("code."))
            if over:
                return rows
            return page if number == 1 or isinstance(page, CannotTell) else CannotTell("paging")
        rows += page.rows
        guessing = page.is_bare and len(page.rows) >= PAGE_SIZE
        following = number + 1 if guessing else page.following
        if following == 0:
            return rows
        if following != number + 1:
            return CannotTell("paging")
        number = following
    return CannotTell("paging", final=True)
