"""Keeping cards, charging them again, and having them deleted, whatever gets lost on the way."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import pytest

from pos_app.domain import answers as a
from pos_app.domain.card_facts import CARDS, CardRecord, CardState
from pos_app.domain.errors import ShopTrouble, UserMistake
from pos_app.domain.operators import Operator, Role
from pos_app.domain.payment import PaymentState
from pos_app.domain.saved_cards import CardKept
from pos_app.domain.streams import StreamId
from pos_app.services.card_desk import Consent, KeepRequest
from pos_app.services.sale_desk import SaleRequest
from pos_app.services.schedule_desk import PlanRequest
from tests.helpers.fake_app import Bench, make_bench
from tests.helpers.fake_cards import REFUSAL, FakeCardGateway
from tests.unit.services.desk import at_rest, make_card, make_order, run

NAME, PHONE = "정하늘", "010-1234-4410"
REQUEST = KeepRequest(NAME, PHONE, "portone", Consent("1", "ko"))
MANAGER = Operator("이점장", Role.MANAGER)


def card_bench(folder: Path, gateway: FakeCardGateway | None = None, **more: object) -> Bench:
    """Make a terminal whose gateway keeps cards."""
    return make_bench(folder, gateway=gateway or FakeCardGateway(), **more)  # type: ignore[arg-type]  # names are its own


def gateway_of(bench: Bench) -> FakeCardGateway:
    assert isinstance(bench.gateway, FakeCardGateway)
    return bench.gateway


async def keep(bench: Bench, request: KeepRequest = REQUEST) -> CardRecord:
    return await bench.app.card_desk.keep(request, make_card())


async def rest(bench: Bench, card_id: StreamId) -> CardRecord:
    """Let the background go on until no job works on the card."""
    for _ in range(3000):
        if not bench.jobs.is_running(card_id):
            return await bench.ledger.streams.get(CARDS, card_id)
        await asyncio.sleep(0)
    raise AssertionError("the card does not come to rest")


def kinds(bench: Bench, card_id: StreamId) -> list[str]:
    return [e.fact.KIND for e in bench.ledger.log if getattr(e, "stream_id", "") == card_id]


def test_a_card_is_kept_and_the_consent_was_on_disk_before(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        seen: list[str] = []
        gateway_of(bench).before["keep"] = lambda: seen.extend(
            e.fact.KIND for e in bench.ledger.log
        )
        card = make_card()
        record = await bench.app.card_desk.keep(REQUEST, card)
        assert seen == ["card.consented", "card.keeping"]
        assert (record.state, record.taken_by) == (CardState.KEPT, "김봄날")
        assert (record.wording_version, record.wording_language) == ("1", "ko")
        assert record.customer_uid in gateway_of(bench).kept
        assert record.customer_uid.startswith("c01-")
        assert card.number.wiped
        await bench.jobs.drain(1)

    run(story())


def test_an_existing_name_is_never_replaced(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        first = await keep(bench)
        gateway_of(bench).say("saved", CardKept(gateway_of(bench).kept[first.customer_uid]))
        other = KeepRequest("김광수", "010-5555-6666", "portone", Consent("1", "ko"))
        second = await keep(bench, other)
        assert second.customer_uid != first.customer_uid
        assert gateway_of(bench).asked["saved"] == 3
        await bench.jobs.drain(1)

    run(story())


def test_a_gateway_that_cannot_be_asked_keeps_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        bench, card = card_bench(tmp_path), make_card()
        gateway_of(bench).say("saved", a.CannotTell("timeout"))
        with pytest.raises(ShopTrouble, match=r"cards\.cannot_ask"):
            await bench.app.card_desk.keep(REQUEST, card)
        assert bench.ledger.log == []
        assert gateway_of(bench).asked["keep"] == 0
        assert card.number.wiped

    run(story())


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (a.Refused(REFUSAL), CardState.NOT_KEPT),
        (a.NotSent("dns"), CardState.NOT_SENT),
    ],
)
def test_a_no_ends_it(tmp_path: Path, answer: object, state: CardState) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        gateway_of(bench).say("keep", answer)
        record = await keep(bench)
        assert (record.state, gateway_of(bench).kept) == (state, {})
        assert await rest(bench, record.stream_id) == record

    run(story())


def test_a_lost_answer_is_asked_about(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        gateway_of(bench).lose("keep")
        record = await keep(bench)
        assert record.state is CardState.UNKNOWN
        record = await rest(bench, record.stream_id)
        assert record.state is CardState.KEPT
        assert gateway_of(bench).asked["keep"] == 1

    run(story())


def test_a_lost_request_is_believed_lost_after_the_settle_time_only(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        gateway_of(bench).drop("keep")
        record = await rest(bench, (await keep(bench)).stream_id)
        assert (record.state, record.why) == (CardState.NOT_KEPT, "absent")
        assert bench.clock.seconds >= 600

    run(story())


def test_a_stop_before_the_answer_is_settled_at_the_next_start(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        gateway_of(bench).say("keep", a.NoAnswer("closed"), done=True)
        bench.clock.hold_sleepers = True
        record = await keep(bench)
        await bench.jobs.drain(0)
        again = card_bench(tmp_path, gateway_of(bench), ledger=bench.ledger)
        assert [r.stream_id for r in await again.app.card_desk.resume_open()] == [record.stream_id]
        assert (await rest(again, record.stream_id)).state is CardState.KEPT

    run(story())


def test_the_same_card_of_the_same_customer_is_kept_once(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        await keep(bench)
        with pytest.raises(UserMistake, match=r"cards\.kept_already"):
            await keep(bench)
        assert gateway_of(bench).asked["keep"] == 1

    run(story())


@pytest.mark.parametrize(
    ("name", "phone", "code"),
    [
        ("", PHONE, "cards.customer_missing"),
        (NAME, "", "cards.customer_missing"),
        (NAME, "전화", "order.phone_malformed"),
        ("4111 1111 1111 1111", PHONE, "text.card_number"),
    ],
)
def test_what_was_typed_wrong_is_named_and_the_card_wiped(
    tmp_path: Path, name: str, phone: str, code: str
) -> None:
    async def story() -> None:
        bench, card = card_bench(tmp_path), make_card()
        request = KeepRequest(name, phone, "portone", Consent("1", "ko"))
        with pytest.raises(UserMistake) as refused:
            await bench.app.card_desk.keep(request, card)
        assert refused.value.code == code
        assert card.number.wiped
        assert bench.ledger.log == []

    run(story())


# -- charged again ---------------------------------------------------------------------------------


def test_a_kept_card_is_charged_again_like_a_sale(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        card = await keep(bench)
        request = SaleRequest(make_order())
        paid = await bench.app.sale_desk.charge_on_file(request, card.on_file)
        assert paid.state is PaymentState.APPROVED
        assert (paid.customer_uid, paid.card_masked) == (card.customer_uid, card.card_masked)
        assert paid.gateway == "portone"
        refund = await bench.app.refund_desk.refund(paid.payment_id, paid.order.amount, "취소")
        assert not refund.balance

    run(story())


def test_the_duplicate_guard_and_the_rules_hold_for_it(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        card = await keep(bench)
        desk = bench.app.sale_desk
        await desk.charge_on_file(SaleRequest(make_order()), card.on_file)
        with pytest.raises(UserMistake, match=r"sale\.same_card"):
            await desk.charge_on_file(SaleRequest(make_order()), card.on_file)
        with pytest.raises(UserMistake, match=r"months\."):
            await desk.charge_on_file(SaleRequest(make_order(10_000, months=3)), card.on_file)
        assert sum(gateway_of(bench).charges.values()) == 1

    run(story())


def test_two_keystrokes_charge_it_once(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        card = await keep(bench)
        desk = bench.app.sale_desk
        results = await asyncio.gather(
            desk.charge_on_file(SaleRequest(make_order()), card.on_file),
            desk.charge_on_file(SaleRequest(make_order()), card.on_file),
            return_exceptions=True,
        )
        assert sorted(type(r).__name__ for r in results) == ["PaymentRecord", "UserMistake"]
        assert sum(gateway_of(bench).charges.values()) == 1

    run(story())


def test_a_lost_charge_of_it_settles_itself(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        card = await keep(bench)
        gateway_of(bench).answer_with(a.NoAnswer("timeout"), charged=True)
        paid = await bench.app.sale_desk.charge_on_file(SaleRequest(make_order()), card.on_file)
        assert paid.state is PaymentState.UNKNOWN
        assert (await at_rest(bench, paid)).state is PaymentState.APPROVED
        assert sum(gateway_of(bench).charges.values()) == 1

    run(story())


# -- charged and kept ------------------------------------------------------------------------------


async def charge_and_keep(bench: Bench) -> tuple[PaymentState, CardRecord]:
    payment = await bench.app.card_desk.charge_and_keep(
        REQUEST, SaleRequest(make_order()), make_card()
    )
    (card,) = await bench.app.card_desk.find()
    assert card.payment_id == payment.payment_id
    return payment.state, await rest(bench, card.stream_id)


def test_a_sale_can_keep_its_card(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        begun = bench.clock.seconds
        state, card = await charge_and_keep(bench)
        assert (state, card.state) == (PaymentState.APPROVED, CardState.KEPT)
        assert kinds(bench, card.stream_id)[:2] == ["card.consented", "card.keeping"]
        assert gateway_of(bench).asked["keep"] == 0
        assert bench.clock.seconds == begun, "an approved sale's card is asked for at once"

    run(story())


def test_a_declined_sale_keeps_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        gateway_of(bench).answer_with(a.Declined(REFUSAL))
        state, card = await charge_and_keep(bench)
        assert (state, card.state) == (PaymentState.DECLINED, CardState.NOT_KEPT)

    run(story())


def test_a_sale_that_is_refused_here_keeps_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        await bench.app.sale_desk.charge(SaleRequest(make_order()), make_card())
        with pytest.raises(UserMistake, match=r"sale\.same_card"):
            await bench.app.card_desk.charge_and_keep(
                REQUEST, SaleRequest(make_order()), make_card()
            )
        (card,) = await bench.app.card_desk.find()
        assert (await rest(bench, card.stream_id)).state is CardState.NOT_SENT
        assert gateway_of(bench).kept == {}

    run(story())


def test_an_unknown_sale_leaves_the_card_to_be_asked_about(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        gateway_of(bench).answer_with(a.NoAnswer("timeout"), charged=True)
        state, card = await charge_and_keep(bench)
        assert state is PaymentState.UNKNOWN
        assert card.state is CardState.KEPT
        assert gateway_of(bench).asked["saved"] > 1

    run(story())


# -- deleted ---------------------------------------------------------------------------------------


def test_a_card_is_deleted(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        card = await keep(bench)
        gone = await bench.app.card_desk.forget(card.stream_id, "손님 요청")
        assert (gone.state, gateway_of(bench).kept) == (CardState.FORGOTTEN, {})
        with pytest.raises(UserMistake, match=r"cards\.not_kept"):
            await bench.app.card_desk.forget(card.stream_id, "또")
        again = await keep(bench)
        assert again.customer_uid != card.customer_uid

    run(story())


@pytest.mark.parametrize("lost", ["lose", "drop"])
def test_a_lost_deletion_is_asked_about_and_carried_out(tmp_path: Path, lost: str) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        card = await keep(bench)
        getattr(gateway_of(bench), lost)("forget")
        record = await bench.app.card_desk.forget(card.stream_id, "손님 요청")
        assert record.state is CardState.FORGET_UNKNOWN
        assert (await rest(bench, card.stream_id)).state is CardState.FORGOTTEN
        assert gateway_of(bench).kept == {}

    run(story())


def test_a_refused_deletion_says_so_and_the_card_stays(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        card = await keep(bench)
        gateway_of(bench).say("forget", a.Refused(REFUSAL))
        record = await bench.app.card_desk.forget(card.stream_id, "손님 요청")
        assert (record.state, record.refusal) == (CardState.KEPT, REFUSAL)

    run(story())


def test_a_card_with_a_standing_schedule_is_not_deleted(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        card = await keep(bench)
        at = bench.clock.now() + dt.timedelta(days=3)
        plan = await bench.app.schedule_desk.plan(PlanRequest(card.stream_id, make_order(), at))
        with pytest.raises(UserMistake, match=r"cards\.schedules_standing"):
            await bench.app.card_desk.forget(card.stream_id, "손님 요청")
        await bench.app.schedule_desk.cancel(plan.stream_id, "손님 요청")
        gone = await bench.app.card_desk.forget(card.stream_id, "손님 요청")
        assert gone.state is CardState.FORGOTTEN

    run(story())


def test_a_clerk_needs_a_manager_to_delete(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        card = await keep(bench)
        desk = bench.app.card_desk
        bench.app.operators.current = Operator("최점원", Role.CLERK)
        assert desk.forgetting_needs_approval
        with pytest.raises(UserMistake, match=r"right\.needs_approval"):
            await desk.forget(card.stream_id, "손님 요청")
        await desk.forget(card.stream_id, "손님 요청", MANAGER)
        (entry,) = [e for e in bench.ledger.log if e.fact.KIND == "card.forgetting"]
        assert (entry.author.operator, entry.author.approver) == ("최점원", "이점장")

    run(story())


def test_a_ledger_that_fails_for_a_while_loses_no_card(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        trouble = ShopTrouble("ledger.disk_full", folder="x")
        bench.ledger.refuse(trouble, kinds=frozenset({"card.kept"}), times=2)
        record = await keep(bench)
        assert record.state is CardState.KEPT

    run(story())


def test_a_ledger_that_fails_for_long_leaves_it_to_a_look_up(tmp_path: Path) -> None:
    async def story() -> None:
        bench = card_bench(tmp_path)
        trouble = ShopTrouble("ledger.disk_full", folder="x")
        bench.ledger.refuse(trouble, kinds=frozenset({"card.kept"}), times=8)
        with pytest.raises(ShopTrouble):
            await keep(bench)
        (card,) = await bench.app.card_desk.find()
        assert (await rest(bench, card.stream_id)).state is CardState.KEPT
        assert gateway_of(bench).asked["keep"] == 1

    run(story())
