"""One sale desk over two gateways: each by its own rules, none twice without a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pos_app.domain import answers as a
from pos_app.domain.card import Card, parse_card_number, parse_expiry, parse_holder_id
from pos_app.domain.errors import UserMistake
from pos_app.domain.instalments import InstalmentRule
from pos_app.domain.record import PaymentState
from pos_app.services.sale_desk import SaleRequest
from pos_app.services.sale_rules import SaleGateway, SaleRules
from tests.helpers.fake_app import Bench, make_bench
from tests.helpers.fake_gateway import FakeGateway
from tests.unit.services.desk import TODAY, at_rest, charge, make_card, make_order, run

REFERENCE_FORM = r"imp_[0-9]{12}"


def two(tmp_path: Path, **rules: Any) -> tuple[Bench, FakeGateway]:
    """Return a terminal with KCP first and PortOne behind it."""
    gateway = FakeGateway(name="portone")
    gateway.abilities = a.Abilities(look_up_by_order=True, reference_form=REFERENCE_FORM)
    second = SaleGateway(gateway, SaleRules(InstalmentRule(), **rules))
    return make_bench(tmp_path, second=second), gateway


def card(holder: bytes | None, password: bytes | None = None) -> Card:
    """Return a card with the proofs given."""
    from pos_app.domain.card import parse_password_start

    return Card(
        parse_card_number(bytearray(b"9410110000000073")),
        parse_expiry(bytearray(b"0729"), TODAY),
        None if holder is None else parse_holder_id(bytearray(holder)),
        None if password is None else parse_password_start(bytearray(password)),
    )


def test_the_first_one_serves_unless_another_is_named(tmp_path: Path) -> None:
    async def story() -> None:
        bench, gateway = two(tmp_path)
        assert bench.app.sale_desk.gateways == ("kcp", "portone")
        first = await charge(bench)
        other = await charge(bench, make_order(31_000), gateway="portone")
        assert (first.gateway, other.gateway) == ("kcp", "portone")
        assert list(bench.gateway.book) == [first.order_no]
        assert list(gateway.book) == [other.order_no]

    run(story())


def test_a_gateway_that_is_not_there_is_refused_and_the_card_wiped(tmp_path: Path) -> None:
    async def story() -> None:
        bench, _ = two(tmp_path)
        typed = make_card()
        with pytest.raises(UserMistake, match=r"sale\.gateway_unknown"):
            await bench.app.sale_desk.charge(SaleRequest(make_order(), gateway="toss"), typed)
        assert typed.number.wiped

    run(story())


def test_an_unknown_charge_is_asked_about_at_the_other_gateway_too(tmp_path: Path) -> None:
    async def story() -> None:
        bench, gateway = two(tmp_path)
        bench.clock.hold_sleepers = True
        bench.gateway.answer_with(a.NoAnswer("timeout"))
        lost = await charge(bench)
        assert lost.state is PaymentState.UNKNOWN
        with pytest.raises(UserMistake, match=r"sale\.same_card_open"):
            await charge(bench, gateway="portone")
        assert not gateway.charges
        bench.clock.wake()
        await at_rest(bench, lost)

    run(story())


@pytest.mark.parametrize(
    ("rules", "typed", "code"),
    [
        ({}, (None, None), "card.holder_missing"),
        ({}, (b"880715", None), "card.password_start_wrong_length"),
        ({"corporate_password": False}, (b"1208147521", None), ""),
        ({"corporate_password": False}, (b"880715", None), "card.password_start_wrong_length"),
        ({}, (b"1208147521", None), "card.password_start_wrong_length"),
        ({"birth": "optional", "password": "optional"}, (None, None), ""),
        ({"birth": "never", "password": "never"}, (None, None), ""),
        ({"birth": "ask", "password": "never"}, (None, None), "card.holder_missing"),
        ({"birth": "never", "password": "ask"}, (None, None), "card.password_start_wrong_length"),
    ],
)
def test_each_contract_asks_for_its_own_proofs(
    tmp_path: Path, rules: dict[str, Any], typed: tuple[bytes | None, ...], code: str
) -> None:
    async def story() -> None:
        bench, gateway = two(tmp_path, **rules)
        request = SaleRequest(make_order(), gateway="portone")
        if code:
            with pytest.raises(UserMistake, match=code):
                await bench.app.sale_desk.charge(request, card(*typed))
        else:
            await bench.app.sale_desk.charge(request, card(*typed))
        assert bool(gateway.book) is not bool(code)

    run(story())


@pytest.mark.parametrize(
    ("name", "reference", "right"),
    [
        ("kcp", "26112114320009", True),
        ("kcp", "imp_123456789012", False),
        ("portone", "imp_123456789012", True),
        ("portone", "26112114320009", False),
    ],
)
def test_a_typed_reference_has_the_form_of_the_payments_own_gateway(
    tmp_path: Path, name: str, reference: str, *, right: bool
) -> None:
    async def story() -> None:
        bench, gateway = two(tmp_path)
        bench.clock.hold_sleepers = True
        for one in (bench.gateway, gateway):
            one.answer_with(a.NoAnswer("timeout"))
        lost = await charge(bench, gateway=name)
        if right:
            await bench.app.recovery.give_reference(lost.payment_id, reference)
        else:
            with pytest.raises(UserMistake, match=r"close\.reference_malformed"):
                await bench.app.recovery.give_reference(lost.payment_id, reference)
        bench.clock.wake()
        await bench.jobs.drain(1)

    run(story())


def test_each_gateway_has_a_settle_time_of_its_own(tmp_path: Path) -> None:
    from pos_app.services.settle import SettleRules
    from pos_app.services.sharing import Sharing

    async def story() -> None:
        bench, gateway = two(tmp_path)
        bench.settler._rules = SettleRules(Sharing("01"), {"kcp": 30.0, "portone": 90.0})
        bench.clock.hold_sleepers = True
        for one, seconds in ((bench.gateway, 30.0), (gateway, 90.0)):
            one.answer_with(a.NoAnswer("timeout"))
            lost = await charge(bench, make_order(10_000 + int(seconds)), gateway=one.name)
            assert bench.app.recovery.settle_time_left_s(lost) == seconds
        bench.clock.wake()
        await bench.jobs.drain(1)

    run(story())
