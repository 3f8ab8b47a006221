"""A clerk at F5: keys only, and a look for what is left of the caller in the window."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget

from pos_app.domain.facts import Prepared
from pos_app.domain.identity import IdentityEvidence
from pos_app.domain.instalments import InstalmentRule
from pos_app.domain.money import Won
from pos_app.services.sale_rules import SaleRules
from pos_app.ui.screens.identity.view import IdentityScreen, Phase
from pos_app.ui.widgets.labels import EmphasisLabel, Label
from pos_app.ui.widgets.secret_field import SecretField
from tests.helpers.fake_gateway import FakeGateway
from tests.helpers.fake_identity import RIGHT_CODE
from tests.ui.screens.sale.counter import Counter, Typed

RunAsync = Callable[[Coroutine[Any, Any, None]], None]
ALWAYS = SaleRules(InstalmentRule(), identity_above=Won(0))
ENTER, ESCAPE = Qt.Key.Key_Return, Qt.Key.Key_Escape
F5, F6 = Qt.Key.Key_F5, Qt.Key.Key_F6


class Caller(Counter):
    """A counter with a caller on the phone."""

    @property
    def screen(self) -> IdentityScreen:
        """Return the identity screen."""
        screen = self.shell.screen_of("identity")
        assert isinstance(screen, IdentityScreen)
        return screen

    async def until_phase(self, phase: Phase) -> None:
        """Let the program go on until the screen is there and has the keyboard."""
        await self.until(
            lambda: self.screen.phase is phase and self.screen.isVisible(), f"phase {phase}"
        )

    async def type_order(self, **more: str) -> None:
        """Type a whole sale without charging it."""
        await self.fill(Typed(**more))

    async def open(self) -> None:
        """F5."""
        self.key(F5)
        await self.until(lambda: self.shell.current_screen() == "identity", "the screen")

    async def say_who(self, birth: str = "880715", seventh: str = "2") -> None:
        """Type birth date and digit behind the name and phone that are there; then the consent."""
        self.type(birth)
        self.type(seventh)
        for _carrier_and_way in range(2):
            self.key(ENTER)

    async def send(self) -> None:
        """The caller has agreed; the code is sent."""
        assert self.screen.phase is Phase.CONSENT, self.screen.aside.note()
        self.key(ENTER)
        await self.until_phase(Phase.CODE)

    async def confirm(self, code: str = RIGHT_CODE.decode()) -> None:
        """Type the code that the caller reads."""
        self.type(code)
        self.key(ENTER)

    async def pass_check(self, birth: str = "880715", seventh: str = "2") -> None:
        """The whole check."""
        await self.open()
        await self.say_who(birth, seventh)
        await self.send()
        await self.confirm()
        await self.until_phase(Phase.PASSED)

    def jamo(self, typed: str) -> None:
        """Hit a key as it arrives while the input method writes Hangul or full width."""
        for char in typed:
            press = QKeyEvent(QKeyEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, char)
            QApplication.sendEvent(self.focus(), press)

    def badge(self) -> str:
        """Return what the slip of the sale says of the check."""
        from pos_app.ui.text import text
        from pos_app.ui.widgets.state_badge import Badge

        for pair in self.sale.slip.facts():
            if pair.term == text("identity.title"):
                assert isinstance(pair.value, Badge)
                return pair.value.words
        return ""


async def evidence(caller: Caller) -> IdentityEvidence | None:
    """Return what the only payment says of its check."""
    (record,) = await caller.bench.ledger.recent(5)
    fact = (await caller.bench.ledger.entries(record.payment_id))[0].fact
    assert isinstance(fact, Prepared)
    return fact.identity


def texts_of(window: QWidget) -> Iterator[str]:
    """Yield every text in a window: shown, accessible, selected, hidden or not."""
    for widget in [window, *window.findChildren(QWidget)]:
        yield widget.accessibleName()
        yield widget.accessibleDescription()
        yield widget.toolTip()
        yield str(widget.property("text") or "")
        if isinstance(widget, QLabel | QLineEdit):
            yield widget.text()
        if isinstance(widget, Label | EmphasisLabel):
            yield widget.words()
        if isinstance(widget, SecretField):
            with widget.peek() as digits:
                yield bytes(digits).decode()


def at_phone(
    run_async: RunAsync,
    folder: Path,
    scenario: Callable[[Caller], Coroutine[Any, Any, None]],
    **bench: Any,
) -> None:
    """Run a scenario at a fresh counter whose gateway checks identities, and close it clean."""

    async def whole() -> None:
        given = {"gateway": FakeGateway(identity_check=True), **bench}
        caller = Caller(folder, **given)
        try:
            await caller.start()
            await scenario(caller)
        finally:
            await caller.close()
        assert caller.bench.errors == []

    run_async(whole())
