"""The scripted clerk at the screen of cards: kept, charged again, scheduled, moved, taken back.

A line names what to do with which card; keys do it, and the answer says what the screen says.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from pos_app.domain.card_facts import CardRecord
from pos_app.domain.record import PaymentRecord
from pos_app.domain.schedule_facts import PlanRecord
from pos_app.ui.screens.cards.side import Side
from pos_app.ui.screens.cards.view import CardsScreen
from tests.clerk_keys import CONTROL, ENTER, ESCAPE
from tests.clerk_lines import Answer, Line
from tests.clerk_watch import Refused, words_of_dialog

if TYPE_CHECKING:
    from tests.clerk_work import Clerk

Key = Qt.Key
#: Deeper than the pages lie behind each other.
_PAGES_MAX = 5
_SHIFT = Qt.KeyboardModifier.ShiftModifier


class CardClerk:
    """One line's way through the screen."""

    def __init__(self, clerk: Clerk, line: Line) -> None:
        """Work at the window of `clerk`."""
        self._clerk, self._line = clerk, line
        self._keys = clerk.keys
        self._done: list[object] = []

    async def do(self) -> Answer:
        """Do what the line says."""
        self._keys.hit(Key.Key_F2, _SHIFT)
        screen = self._screen()
        self._clerk.watch.stirred_by(screen.shown)
        self._clerk.watch.stirred_by(screen.done)
        screen.done.connect(self._done.append)
        try:
            if screen.page() is screen.nothing:
                raise Refused(screen.nothing.hero.title())
            for _page in range(_PAGES_MAX):
                if screen.page() is not screen.list:
                    self._keys.hit(ESCAPE)
            match self._line.get("what"):
                case "keep":
                    await self._keep(screen)
                case "charge":
                    await self._open(screen)
                    self._charge()
                case "plan":
                    await self._open(screen)
                    self._plan()
                case "move":
                    await self._open_plan(screen)
                    self._keys.type("m")
                    self._days()
                    self._hit(ENTER, 3)
                case "cancel" | "forget":
                    await self._take_away(screen)
            return await self._answer(screen)
        finally:
            screen.done.disconnect(self._done.append)

    def _screen(self) -> CardsScreen:
        screen = self._clerk.shell.screen_of("cards")
        assert isinstance(screen, CardsScreen)
        return screen

    def _hit(self, key: Qt.Key, times: int) -> None:
        for _ in range(times):
            self._keys.hit(key)

    def _days(self) -> None:
        self._hit(Key.Key_Right, int(self._line.get("days") or "0"))

    # -- the ways ----------------------------------------------------------------------------------

    async def _keep(self, screen: CardsScreen) -> None:
        line = self._line
        screen.list.take_focus()
        self._keys.hit(Key.Key_N, CONTROL)
        for name in ("name", "phone"):
            self._keys.type_all(line.get(name))
            self._keys.hit(ENTER)
        self._keys.hit(ENTER)  # it was read aloud, and the customer agrees
        page = screen.keep_page
        for field, name in (
            (page.card.number, "card_number"),
            (page.card.expiry, "expiry"),
            (page.card.holder, "birth_or_brn"),
            (page.card.password, "password2"),
        ):
            if field.isVisibleTo(page):
                field.setFocus()
                self._keys.type_all(line.get(name))
        page.amount.setFocus()
        self._keys.type_all(line.get("amount"))
        self._keys.hit(ENTER)
        if line.get("amount"):
            self._keys.type_all(line.get("product"))
            self._hit(ENTER, 2)
        self._keys.hit(ENTER)
        if page.side.note() == "" and screen.page() is page and not screen.busy:
            await self._complain(page)

    async def _open(self, screen: CardsScreen) -> None:
        """Find the card and open it."""
        screen.list.take_focus()
        screen.list.search_field.clear_field()
        self._keys.type_all(self._line.get("find"))
        self._keys.hit(ENTER)
        await self._on(screen, screen.card_page)
        side = screen.card_page.side
        await self._clerk.watch.until(partial(_any_of, side), self._line.timeout_s)

    async def _open_plan(self, screen: CardsScreen) -> None:
        """Open the scheduled payment of the line's order number."""
        await self._open(screen)
        for _ in screen.card_page.table.model_rows():
            self._keys.hit(ENTER)
            await self._on(screen, screen.plan_page)
            plan = screen.plan()
            if plan is not None and plan.order_no == self._line.get("order_no"):
                side = screen.plan_page.side
                await self._clerk.watch.until(partial(_any_of, side), self._line.timeout_s)
                return
            self._keys.hit(ESCAPE)
            self._keys.hit(Key.Key_Down)
        raise Refused("no such schedule")

    def _charge(self) -> None:
        self._keys.type("c")
        self._keys.type_all(self._line.get("amount"))
        self._keys.hit(ENTER)
        self._keys.type_all(self._line.get("product"))
        self._hit(ENTER, 3)

    def _plan(self) -> None:
        self._keys.type("s")
        self._keys.type_all(self._line.get("amount"))
        self._keys.hit(ENTER)
        self._keys.type_all(self._line.get("product"))
        self._hit(ENTER, 2)
        self._days()
        self._hit(ENTER, 3)

    async def _take_away(self, screen: CardsScreen) -> None:
        """Answer the question that comes before something is taken away."""
        if self._line.get("what") == "cancel":
            await self._open_plan(screen)
            self._keys.type("x")
        else:
            await self._open(screen)
            self._keys.type("d")
        dialog = await self._clerk.watch.until(self._keys.dialog, self._line.timeout_s)
        await self._clerk.watch.front(dialog)
        self._hit(ENTER, 2)

    # -- the answer --------------------------------------------------------------------------------

    async def _on(self, screen: CardsScreen, page: QWidget) -> None:
        ready = lambda: screen.page() is page and not screen.busy  # noqa: E731 - asked again and again
        await self._clerk.watch.until(ready, self._line.timeout_s)

    async def _complain(self, page: QWidget) -> None:
        raise Refused(" ".join(f.error() for f in self._screen().keep_page.fields().values()))

    async def _answer(self, screen: CardsScreen) -> Answer:
        """Say what a desk answered, or what stands in a dialog."""

        def ended() -> object | None:
            if self._done:
                return self._done[-1]
            dialog = self._keys.dialog()
            return dialog if dialog is not None and not screen.busy else None

        found = await self._clerk.watch.until(ended, self._line.timeout_s)
        did = f"card {self._line.get('what')}"
        if isinstance(found, PaymentRecord):
            approval = found.approval.approval_no if found.approval else ""
            return Answer(did, found.state.value, "", found.payment_id, found.order_no, approval)
        if isinstance(found, PlanRecord):
            message = found.at.isoformat()
            return Answer(did, found.state.value, message, found.payment_id, found.order_no)
        if isinstance(found, CardRecord):
            return Answer(did, found.state.value, found.customer_uid)
        dialog = self._keys.dialog()
        words = words_of_dialog(dialog) if dialog is not None else ""
        self._keys.hit(ESCAPE)
        raise Refused(words)


def _any_of(side: Side) -> list[str] | None:
    """Return what can be done now, None while nothing can."""
    return side.offered() or None
