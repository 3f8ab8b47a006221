"""What the scripted clerk does: each command as the keys a person would hit."""

from __future__ import annotations

import contextlib
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from pos_app.domain.record import PaymentRecord
from pos_app.domain.refunds import RefundRecord
from pos_app.ui.screens.refund.view import Phase as RefundPhase
from pos_app.ui.screens.refund.view import RefundScreen
from pos_app.ui.screens.sale.model import Phase
from pos_app.ui.screens.sale.view import SaleScreen
from pos_app.ui.shell import Shell
from pos_app.ui.widgets.field_shell import FieldShell
from tests.clerk_cards import CardClerk
from tests.clerk_identity import identify
from tests.clerk_keys import CONTROL, END, ENTER, ESCAPE, UP, Keyboard, picture_of
from tests.clerk_lines import Answer, Line
from tests.clerk_person import resolve
from tests.clerk_watch import Refused, TooLong, Watch, plain, words_of_dialog, words_of_outcome

REFUSED = "REFUSED"
#: A picture of a screen that is still at something is better than none.
_PICTURE_S = 10.0
#: Fields of the form, in its order, and what a line calls them.
_FIELDS = {
    "amount": "amount",
    "tax_free": "tax_free",
    "product": "product",
    "buyer_name": "buyer_name",
    "buyer_phone": "buyer_phone",
    "buyer_email": "buyer_email",
    "number": "card_number",
    "expiry": "expiry",
    "holder": "birth_or_brn",
    "password": "password2",
}
_SCREEN_KEYS = {
    "sale": Qt.Key.Key_F2,
    "history": Qt.Key.Key_F3,
    "refund": Qt.Key.Key_F4,
    "person": Qt.Key.Key_F9,
    "settings": Qt.Key.Key_F10,
    "help": Qt.Key.Key_F1,
}


class Clerk:
    """Works at the window by keys alone; reads only what stands there."""

    def __init__(self, watch: Watch) -> None:
        """Sit down at the window that `watch` sees."""
        self.watch = watch
        self.keys = Keyboard(lambda: watch.shell)
        self.sales: list[str] = []

    @property
    def shell(self) -> Shell:
        """Return the window."""
        return self.watch.shell

    async def do(self, line: Line) -> Answer:
        """Do one command and say what came of it."""
        await self.watch.front(self.keys.window())
        match line.do:
            case "sell":
                return await self.sell(line)
            case "refund":
                return await self.refund(line)
            case "wait":
                return await self.wait(line)
            case "screenshot":
                return await self.screenshot(line)
            case "save_slip":
                return await self.save_slip(line)
            case "show":
                return await self.show(line)
            case "card":
                return await CardClerk(self, line).do()
            case "resolve":
                return await resolve(self, line)
            case _:
                return Answer(line.do)

    # -- a sale ------------------------------------------------------------------------------------

    async def sell(self, line: Line) -> Answer:
        """Type a sale, look once more, charge, and wait for the first answer."""
        try:
            await self.type_sale(line)
            return await self.charge(line)
        except Refused as refused:
            await self.clear_sale(line)
            return Answer("sell", REFUSED, str(refused))

    async def type_sale(self, line: Line) -> None:
        """Type every field and stop at the last look.

        Raises:
            Refused: the window says what is wrong.
        """
        await self.go_home(line)
        form = self.shell.sale.form
        self._choose_gateway(line.get("gateway"))
        for name, key in _FIELDS.items():
            field, typed = form.fields[name], line.get(key)
            if field in form.chain.open_fields():
                self.type_field(field, typed)
            elif typed not in {"", "0"} and name == "tax_free":
                raise Refused("this terminal has no field for a tax-free part")
        self._choose_months(line.get("months") or "0")
        if line.get("caller_birth"):
            await identify(self, line)
        self.keys.hit(ENTER)
        if self.shell.sale.phase is not Phase.CONFIRMING:
            raise Refused(self._form_words())

    def type_field(self, field: FieldShell, typed: str) -> None:
        """Type into the field that has the focus, and go on to the next one."""
        if not self.keys.is_in(field):
            raise AssertionError(f"the focus is not in {field.caption()}")
        if field.error():
            self.keys.hit(Qt.Key.Key_Backspace)  # take back what was refused before
        for char in typed:
            if not self.keys.is_in(field):
                self.keys.hit(UP)  # a full field went on by itself: back, there is more to type
            self.keys.type(char)
            if field.error():
                raise Refused(field.error())
        if self.keys.is_in(field):
            self.keys.hit(ENTER)
        if field.error():
            raise Refused(field.error())

    def _choose_gateway(self, wanted: str) -> None:
        """Hit F6 until the sale goes by the gateway wanted; a terminal with one has no choice."""
        app, sale = self.watch.application.app, self.shell.sale
        offered = () if app is None else app.sale_desk.gateways
        if app is None or (wanted and wanted not in offered):
            raise Refused(f"this terminal has no gateway {wanted}")
        for _ in offered[1:]:
            if wanted and sale.gateway() != wanted:
                self.keys.hit(Qt.Key.Key_F6)

    def _choose_months(self, typed: str) -> None:
        """Pick the months; what cannot be picked is refused like a person would notice it."""
        row = self.shell.sale.form.months
        self.keys.type_all(typed)
        if typed != str(row.months()):
            raise Refused(row.blocked() or f"{row.accessibleName()} ({typed})")

    def _form_words(self) -> str:
        """Return the sentence that stands in the form."""
        form = self.shell.sale.form
        errors = [field.error() for field in form.fields.values() if field.error()]
        return " ".join(errors) or self.shell.sale.slip._note.words() or self.watch.trouble_words()

    async def charge(self, line: Line) -> Answer:
        """Hit Enter on the big key and wait for the first answer.

        Raises:
            Refused: nothing was charged.
        """
        sale, settled = self.shell.sale, list[PaymentRecord]()
        sale.settled.connect(settled.append)
        if line.get("close_when"):
            self.watch.news.connect(lambda record: self._close_when(line, record))
        try:
            self.keys.hit(ENTER)
            while not settled:
                await self.watch.until(lambda: _answered(self.keys, sale, settled), line.timeout_s)
                if not settled:
                    await self._answer_dialog(line)
        except TooLong:
            return self._gave_up("sell", sale)
        finally:
            sale.settled.disconnect(settled.append)
        record = settled[0]
        self.sales.append(record.order_no)
        return self.answer("sell", record, record.state.value, words_of_outcome(sale.outcome))

    async def _answer_dialog(self, line: Line) -> None:
        """Give a reason for a second charge, or read what is wrong and close it."""
        from pos_app.ui.duplicate import DuplicateDialog

        dialog = self.keys.dialog()
        if dialog is None:
            raise Refused(self._form_words())
        words, reason = words_of_dialog(dialog), line.get("duplicate_reason")
        if isinstance(dialog, DuplicateDialog) and reason:
            await self.watch.front(dialog)
            self.keys.type_all(reason)
            self.keys.hit(ENTER)
            await self.gone(dialog, line)
            return
        await self.close_dialogs(line)
        raise Refused(words)

    def _gave_up(self, did: str, sale: SaleScreen) -> Answer:
        """Answer with where the charge on screen stands after all the time there was."""
        record = sale.outcome.record()
        if record is None:
            return Answer(did, "", "no answer in time")
        self.sales.append(record.order_no)
        return self.answer(did, record, record.state.value, "no answer in time")

    def _close_when(self, line: Line, record: PaymentRecord) -> None:
        if record.state.value == line.get("close_when"):
            self.shell.close()

    async def clear_sale(self, line: Line) -> None:
        """Empty the form by Esc and its question."""
        await self.close_dialogs(line)
        sale = self.shell.sale
        if sale.phase is Phase.CONFIRMING:
            self.keys.hit(ESCAPE)
        if sale.phase is Phase.TYPING and not sale.form.is_empty():
            self.keys.hit(ESCAPE)
            dialog = await self.watch.until(self.keys.dialog, line.timeout_s)
            await self.watch.front(dialog)
            self.keys.hit(ENTER)
            await self.gone(dialog, line)
            await self.watch.until(sale.form.is_empty, line.timeout_s)

    async def go_home(self, line: Line) -> None:
        """Come to an empty sale, whatever stands there now."""
        await self.close_dialogs(line)
        sale = self.shell.sale
        await self.watch.until(lambda: sale.phase is not Phase.WAITING, line.timeout_s)
        self.keys.hit(Qt.Key.Key_F2)
        await self.clear_sale(line)
        self.keys.hit(Qt.Key.Key_F2)

    async def close_dialogs(self, line: Line) -> None:
        """Close whatever stands over the window."""
        while (dialog := self.keys.dialog()) is not None:
            await self.watch.front(dialog)
            self.keys.hit(ESCAPE)
            await self.gone(dialog, line)

    async def gone(self, dialog: QDialog, line: Line) -> None:
        """Wait until that dialog does not take the keys any more."""
        await self.watch.until(lambda: self.keys.dialog() is not dialog, line.timeout_s)
        await self.watch.front(self.keys.window())

    # -- a refund ----------------------------------------------------------------------------------

    async def refund(self, line: Line) -> Answer:
        """Find the payment, type amount and reason, look once more, ask for the refund."""
        order_no = self.order_no(line)
        try:
            screen = await self._find(order_no, line)
            await self._type_refund(screen, line)
            return await self._ask_for_refund(screen, line)
        except Refused as refused:
            await self.close_dialogs(line)
            self.keys.hit(ESCAPE)
            known = self.watch.records.get(order_no)
            if known is None:
                return Answer("refund", REFUSED, str(refused), order_no=order_no)
            return self.answer("refund", known, REFUSED, str(refused))

    async def _find(self, order_no: str, line: Line) -> RefundScreen:
        """Search for the order number until its row is the one chosen."""
        await self.go_home(line)
        self.keys.hit(Qt.Key.Key_F4)
        screen = self.watch.refund_screen()
        self.watch.stirred_by(screen.search.found)
        await self.watch.until(lambda: self.keys.is_in(screen.form.search_field), line.timeout_s)
        self.keys.type_all(order_no)
        await self.watch.until(lambda: not screen.search.is_waiting(), line.timeout_s)
        found = screen.form.chosen()
        if found is None:
            raise Refused(screen.form.search_field.note())
        if found.order_no != order_no:
            raise Refused("another order number was found")
        self.watch.records[order_no] = found
        return screen

    async def _type_refund(self, screen: RefundScreen, line: Line) -> None:
        """Type amount, reason and approver, and stop at the last look."""
        form = screen.form
        self.keys.hit(ENTER)
        if not self.keys.is_in(form.amount):
            raise Refused(plain(form._promise.words()))
        self.keys.hit(Qt.Key.Key_A, CONTROL)
        self.type_field(form.amount, line.get("amount"))
        if line.get("reason"):
            self.keys.hit(END)  # the last of the list: words of one's own
            self.keys.hit(ENTER)
            self.type_field(form.other, line.get("reason"))
        else:
            self.keys.hit(ENTER)
        if screen.approver.wanted:
            self.keys.type_all(line.get("second"))
            self.keys.hit(ENTER)
        if screen.phase is not RefundPhase.CONFIRMING:
            errors = (form.amount.error(), form.other.error(), plain(form._promise.words()))
            raise Refused(next((words for words in errors if words), ""))

    async def _ask_for_refund(self, screen: RefundScreen, line: Line) -> Answer:
        """Hit Enter on the big key and wait for the first answer."""
        settled = list[PaymentRecord]()
        screen.settled.connect(settled.append)
        self.watch.stirred_by(screen.settled)
        self.keys.hit(ENTER)
        try:
            await self.watch.until(
                lambda: bool(settled) or self.keys.dialog() is not None or _typing(screen),
                line.timeout_s,
            )
        except TooLong:
            return Answer("refund", "", "no answer in time", order_no=self.order_no(line))
        finally:
            screen.settled.disconnect(settled.append)
        if not settled:
            dialog = self.keys.dialog()
            words = (
                words_of_dialog(dialog) if dialog is not None else screen.approver._field().note()
            )
            raise Refused(words)
        record = settled[0]
        state = record.refunds[-1].state.value
        return self.answer("refund", record, state, words_of_outcome(screen.outcome))

    # -- the rest ----------------------------------------------------------------------------------

    def order_no(self, line: Line) -> str:
        """Return the order number a line means; `@n` is that of the n-th sale."""
        named = line.get("order_no")
        if not named.startswith("@"):
            return named
        number = int(named[1:]) if named[1:].isdecimal() else 0
        if not 1 <= number <= len(self.sales):
            raise Refused(f"there is no sale {named} yet")
        return self.sales[number - 1]

    async def wait(self, line: Line) -> Answer:
        """Wait until a payment, or with `of` its last refund, is in one of the states."""
        order_no = self.order_no(line)
        if order_no not in self.watch.records:
            await self._find(order_no, line)
            await self.go_home(line)
        of_refund = line.get("of") == "refund"

        def state() -> str:
            record = self.watch.records[order_no]
            refund = _last_refund(record)
            return refund.state.value if of_refund and refund else record.state.value

        message = ""
        try:
            await self.watch.until(lambda: state() in line.until, line.timeout_s)
        except TooLong:
            message = f"not reached within {line.timeout_s:g} s"
        return self.answer("wait", self.watch.records[order_no], state(), message)

    async def screenshot(self, line: Line) -> Answer:
        """Save a picture of the window as it stands, once everything on it is loaded."""
        with contextlib.suppress(TooLong):
            await self.watch.quiet(_PICTURE_S)
        path = Path(line.get("path"))
        path.parent.mkdir(parents=True, exist_ok=True)
        saved = picture_of(self.shell).save(str(path))
        return Answer("screenshot", "", str(path) if saved else f"cannot write {path}")

    async def save_slip(self, line: Line) -> Answer:
        """Save the slip of the outcome on screen as a PDF, by its key."""
        self.keys.hit(Qt.Key.Key_S)
        dialog = await self.watch.until(self.keys.dialog, line.timeout_s)
        words = words_of_dialog(dialog)
        await self.close_dialogs(line)
        return Answer("save_slip", "", words)

    async def show(self, line: Line) -> Answer:
        """Bring another screen to the front by its function key."""
        await self.close_dialogs(line)
        self.keys.hit(_SCREEN_KEYS[line.get("screen")])
        return Answer("show", "", self.shell.current_screen())

    def answer(self, did: str, record: PaymentRecord, state: str, message: str) -> Answer:
        """Return a line about a payment."""
        approval = record.approval
        return Answer(
            did=did,
            state=state,
            message=message,
            payment_id=record.payment_id,
            order_no=record.order_no,
            approval_no=approval.approval_no if approval is not None else "",
            gateway_ref=record.gateway_ref or "",
        )


def _answered(keys: Keyboard, sale: SaleScreen, settled: list[PaymentRecord]) -> bool:
    """Tell whether a charge was answered, or something else wants the clerk."""
    return bool(settled) or keys.dialog() is not None or sale.phase is Phase.TYPING


def _typing(screen: RefundScreen) -> bool:
    return screen.phase is RefundPhase.TYPING


def _last_refund(record: PaymentRecord) -> RefundRecord | None:
    return record.refunds[-1] if record.refunds else None
