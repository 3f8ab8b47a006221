"""Strays by keys, over real services: what the list says, and what the ledger holds then."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pos_app.domain import answers as a
from pos_app.domain.operators import Role
from pos_app.domain.stray_facts import (
    GIVEN_BACK,
    STRAYS,
    StrayClosed,
    StrayRecord,
    StrayState,
    StrayWhy,
)
from pos_app.services.operators import OperatorEntry
from pos_app.ui.screens.person.model import Stage
from pos_app.ui.screens.person.stray_model import Choice
from pos_app.ui.text import has_text, use_language
from pos_app.ui.widgets.state_badge import Badge
from tests.helpers.listing_gateway import TwinGateway
from tests.ui.screens.person.counter import (
    REFUSED,
    TWIN,
    Counter,
    at_person,
    browser,
    foreign_stray,
    lost_charge,
    make_counter,
    refused_stray,
)
from tests.ui.widgets.keyboard import clipboard

Run = Callable[[Coroutine[Any, Any, None]], None]
Make = Callable[..., tuple[Counter, TwinGateway]]
PEOPLE = (
    OperatorEntry("박점장", Role.MANAGER, "246810"),
    OperatorEntry("이점원", Role.CLERK, "135790"),
    OperatorEntry("김봄날", Role.ADMINISTRATOR, "112233"),
)
SAW = "사이트에서 직접 취소함"


@pytest.fixture
def make(tmp_path: Path, qtbot: QtBot) -> Make:
    """Open counters over a gateway that may hold a charge twice."""

    def open_one(**more: Any) -> tuple[Counter, TwinGateway]:
        gateway = TwinGateway(by_order=False, name="kcp")
        counter = make_counter(tmp_path, gateway=gateway, **more)
        qtbot.addWidget(counter.window)
        return counter, gateway

    return open_one


async def stored(counter: Counter, stray: StrayRecord) -> StrayRecord:
    """Return a stray as the ledger holds it."""
    return await counter.bench.ledger.streams.get(STRAYS, stray.stream_id)


async def to_second(counter: Counter, stray: StrayRecord, rows: int = 1) -> None:
    """Walk to the second person with what was seen."""
    await counter.open_stray(stray, rows)
    counter.digit(1)
    assert counter.stray_at(Stage.EVIDENCE)
    counter.type(SAW)
    counter.enter()
    assert counter.stray_at(Stage.SECOND)


def test_the_list_counts_and_shows_payments_and_strays_together(make: Make, run_async: Run) -> None:
    async def scenario() -> None:
        counter, gateway = make()
        await lost_charge(counter.bench)
        counter.bench.clock.pass_s(60)
        second = await refused_stray(counter.bench, gateway)
        counter.bench.clock.pass_s(60)
        foreign = await foreign_stray(counter.bench)
        await counter.open_list(3)
        listed = counter.screen.list
        rows = {row.id: row for row in listed.table.model_rows()}
        assert "1" in listed.title()
        assert "2" in listed.title()
        assert all(row.strong for row in rows.values())
        _, who, amount, badge, need = rows[second.stream_id].cells
        assert isinstance(who, str)
        assert who.endswith(second.found.order_no[-8:])
        assert amount == "88,000"
        assert isinstance(badge, Badge)
        assert badge.words == "이중 승인"
        assert need
        assert need != rows[foreign.stream_id].cells[4]

    run_async(scenario())


def test_two_people_close_a_stray_on_what_one_of_them_saw(make: Make, run_async: Run) -> None:
    async def scenario() -> None:
        counter, gateway = make()
        stray = await refused_stray(counter.bench, gateway)
        await to_second(counter, stray)
        counter.type("박점장")
        counter.enter()
        await counter.until(lambda: counter.stray_at(Stage.ENDED))
        assert (await stored(counter, stray)).state is StrayState.CLOSED
        entry = counter.bench.ledger.log[-1]
        assert entry.fact == StrayClosed("person", SAW)
        assert (entry.author.operator, entry.author.approver) == ("김봄날", "박점장")
        assert counter.stray.closed_here
        counter.enter()
        assert counter.went == [("sale", "")]

    run_async(scenario())


def test_a_wrong_pin_and_a_clerk_are_refused_and_what_was_typed_stays(
    make: Make, run_async: Run
) -> None:
    async def scenario() -> None:
        counter, gateway = make(people=PEOPLE)
        stray = await refused_stray(counter.bench, gateway)
        await to_second(counter, stray)
        pin = counter.screen.stray.second.pin
        for wrong in ("999999", "135790"):
            counter.type(wrong)
            counter.enter()
            await counter.until(lambda: counter.stray_at(Stage.SECOND) and bool(pin.error()))
            assert pin.is_empty()
            assert (await stored(counter, stray)).needs_person
        assert counter.stray.evidence == SAW
        counter.type("246810")
        counter.enter()
        await counter.until(lambda: counter.stray_at(Stage.ENDED))
        assert (await stored(counter, stray)).state is StrayState.CLOSED

    run_async(scenario())


def test_nothing_seen_and_a_card_number_are_said_in_the_field(make: Make, run_async: Run) -> None:
    async def scenario() -> None:
        counter, _ = make()
        stray = await foreign_stray(counter.bench)
        await counter.open_stray(stray, 1)
        counter.digit(1)
        field = counter.screen.stray.evidence.field
        counter.enter()
        assert counter.stray_at(Stage.EVIDENCE)
        assert field.error()
        counter.type("4111111111111111")
        counter.enter()
        counter.type("박점장")
        counter.enter()
        await counter.until(lambda: counter.stray_at(Stage.EVIDENCE) and bool(field.error()))
        assert (await stored(counter, stray)).needs_person

    run_async(scenario())


def test_the_program_tries_again_where_it_may(make: Make, run_async: Run) -> None:
    async def scenario() -> None:
        counter, gateway = make()
        stray = await refused_stray(counter.bench, gateway)
        await counter.open_stray(stray, 1)
        counter.digit(2)
        await counter.until(lambda: counter.stray_at(Stage.ENDED))
        assert (await at_person(counter.bench, stray)).state is StrayState.REVERSED
        assert gateway.twins[TWIN].balance == 0
        await counter.until(lambda: counter.stray.record.state is StrayState.REVERSED)
        assert "취소되었습니다" in counter.screen.stray.ended.title()

    run_async(scenario())


def test_a_second_refusal_comes_back_to_the_page_and_says_so(make: Make, run_async: Run) -> None:
    async def scenario() -> None:
        counter, gateway = make()
        stray = await refused_stray(counter.bench, gateway)
        gateway.cancel_with(a.CancelRefused(REFUSED))
        await counter.open_stray(stray, 1)
        counter.digit(2)
        await counter.until(lambda: counter.stray_at(Stage.SEE) and counter.stray.failed_again)
        assert counter.screen.stray.found.note()
        assert gateway.cancels[TWIN] == 2
        assert (await stored(counter, stray)).needs_person

    run_async(scenario())


def test_a_clerk_lets_it_be_tried_again_with_a_second_person(make: Make, run_async: Run) -> None:
    async def scenario() -> None:
        counter, gateway = make(people=PEOPLE)
        clerk = PEOPLE[1]
        stray = await refused_stray(counter.bench, gateway)
        operators = counter.bench.app.operators
        operators.current = type(operators.current)(clerk.name, clerk.role)
        await counter.open_stray(stray, 1)
        counter.digit(2)
        await counter.until(lambda: counter.stray_at(Stage.SECOND))
        assert gateway.cancels[TWIN] == 1
        counter.type("246810")
        counter.enter()
        await counter.until(lambda: counter.stray_at(Stage.ENDED))
        assert (await at_person(counter.bench, stray)).state is StrayState.REVERSED

    run_async(scenario())


def test_what_the_program_never_cancels_offers_no_second_try(make: Make, run_async: Run) -> None:
    async def scenario() -> None:
        counter, _ = make()
        stray = await foreign_stray(counter.bench)
        await counter.open_stray(stray, 1)
        assert counter.stray.choices == (Choice.CLEARED, Choice.LATER)
        counter.digit(3)
        assert counter.stray_at(Stage.SEE)
        counter.digit(2)
        await counter.until(lambda: counter.screen.stray.job() is None)
        await counter.settle()
        assert (await stored(counter, stray)).needs_person

    run_async(scenario())


def test_leaving_keeps_what_was_typed_about_a_stray(make: Make, run_async: Run) -> None:
    async def scenario() -> None:
        counter, gateway = make()
        second = await refused_stray(counter.bench, gateway)
        foreign = await foreign_stray(counter.bench)
        await to_second(counter, second, rows=2)
        await counter.open_stray(foreign, 2)
        assert counter.stray.evidence == ""
        counter.hit(Qt.Key.Key_Escape)
        await counter.open_stray(second, 2)
        assert counter.stray_at(Stage.SECOND)
        counter.hit(Qt.Key.Key_Escape)
        assert counter.screen.stray.evidence.value() == SAW

    run_async(scenario())


def test_what_is_closed_elsewhere_meanwhile_ends_the_page_and_leaves_the_list(
    make: Make, run_async: Run
) -> None:
    async def scenario() -> None:
        counter, gateway = make()
        stray = await refused_stray(counter.bench, gateway)
        other = await foreign_stray(counter.bench)
        await counter.open_stray(stray, 2)
        counter.digit(1)
        counter.type("아직")
        await counter.bench.app.strays.seen(TWIN, "명령으로 확인")
        await counter.until(lambda: counter.stray_at(Stage.ENDED))
        assert not counter.stray.closed_here
        counter.enter()
        await counter.open_list(1)
        assert counter.screen.list.table.current_id() == other.stream_id

    run_async(scenario())


def test_a_doubled_enter_closes_once(make: Make, run_async: Run) -> None:
    async def scenario() -> None:
        counter, gateway = make()
        stray = await refused_stray(counter.bench, gateway)
        await to_second(counter, stray)
        counter.type("박점장")
        counter.enter()
        counter.enter()
        counter.screen.stray.second.confirmed.emit()
        await counter.until(lambda: counter.stray_at(Stage.ENDED))
        kinds = [entry.fact.KIND for entry in counter.bench.ledger.log]
        assert kinds.count("stray.closed") == 1

    run_async(scenario())


def test_o_opens_the_site_and_w_copies_the_number_of_a_stray(make: Make, run_async: Run) -> None:
    async def scenario() -> None:
        counter, _ = make()
        stray = await foreign_stray(counter.bench)
        await counter.open_stray(stray, 1)
        with browser() as opened:
            counter.hit(Qt.Key.Key_unknown, "ㅐ")
            assert opened == ["https://partner.kcp.co.kr"]
        counter.hit(Qt.Key.Key_W, "w")
        assert clipboard() == stray.found.order_no

    run_async(scenario())


def test_the_payment_of_the_order_stands_beside_it_or_what_the_gateway_has(
    make: Make, run_async: Run
) -> None:
    async def scenario() -> None:
        counter, gateway = make()
        second = await refused_stray(counter.bench, gateway)
        foreign = await foreign_stray(counter.bench)
        beside = counter.screen.beside
        await counter.open_stray(second, 2)
        await counter.until(lambda: beside.payment_id == second.found.payment_id)
        assert beside.slip.isVisible()
        counter.hit(Qt.Key.Key_Escape)
        await counter.open_stray(foreign, 2)
        await counter.until(beside.found.isVisible)
        assert not beside.slip.isVisible()

    run_async(scenario())


#: Why the program leaves what it gives back to a person (domain/stray_steps.py, stray_desk.py).
GIVEN_UP = ("cannot_tell", "absent", "refused", "kept_gone")


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("why", list(StrayWhy))
def test_every_finding_has_its_words(why: StrayWhy, language: str) -> None:
    use_language("ko" if language == "ko" else "en")
    assert has_text(f"error.stray.{why.value}.title")
    for code in GIVEN_UP if why in GIVEN_BACK else (why.value,):
        for part in ("need", "why", "look"):
            assert has_text(f"person.stray.{part}.{code}")
