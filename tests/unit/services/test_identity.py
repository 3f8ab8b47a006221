"""The identity check: every answer, what is bound to the sale, and what is erased when."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pos_app.domain import answers as a
from pos_app.domain import identity as i
from pos_app.domain.errors import UserMistake
from pos_app.domain.facts import Prepared
from pos_app.domain.identity import BirthMatch, IdentityTrouble
from pos_app.domain.instalments import InstalmentRule
from pos_app.domain.money import Won
from pos_app.domain.operators import Operator, Role
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.services.identity_desk import (
    CODE_LIVES_S,
    CODE_TRIES_MAX,
    HOLDS_FOR_S,
)
from pos_app.services.operators import OperatorEntry
from pos_app.services.sale_desk import SaleRequest
from pos_app.services.sale_rules import SaleRules
from tests.helpers.fake_app import Bench, make_bench
from tests.helpers.fake_identity import refused
from tests.unit.services.checking import bench_of, caller, checked, code, settle
from tests.unit.services.desk import charge, make_card, make_order, run

REFUSAL = a.Refusal("CC61", "한도초과", "한도 초과", "Over the limit", a.Advice.OTHER_CARD)
ALWAYS = SaleRules(InstalmentRule(), identity_above=Won(0))
CLERK = (
    OperatorEntry("박점원", Role.CLERK, "1111"),
    OperatorEntry("이점장", Role.MANAGER, "2222"),
)


async def prepared(bench: Bench, record: PaymentRecord) -> Prepared:
    """Return the first fact of a payment."""
    fact = (await bench.ledger.entries(record.payment_id))[0].fact
    assert isinstance(fact, Prepared)
    return fact


# ------------------------------------------------------------------------------ asking, confirming


def test_a_check_is_bound_to_the_sale_and_leaves_only_that_it_was_made(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_of(tmp_path, rules=ALWAYS)
        bound = await checked(bench)
        record = await charge(bench, identity=bound)
        assert record.state is PaymentState.APPROVED
        evidence = (await prepared(bench, record)).identity
        assert evidence is not None
        assert (evidence.birth, evidence.approver) == (BirthMatch.SAME, "")
        assert (evidence.gateway_ref, evidence.gateway) == ("imp_000000000001", "kcp")
        (asked,) = bench.gateway.requests
        assert asked.order_no.isalnum()
        assert len(asked.order_no) <= 40
        assert asked.company == "봄날꽃집"
        for entry in await bench.ledger.entries(record.payment_id):
            assert "880715" not in repr(entry)

    run(scenario())


def test_every_request_for_a_code_has_a_number_of_its_own(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_of(tmp_path)
        for _ in range(3):
            await bench.app.identity.ask(caller())
        assert len({request.order_no for request in bench.gateway.requests}) == 3

    run(scenario())


@pytest.mark.parametrize(
    ("answer", "waits"),
    [
        (refused(IdentityTrouble.WRONG_CODE, again=True), True),
        (refused(IdentityTrouble.NOT_CONFIRMED_YET, again=True), True),
        (refused(IdentityTrouble.EXPIRED), False),
        (refused(IdentityTrouble.ALREADY_CONFIRMED), False),
        (refused(IdentityTrouble.TOO_MANY), False),
        (refused(IdentityTrouble.UNKNOWN_CHECK), False),
        (refused(IdentityTrouble.REFUSED), False),
        (a.NoAnswer("timeout"), True),
        (a.NotSent("dns"), True),
    ],
)
def test_no_other_answer_binds_anything(
    tmp_path: Path, answer: i.IdentityAnswer, waits: bool
) -> None:
    async def scenario() -> None:
        bench = bench_of(tmp_path)
        desk = bench.app.identity
        await desk.ask(caller())
        bench.gateway.confirm_with(answer)
        typed = code()
        assert await desk.confirm(typed) == answer
        assert typed.wiped
        assert desk.bound is None
        assert desk.waits_for_code is waits
        await settle(bench)
        assert (bench.gateway.held == {}) is not waits, "what is over is erased"

    run(scenario())


@pytest.mark.parametrize(
    "answer", [a.NoAnswer("timeout"), a.NotSent("dns"), refused(IdentityTrouble.TOO_MANY)]
)
def test_where_no_code_is_sent_an_earlier_one_is_still_good(
    tmp_path: Path, answer: i.CodeAnswer
) -> None:
    async def scenario() -> None:
        bench = bench_of(tmp_path)
        desk = bench.app.identity
        bench.gateway.code_with(answer)
        assert await desk.ask(caller()) == answer
        assert not desk.waits_for_code
        with pytest.raises(UserMistake, match=r"identity\.not_asked"):
            await desk.confirm(code())
        await desk.ask(caller())
        bench.gateway.code_with(answer)
        await desk.ask(caller())
        assert isinstance(await desk.confirm(code()), i.IdentityConfirmed)

    run(scenario())


def test_a_new_code_ends_the_one_before(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_of(tmp_path)
        for _ in range(2):
            await bench.app.identity.ask(caller())
        await settle(bench)
        assert list(bench.gateway.held) == ["imp_000000000002"]
        assert bench.gateway.erased == ["imp_000000000001"]

    run(scenario())


def test_wrong_codes_are_counted_before_the_gateway_loses_patience(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_of(tmp_path)
        desk = bench.app.identity
        await desk.ask(caller())
        for left in range(CODE_TRIES_MAX, 0, -1):
            answer = await desk.confirm(code(b"000000"))
            assert isinstance(answer, i.IdentityRefused)
            over = left == 1
            trouble = IdentityTrouble.TOO_MANY if over else IdentityTrouble.WRONG_CODE
            assert (answer.trouble, answer.again) == (trouble, not over)
        assert not desk.waits_for_code

    run(scenario())


def test_an_app_is_confirmed_without_a_code_however_often_it_is_asked(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_of(tmp_path)
        desk = bench.app.identity
        await desk.ask(caller(code_by=i.CodeBy.APP))
        not_yet = refused(IdentityTrouble.NOT_CONFIRMED_YET, again=True)
        bench.gateway.confirm_with(*[not_yet] * (CODE_TRIES_MAX + 1))
        for _ in range(CODE_TRIES_MAX + 1):
            assert await desk.confirm(None) == not_yet
        assert isinstance(await desk.confirm(None), i.IdentityConfirmed)

    run(scenario())


def test_the_time_left_is_counted_on_the_clock_that_never_jumps(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_of(tmp_path)
        desk = bench.app.identity
        assert desk.code_left_s() == 0
        await desk.ask(caller())
        bench.clock.wall += dt.timedelta(days=1)
        assert desk.code_left_s() == CODE_LIVES_S
        bench.clock.seconds += CODE_LIVES_S + 1
        assert desk.code_left_s() == 0
        assert desk.waits_for_code, "an estimate ends nothing"

    run(scenario())


def test_without_a_gateway_that_can_it_is_said(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = make_bench(tmp_path)
        assert bench.app.identity.gateway == ""
        with pytest.raises(UserMistake, match=r"identity\.no_gateway"):
            await bench.app.identity.ask(caller())

    run(scenario())


# ----------------------------------------------------------------------------------- one sale only


def test_a_check_is_for_one_sale_and_its_next_attempts(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_of(tmp_path, rules=ALWAYS)
        bound = await checked(bench)
        bench.gateway.answer_with(a.Declined(REFUSAL))
        declined = await charge(bench, identity=bound)
        with pytest.raises(UserMistake, match=r"identity\.other_sale"):
            await charge(bench, make_order(9_000), identity=bound)
        record = await charge(bench, identity=bound, sale_id=declined.sale_id)
        assert record.state is PaymentState.APPROVED
        assert (await prepared(bench, record)).identity is not None

    run(scenario())


def test_a_sale_that_was_refused_here_uses_nothing_up(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_of(tmp_path)
        await charge(bench)
        bound = await checked(bench)
        with pytest.raises(UserMistake, match=r"sale\.same_card"):
            await charge(bench, identity=bound)
        record = await charge(bench, make_order(9_000), identity=bound)
        assert record.state is PaymentState.APPROVED

    run(scenario())


@pytest.mark.parametrize("end", ["dropped", "too_old", "another"])
def test_a_check_that_is_over_is_refused_and_its_birth_date_is_gone(
    tmp_path: Path, end: str
) -> None:
    async def scenario() -> None:
        bench = bench_of(tmp_path, rules=ALWAYS)
        bound = await checked(bench)
        if end == "dropped":
            bench.app.identity.drop()
        elif end == "too_old":
            bench.clock.seconds += HOLDS_FOR_S
        else:
            await checked(bench, caller("900101", "1"))
        assert bench.app.identity.bound is not bound
        assert bound.match(b"880715") is BirthMatch.DIFFERENT, "the digits are overwritten"
        with pytest.raises(UserMistake, match=r"identity\.lapsed"):
            await charge(bench, identity=bound)
        assert bench.gateway.charges == {}

    run(scenario())


# ---------------------------------------------------------------------------- compulsory, mismatch


@pytest.mark.parametrize(
    ("above", "amount", "needed"),
    [(None, 9_000_000, False), (50_000, 50_000, False), (50_000, 50_001, True), (0, 1_000, True)],
)
def test_a_check_is_compulsory_above_an_amount(
    tmp_path: Path, above: int | None, amount: int, needed: bool
) -> None:
    async def scenario() -> None:
        limit = None if above is None else Won(above)
        bench = bench_of(tmp_path, rules=SaleRules(InstalmentRule(), identity_above=limit))
        card = make_card()
        request = SaleRequest(make_order(amount))
        if needed:
            with pytest.raises(UserMistake, match=r"identity\.needed"):
                await bench.app.sale_desk.charge(request, card)
            assert bench.gateway.charges == {}
            assert card.number.wiped
        else:
            await bench.app.sale_desk.charge(request, card)

    run(scenario())


def test_another_birth_date_stops_the_sale_until_somebody_who_may_agrees(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_of(tmp_path, operators=CLERK)
        bench.app.operators.current = Operator("박점원", Role.CLERK)
        manager = Operator("이점장", Role.MANAGER)
        bound = await checked(bench, caller("900101", "1"))
        with pytest.raises(UserMistake, match=r"identity\.birth_differs"):
            await charge(bench, identity=bound)
        with pytest.raises(UserMistake, match=r"identity\.birth_differs"):
            await charge(bench, identity=bound, approver=manager)
        with pytest.raises(UserMistake, match=r"right\.needs_approval"):
            await charge(bench, identity=bound, despite_birth=True)
        other = Operator("최점원", Role.CLERK)
        with pytest.raises(UserMistake, match=r"right\.approver_without_right"):
            await charge(bench, identity=bound, despite_birth=True, approver=other)
        assert bench.gateway.charges == {}
        record = await charge(bench, identity=bound, despite_birth=True, approver=manager)
        evidence = (await prepared(bench, record)).identity
        assert evidence is not None
        assert (evidence.birth, evidence.approver) == (BirthMatch.DIFFERENT, "이점장")

    run(scenario())


def test_a_manager_at_the_counter_agrees_in_their_own_name(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_of(tmp_path)
        bound = await checked(bench, caller("900101", "1"))
        record = await charge(bench, identity=bound, despite_birth=True)
        evidence = (await prepared(bench, record)).identity
        assert evidence is not None
        assert evidence.approver == "김봄날"

    run(scenario())


def test_where_nothing_can_be_compared_the_check_counts_and_says_so(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = bench_of(tmp_path, rules=ALWAYS)
        bench.gateway.tells_birth = False
        record = await charge(bench, identity=await checked(bench))
        evidence = (await prepared(bench, record)).identity
        assert evidence is not None
        assert (evidence.birth, evidence.approver) == (BirthMatch.NOT_COMPARED, "")

    run(scenario())
