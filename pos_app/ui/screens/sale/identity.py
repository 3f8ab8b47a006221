"""The sale's side of the identity check: what F5 may see, the badge, and what must be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from pos_app.domain.errors import UserMistake
from pos_app.ui.card_entry import FieldMistake
from pos_app.ui.screens.sale.model import draft_of
from pos_app.ui.text import text
from pos_app.ui.widgets.pairs import Pair
from pos_app.ui.widgets.state_badge import Badge, BadgeTone

if TYPE_CHECKING:
    from pos_app.domain.identity import BirthMatch
    from pos_app.domain.money import Won
    from pos_app.domain.order import Order
    from pos_app.services.identity_desk import CheckedCaller
    from pos_app.services.sale_desk import SaleRequest
    from pos_app.services.sale_rules import SaleRules
    from pos_app.ui.app import App
    from pos_app.ui.sale_in_sight import OrderInSight
    from pos_app.ui.screens.sale.view import SaleScreen

#: How often it is seen that a check has become too old.
_TICK_MS = 5_000
_LOOKS: dict[str, tuple[str, BadgeTone]] = {
    "same": ("check", "good"),
    "different": ("alert", "bad"),
    "not_compared": ("check", "neutral"),
}


class SaleIdentity(QObject):
    """Joins the sale being typed with the check it is bound to.

    Signals:
        changed: what is said of the check may be another now.
    """

    changed = Signal()

    def __init__(self, screen: SaleScreen) -> None:
        """Belong to `screen`; `attach` brings it to life."""
        super().__init__(screen)
        self._screen = screen
        self._app: App | None = None
        self._asked_for = False
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._on_tick)

    def attach(self, app: App) -> None:
        """Serve a terminal that is ready; the key is shown where a gateway can check."""
        self._app = app
        self._screen.form.identity_hint.setVisible(bool(app.identity.gateway))

    def detach(self) -> None:
        """Part from a terminal that is being closed; its check is over."""
        self.drop()
        self._app = None

    # -- for the identity screen -------------------------------------------------------------------

    def order_in_sight(self) -> OrderInSight | None:
        """Return the order being typed; None while another is on its way or was just ended."""
        from pos_app.ui.sale_in_sight import OrderInSight

        if self._app is None or not self._screen.is_typing():
            return None
        typed = self._screen.form.typed()
        draft = draft_of(typed)
        return OrderInSight(
            amount=draft.amount,
            product=draft.product,
            buyer_name=draft.buyer_name,
            buyer_phone=typed.buyer_phone,
            needed=self._is_needed(draft.amount),
        )

    def lend_holder(self) -> memoryview | None:
        """Lend the card holder's digits for comparing; None where the contract asks for none."""
        rules = self._rules()
        if rules is None or rules.birth == "never":
            return None
        return self._screen.form.holder.peek()

    # -- for the sale ------------------------------------------------------------------------------

    def bound(self) -> CheckedCaller | None:
        """Return the check that this sale is bound to, while it is good."""
        return self._app.identity.bound if self._app is not None else None

    def pairs(self) -> list[Pair]:
        """Return the line of the slip: a badge, or that a check is still wanted."""
        bound = self.bound()
        if bound is not None:
            self._tick.start()
            icon, tone = _LOOKS[self._match(bound).value]
            words = text(f"identity.badge.{self._match(bound).value}")
            return [Pair(text("identity.title"), Badge(icon, tone, words))]
        self._tick.stop()
        if not self._is_needed(draft_of(self._screen.form.typed()).amount):
            return []
        wanted = Badge("alert", "warn", text("identity.badge.wanted"))
        return [Pair(text("identity.title"), wanted)]

    def check(self, order: Order, rules: SaleRules) -> None:
        """Return if no check is missing.

        Raises:
            FieldMistake: one is, at the amount that calls for it.
        """
        try:
            rules.check_identity(order, checked=self.bound() is not None)
        except UserMistake as mistake:
            self._asked_for = True
            raise FieldMistake("amount", mistake) from mistake

    def come_back(self) -> None:
        """The sale is in front again: it asks for no check that was passed meanwhile.

        With the check only charging is left where all is typed.
        """
        checked = self.bound() is not None
        if self._asked_for and checked:
            self._asked_for = False
            self._screen.form.amount.set_error("")
        self.changed.emit()
        if checked and not self._screen.form.missing():
            self._screen.charge.setFocus()
        else:
            self._screen.form.chain.focus_first_empty()

    async def bind(self, request: SaleRequest) -> SaleRequest | None:
        """Return `request` with the check; None where nobody agrees to another birth date."""
        from dataclasses import replace

        from pos_app.domain.identity import BirthMatch
        from pos_app.ui.screens.sale.mismatch import ask_despite_birth

        bound, app = self.bound(), self._app
        if bound is None or app is None:
            return request
        if self._match(bound) is not BirthMatch.DIFFERENT:
            return replace(request, identity=bound)
        agreed = await ask_despite_birth(self._screen, app)
        if agreed is None:
            return None
        approver = agreed.approver or request.approver
        return replace(request, identity=bound, despite_birth=True, approver=approver)

    def drop(self) -> None:
        """Part the check from this sale: the order was cleared, or the counter is left."""
        if self._app is not None:
            self._app.identity.drop()
        self._tick.stop()

    def _match(self, bound: CheckedCaller) -> BirthMatch:
        holder = self.lend_holder()
        try:
            return bound.match(holder)
        finally:
            if holder is not None:
                holder.release()

    def _rules(self) -> SaleRules | None:
        if self._app is None:
            return None
        return self._app.sale_desk.rules_of(self._screen.gateway())

    def _is_needed(self, amount: Won | None) -> bool:
        rules = self._rules()
        return rules is not None and amount is not None and rules.needs_identity(amount)

    def _on_tick(self) -> None:
        if self.bound() is None:
            self._tick.stop()
            self.changed.emit()
