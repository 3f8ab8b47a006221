"""A shop with two gateways: chosen by F6 for one sale, and offered when nothing left this PC."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt

from pos_app.domain import answers as a
from pos_app.domain.instalments import InstalmentRule
from pos_app.domain.record import PaymentState
from pos_app.services.sale_rules import SaleGateway, SaleRules
from pos_app.ui.screens.sale.model import Phase
from pos_app.ui.words import gateway_words
from tests.helpers.fake_gateway import FakeGateway
from tests.ui.screens.sale.counter import Counter, Typed, at_counter

RunAsync = Callable[[Any], Any]


def portone(**rules: Any) -> SaleGateway:
    """Return a second gateway."""
    return SaleGateway(FakeGateway(name="portone"), SaleRules(InstalmentRule(), **rules))


def book_of(way: SaleGateway) -> dict[str, Any]:
    """Return what the second gateway believes."""
    assert isinstance(way.gateway, FakeGateway)
    return dict(way.gateway.book)


def test_one_gateway_shows_no_choice_and_f6_does_nothing(
    run_async: RunAsync, tmp_path: Path
) -> None:
    async def scenario(counter: Counter) -> None:
        counter.key(Qt.Key.Key_F6)
        assert counter.sale._choice is None
        assert counter.sale.gateway() == ""
        await counter.charge()
        assert len(counter.bench.gateway.book) == 1

    at_counter(run_async, tmp_path, scenario)


def test_f6_sells_by_the_other_one_and_the_next_sale_begins_with_the_first(
    run_async: RunAsync, tmp_path: Path
) -> None:
    second = portone()

    async def scenario(counter: Counter) -> None:
        assert counter.shell._gateway.accessibleName() == gateway_words("kcp")
        counter.key(Qt.Key.Key_F6)
        assert counter.shell._gateway.accessibleName() == gateway_words("portone")
        await counter.charge()
        assert (len(counter.bench.gateway.book), len(book_of(second))) == (0, 1)
        counter.key(Qt.Key.Key_F2)
        assert counter.sale.gateway() == "kcp"
        await counter.charge(Typed(amount="31000"))
        assert (len(counter.bench.gateway.book), len(book_of(second))) == (1, 1)

    at_counter(run_async, tmp_path, scenario, second=second)


def test_a_sale_with_a_choice_costs_no_more_keys_than_one_without(
    run_async: RunAsync, tmp_path: Path
) -> None:
    async def scenario(counter: Counter) -> None:
        counter.keys_pressed = 0
        counter.key(Qt.Key.Key_F6)
        await counter.charge()
        assert counter.keys_pressed <= 12 + 1  # experience.md, and the one that chooses

    at_counter(run_async, tmp_path, scenario, second=portone())


def test_the_form_follows_the_contract_of_the_gateway_chosen(
    run_async: RunAsync, tmp_path: Path
) -> None:
    second = portone(birth="optional", password="never")

    async def scenario(counter: Counter) -> None:
        form = counter.sale.form
        assert form.password.isVisibleTo(form)
        counter.key(Qt.Key.Key_F6)
        assert form.holder.isVisibleTo(form)
        assert not form.password.isVisibleTo(form)
        for words in ("12000", "Gift", "", "", ""):
            counter.type(words)
            counter.key(Qt.Key.Key_Return)
        counter.type("9410110000000073")
        counter.type("0729")
        counter.key(Qt.Key.Key_Return)  # the holder may be left out
        counter.key(Qt.Key.Key_Return)
        assert counter.phase() == Phase.CONFIRMING
        counter.key(Qt.Key.Key_Return)
        await counter.until(lambda: counter.phase() == Phase.OUTCOME, "an outcome")
        assert len(book_of(second)) == 1

    at_counter(run_async, tmp_path, scenario, second=second)


def test_a_password_typed_for_the_other_contract_is_wiped(
    run_async: RunAsync, tmp_path: Path
) -> None:
    async def scenario(counter: Counter) -> None:
        form = counter.sale.form
        form.password.setFocus()
        counter.type("12")
        counter.key(Qt.Key.Key_F6)
        assert form.password.digit_count() == 0

    at_counter(run_async, tmp_path, scenario, second=portone(password="never"))


def test_nothing_sent_offers_the_other_one_with_the_order_kept_and_the_card_gone(
    run_async: RunAsync, tmp_path: Path
) -> None:
    second = portone()

    async def scenario(counter: Counter) -> None:
        counter.bench.gateway.answer_with(a.NotSent("refused"))
        await counter.charge(Typed(amount="47000"))
        first = counter.sale.outcome.record()
        assert first is not None
        assert first.state is PaymentState.NOT_SENT
        assert "other_gateway" in {one.name for one in counter.sale.outcome.offered()}
        counter.key(Qt.Key.Key_O)
        form = counter.sale.form
        assert counter.sale.gateway() == "portone"
        assert form.amount.text_value() == "47000"
        assert form.number.digit_count() == 0
        assert form.number.isAncestorOf(counter.focus())
        counter.fill_card(Typed())
        assert counter.phase() == Phase.CONFIRMING
        counter.key(Qt.Key.Key_Return)
        await counter.until(lambda: counter.phase() == Phase.OUTCOME, "an outcome")
        again = counter.sale.outcome.record()
        assert again is not None
        assert again.state is PaymentState.APPROVED
        assert (again.gateway, again.sale_id) == ("portone", first.sale_id)
        assert again.order_no != first.order_no
        assert list(book_of(second)) == [again.order_no]

    at_counter(run_async, tmp_path, scenario, second=second)


def test_after_anything_else_the_other_one_is_never_offered(
    run_async: RunAsync, tmp_path: Path
) -> None:
    refusal = a.Refusal("CC61", "한도 초과", "한도 초과", "over limit", a.Advice.OTHER_CARD)

    async def scenario(counter: Counter) -> None:
        counter.bench.clock.hold_sleepers = True
        answers: tuple[a.ChargeAnswer, ...] = (a.NoAnswer("timeout"), a.Declined(refusal))
        for number, answer in enumerate(answers):
            counter.bench.gateway.answer_with(answer)
            await counter.charge(Typed(amount=f"{50 + number}000"))
            assert "other_gateway" not in {one.name for one in counter.sale.outcome.offered()}
            counter.key(Qt.Key.Key_O)
            assert counter.phase() == Phase.OUTCOME
            counter.key(Qt.Key.Key_F2)
        counter.bench.clock.wake()

    at_counter(run_async, tmp_path, scenario, second=portone())


def test_one_gateway_offers_no_other(run_async: RunAsync, tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        counter.bench.gateway.answer_with(a.NotSent("refused"))
        await counter.charge()
        assert [one.name for one in counter.sale.outcome.offered()] == ["again", "next"]

    at_counter(run_async, tmp_path, scenario)
