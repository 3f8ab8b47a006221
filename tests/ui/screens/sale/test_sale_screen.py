"""The sale screen: typed by keys, charged once, every outcome in words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from pos_app.domain import answers as a
from pos_app.domain.record import PaymentState
from pos_app.services.news import PaymentChanged
from pos_app.ui.screens.sale.model import Phase
from pos_app.ui.text import text
from pos_app.ui.widgets.table import CalmTable
from tests.helpers.fake_gateway import FakeGateway
from tests.ui.screens.sale.counter import Counter, Typed, at_counter

RunAsync = Callable[[Coroutine[Any, Any, None]], None]
REFUSAL = a.Refusal(
    "CC61", "한도초과", "카드 한도를 넘었습니다", "Over the limit", a.Advice.OTHER_CARD
)


def test_no_earlier_payment_is_chosen_by_charging(run_async: RunAsync, tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        for amount in ("51000", "52000"):  # at the second there is a row that could be chosen
            await counter.charge(Typed(amount=amount))
            assert counter.sale.hasFocus()
            assert not counter.sale.recent.findChildren(CalmTable)[0].current_id()
            counter.sale.new_sale()

    at_counter(run_async, tmp_path, scenario)


def test_a_sale_takes_at_most_twelve_keys_beyond_what_is_typed(
    run_async: RunAsync, tmp_path: Path
) -> None:
    async def scenario(counter: Counter) -> None:
        await counter.charge()
        assert counter.sale.outcome.title() == text("outcome.approved.title")
        assert counter.keys_pressed <= 12
        (booked,) = counter.bench.gateway.book.values()
        assert booked.amount == 88_000

    at_counter(run_async, tmp_path, scenario)


def test_the_card_fields_are_empty_after_charging(run_async: RunAsync, tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        await counter.charge()
        form = counter.sale.form
        for field in (form.number, form.expiry, form.holder, form.password):
            assert field.digit_count() == 0

    at_counter(run_async, tmp_path, scenario)


@pytest.mark.parametrize("leave", [Qt.Key.Key_Escape, Qt.Key.Key_F3])
def test_the_last_look_reads_the_digits_back_and_leaving_it_masks_them(
    run_async: RunAsync, tmp_path: Path, leave: Qt.Key
) -> None:
    async def scenario(counter: Counter) -> None:
        await counter.fill(Typed())
        assert counter.sale.form.number.reading_back()
        assert counter.sale.charge.hasFocus(), "the next Enter charges"
        counter.key(leave)
        assert not counter.sale.form.number.reading_back()

    at_counter(run_async, tmp_path, scenario)


def test_a_held_enter_never_charges(run_async: RunAsync, tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        await counter.fill(Typed())
        held = QKeyEvent(
            QKeyEvent.Type.KeyPress,
            Qt.Key.Key_Return,
            Qt.KeyboardModifier.NoModifier,
            "",
            autorep=True,
        )
        for _ in range(20):
            QApplication.sendEvent(counter.focus(), held)
        await asyncio.sleep(0)
        assert counter.phase() == Phase.CONFIRMING
        assert not counter.bench.gateway.charges

    at_counter(run_async, tmp_path, scenario)


def test_a_doubled_enter_charges_once(run_async: RunAsync, tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        await counter.fill(Typed())
        for _ in range(5):
            counter.key(Qt.Key.Key_Return)
        await counter.until(lambda: counter.phase() == Phase.OUTCOME, "an outcome")
        assert list(counter.bench.gateway.charges.values()) == [1]

    at_counter(run_async, tmp_path, scenario)


def test_typing_after_the_last_look_needs_a_new_last_look(
    run_async: RunAsync, tmp_path: Path
) -> None:
    async def scenario(counter: Counter) -> None:
        await counter.fill(Typed())
        assert counter.phase() == Phase.CONFIRMING
        counter.sale.form.amount.setFocus()
        counter.type("1")
        assert counter.phase() == Phase.TYPING

    at_counter(run_async, tmp_path, scenario)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (Typed(amount="0"), "amount.zero"),
        (Typed(number="411111111111"), "card.number_too_short"),
        (Typed(expiry="1020"), "card.expiry_past"),
        (Typed(expiry="2907"), "card.expiry_swapped"),
        (Typed(holder="9001011"), "card.resident_number_refused"),
        (Typed(product=""), "order.field_empty"),
        (Typed(name="a;b"), "order.text_refused"),
    ],
)
def test_a_refusal_stands_in_its_field_and_loses_nothing(
    run_async: RunAsync, tmp_path: Path, typed: Typed, code: str
) -> None:
    async def scenario(counter: Counter) -> None:
        await counter.fill(typed)
        assert counter.phase() == Phase.TYPING
        said = [field.error() for field in counter.sale.form.fields.values() if field.error()]
        expected = text(f"error.{code}.title", digits=len(typed.number), character=";")
        assert said == [expected]
        assert counter.sale.form.typed().buyer_name == typed.name
        assert counter.sale.form.number.digit_count() == len(typed.number)
        assert counter.bench.ledger.log == []

    at_counter(run_async, tmp_path, scenario)


def test_a_resident_number_is_refused_and_wiped_as_its_words_say(
    run_async: RunAsync, tmp_path: Path
) -> None:
    async def scenario(counter: Counter) -> None:
        await counter.fill(Typed(holder="9001011"))
        assert counter.phase() == Phase.TYPING
        holder = counter.sale.form.holder
        assert holder.error() == text("error.card.resident_number_refused.title")
        assert holder.digit_count() == 0

    at_counter(run_async, tmp_path, scenario)


def test_a_declined_card_says_why_and_the_order_can_be_tried_again(
    run_async: RunAsync, tmp_path: Path
) -> None:
    async def scenario(counter: Counter) -> None:
        counter.bench.gateway.answer_with(a.Declined(REFUSAL))
        await counter.charge()
        assert counter.sale.outcome.title() == text("outcome.declined.title")
        first = counter.sale.outcome.record()
        assert first is not None
        counter.key(Qt.Key.Key_R)
        assert counter.phase() == Phase.TYPING
        assert counter.sale.form.typed().product == "Gift plant"
        assert counter.sale.form.number.digit_count() == 0
        counter.sale.form.number.setFocus()
        for digits in ("9410110000000081", "0729"):
            counter.type(digits)
        counter.type("880715")
        counter.key(Qt.Key.Key_Return)
        counter.type("12")
        counter.key(Qt.Key.Key_Return)
        counter.key(Qt.Key.Key_Return)
        await counter.until(
            lambda: counter.sale.outcome.title() == text("outcome.approved.title"), "approval"
        )
        second = counter.sale.outcome.record()
        assert second is not None
        assert second.sale_id == first.sale_id
        assert second.payment_id != first.payment_id

    at_counter(run_async, tmp_path, scenario)


def test_a_lost_answer_is_shown_as_unknown_then_settles_by_itself(
    run_async: RunAsync, tmp_path: Path
) -> None:
    async def scenario(counter: Counter) -> None:
        counter.bench.clock.hold_sleepers = True
        counter.bench.gateway.answer_with(a.NoAnswer("timeout"), charged=True)
        await counter.charge()
        assert counter.sale.outcome.title() == text("outcome.unknown.title")
        names = [action.name for action in counter.sale.outcome.offered()]
        assert "again" not in names, "nobody may try again while nobody knows"
        counter.bench.clock.hold_sleepers = False
        counter.bench.clock.wake()
        await counter.until(
            lambda: counter.sale.outcome.title() == text("outcome.approved.title"), "approval"
        )
        assert list(counter.bench.gateway.charges.values()) == [1]

    at_counter(run_async, tmp_path, scenario)


def test_nothing_sent_says_so_and_offers_to_try_again(run_async: RunAsync, tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        counter.bench.gateway.answer_with(a.NotSent("refused"))
        await counter.charge()
        assert counter.sale.outcome.title() == text("outcome.not_sent.title")
        assert [action.name for action in counter.sale.outcome.offered()] == ["again", "next"]

    at_counter(run_async, tmp_path, scenario)


def test_the_same_card_again_asks_for_a_reason(run_async: RunAsync, tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        await counter.charge()
        counter.key(Qt.Key.Key_F2)
        await counter.fill(Typed())
        counter.key(Qt.Key.Key_Return)
        await counter.until_asked()
        counter.key(Qt.Key.Key_Return)
        assert counter.dialog() is not None, "an empty reason is no reason"
        assert len(counter.bench.gateway.charges) == 1
        counter.type("two bunches")
        counter.key(Qt.Key.Key_Return)
        await counter.until(lambda: len(counter.bench.gateway.charges) == 2, "the second charge")
        await counter.until(lambda: counter.phase() == Phase.OUTCOME, "its outcome")

    at_counter(run_async, tmp_path, scenario)


def test_stopping_at_the_question_keeps_everything_typed(
    run_async: RunAsync, tmp_path: Path
) -> None:
    async def scenario(counter: Counter) -> None:
        await counter.charge()
        counter.key(Qt.Key.Key_F2)
        await counter.fill(Typed())
        counter.key(Qt.Key.Key_Return)
        await counter.until_asked()
        counter.key(Qt.Key.Key_Escape)
        await counter.until(lambda: counter.phase() == Phase.TYPING, "the form")
        assert counter.sale.form.number.digit_count() == 16
        assert len(counter.bench.gateway.charges) == 1

    at_counter(run_async, tmp_path, scenario)


def test_no_other_payment_stands_behind_the_question(run_async: RunAsync, tmp_path: Path) -> None:
    """Neither the last verdict nor one that settles itself meanwhile: the clerk asks about this."""

    async def scenario(counter: Counter) -> None:
        await counter.charge()
        last = counter.sale.outcome.record()
        assert last is not None
        counter.key(Qt.Key.Key_F2)
        await counter.fill(Typed())
        counter.key(Qt.Key.Key_Return)
        await counter.until_asked()
        seen: list[object] = []
        counter.shell._bridge.changed.connect(seen.append)  # type: ignore[union-attr]  # attached
        counter.bench.news.publish(PaymentChanged(last))
        await counter.until(lambda: bool(seen), "the news")
        assert counter.phase() == Phase.WAITING
        assert counter.sale.outcome.record() is None
        assert counter.sale.outcome.title() == text("outcome.waiting.title")
        counter.key(Qt.Key.Key_Escape)
        await counter.until(lambda: counter.phase() == Phase.TYPING, "the form")

    at_counter(run_async, tmp_path, scenario)


def test_a_parked_order_comes_back_without_the_card(run_async: RunAsync, tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        counter.type("35000")
        counter.key(Qt.Key.Key_Return)
        counter.type("Bouquet")
        counter.sale.form.number.setFocus()
        counter.type("941011")
        counter.key(Qt.Key.Key_F7)
        assert counter.sale.form.is_empty()
        counter.key(Qt.Key.Key_F7)
        await counter.until_asked()
        counter.key(Qt.Key.Key_Return)
        await counter.until(lambda: counter.sale.form.typed().amount == "35000", "the order")
        assert counter.sale.form.typed().product == "Bouquet"
        assert counter.sale.form.number.digit_count() == 0

    at_counter(run_async, tmp_path, scenario)


def test_escape_asks_before_it_clears(run_async: RunAsync, tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        counter.type("35000")
        counter.key(Qt.Key.Key_Escape)
        await counter.until_asked()
        counter.key(Qt.Key.Key_Escape)
        await counter.until_answered()
        assert counter.sale.form.typed().amount == "35000"
        counter.key(Qt.Key.Key_Escape)
        await counter.until_asked()
        counter.key(Qt.Key.Key_Return)
        await counter.until(counter.sale.form.is_empty, "an empty form")

    at_counter(run_async, tmp_path, scenario)


def test_closing_the_window_while_charging_is_refused_until_it_is_answered(
    run_async: RunAsync, tmp_path: Path
) -> None:
    async def scenario(counter: Counter) -> None:
        wanted: list[bool] = []
        counter.shell.close_wanted.connect(lambda: wanted.append(True))
        gateway = counter.bench.gateway
        gateway.hold = asyncio.Event()
        await counter.fill(Typed())
        counter.key(Qt.Key.Key_Return)
        await gateway.reached.wait()
        counter.shell.close()
        assert counter.shell.isVisible()
        assert wanted == [True]
        closing = asyncio.ensure_future(counter.bench.app.close(5))
        gateway.hold.set()
        assert await closing
        (order_no,) = gateway.charges
        stored = await counter.bench.ledger.find_order(order_no)
        assert stored is not None
        assert stored.state is PaymentState.APPROVED

    at_counter(run_async, tmp_path, scenario)


def test_gateway_text_is_shown_as_plain_text(run_async: RunAsync, tmp_path: Path) -> None:
    hostile = a.Refusal("CC61", '<img src="/etc/passwd"><b>x', "", "", a.Advice.OTHER_CARD)

    async def scenario(counter: Counter) -> None:
        counter.bench.gateway.answer_with(a.Declined(hostile))
        await counter.charge()
        from PySide6.QtWidgets import QLabel, QWidget

        from pos_app.ui.widgets.labels import EmphasisLabel, Label

        widgets = counter.shell.findChildren(QWidget)
        shown = [one for one in widgets if "<img" in one.accessibleName()]
        assert shown
        assert {type(one) for one in shown} <= {Label, EmphasisLabel}
        for one in shown:
            if isinstance(one, QLabel):
                assert one.textFormat() is Qt.TextFormat.PlainText

    at_counter(run_async, tmp_path, scenario)


def test_an_unauthenticated_contract_asks_for_number_and_expiry_only(
    run_async: RunAsync, tmp_path: Path
) -> None:
    from pos_app.domain.instalments import InstalmentRule
    from pos_app.services.sale_rules import SaleRules

    async def scenario(counter: Counter) -> None:
        form = counter.sale.form
        assert not form.holder.isVisibleTo(form)
        for text_typed in ("12000", "Gift", "", "", ""):
            counter.type(text_typed)
            counter.key(Qt.Key.Key_Return)
        counter.type("9410110000000073")
        counter.type("0729")
        counter.key(Qt.Key.Key_Return)
        assert counter.phase() == Phase.CONFIRMING
        counter.key(Qt.Key.Key_Return)
        await counter.until(lambda: counter.phase() == Phase.OUTCOME, "an outcome")
        assert len(counter.bench.gateway.book) == 1

    at_counter(
        run_async,
        tmp_path,
        scenario,
        gateway=FakeGateway(authenticated=False),
        rules=SaleRules(InstalmentRule(), birth="never", password="never"),
    )
