"""The check and its sale: another birth date, another order, leaving, and no gateway."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from pos_app.domain import answers as a
from pos_app.domain.identity import (
    BirthMatch,
)
from pos_app.domain.operators import Operator, Role
from pos_app.services.identity_desk import HOLDS_FOR_S
from pos_app.services.operators import OperatorEntry
from pos_app.ui.screens.identity.view import Phase
from pos_app.ui.screens.sale.model import Phase as SalePhase
from pos_app.ui.text import text
from tests.helpers.fake_gateway import FakeGateway
from tests.ui.screens.identity.caller import (
    ALWAYS,
    ENTER,
    ESCAPE,
    F5,
    Caller,
    RunAsync,
    at_phone,
    evidence,
    texts_of,
)

PEOPLE = (
    OperatorEntry("박점원", Role.CLERK, "1111"),
    OperatorEntry("이점장", Role.MANAGER, "2222"),
)


# --------------------------------------------------------------------- another birth date, old age


@pytest.mark.parametrize("agrees", [True, False])
def test_another_birth_date_stops_the_sale_until_a_manager_types_a_pin(
    run_async: RunAsync, tmp_path: Path, agrees: bool
) -> None:
    async def scenario(caller: Caller) -> None:
        caller.bench.app.operators.current = Operator("박점원", Role.CLERK)
        await caller.type_order()
        await caller.pass_check("900101", "1")
        assert caller.screen.outcome.title() == text("identity.different.title")
        caller.key(ENTER)
        assert caller.badge() == text("identity.badge.different")
        for _last_look_and_charge in range(2):
            caller.key(ENTER)
        await caller.until_asked()
        assert caller.bench.gateway.charges == {}
        if not agrees:
            caller.key(ESCAPE)
            await caller.until_answered()
            assert caller.phase() == SalePhase.TYPING
            assert caller.sale.form.number.digit_count() == 16, "nothing was taken"
            assert caller.bench.gateway.charges == {}
            return
        caller.type("9999")
        for _to_the_button_and_press in range(2):
            caller.key(ENTER)
        await caller.until_asked()
        assert caller.bench.gateway.charges == {}, "a wrong PIN agrees to nothing"
        caller.type("2222")
        for _to_the_button_and_press in range(2):
            caller.key(ENTER)
        await caller.until(lambda: caller.phase() == SalePhase.OUTCOME, "an outcome")
        kept = await evidence(caller)
        assert kept is not None
        assert (kept.birth, kept.approver) == (BirthMatch.DIFFERENT, "이점장")

    at_phone(run_async, tmp_path, scenario, operators=PEOPLE)


def test_the_badge_follows_the_card_holder_as_it_is_typed(
    run_async: RunAsync, tmp_path: Path
) -> None:
    async def scenario(caller: Caller) -> None:
        caller.type("88000")
        await caller.open()
        caller.type("Hong")
        caller.key(ENTER)
        caller.type("01012344410")
        caller.key(ENTER)
        await caller.say_who()
        await caller.send()
        await caller.confirm()
        await caller.until_phase(Phase.PASSED)
        assert text("identity.birth.not_typed").replace("**", "") in set(texts_of(caller.screen))
        caller.key(ENTER)
        assert caller.badge() == text("identity.badge.not_compared")
        caller.sale.form.holder.setFocus()
        caller.type("880714")
        assert caller.badge() == text("identity.badge.different")
        caller.key(Qt.Key.Key_Backspace)
        caller.type("5")
        assert caller.badge() == text("identity.badge.same")

    at_phone(run_async, tmp_path, scenario)


@pytest.mark.parametrize("end", ["cleared", "parked", "locked", "too_old"])
def test_the_check_goes_with_the_order(run_async: RunAsync, tmp_path: Path, end: str) -> None:
    async def scenario(caller: Caller) -> None:
        await caller.type_order()
        await caller.pass_check()
        caller.key(ENTER)
        if end == "cleared":
            caller.key(ESCAPE)
            await caller.until_asked()
            caller.key(ENTER)
            await caller.until_answered()
        elif end == "parked":
            caller.key(Qt.Key.Key_F7)
        elif end == "locked":
            caller.sale.wipe_card()
        else:
            caller.bench.clock.pass_s(HOLDS_FOR_S)
        assert caller.bench.app.identity.bound is None
        if end == "too_old":
            caller.key(ENTER)
            assert caller.sale.form.amount.error() == text("error.identity.needed.title")

    at_phone(run_async, tmp_path, scenario, rules=ALWAYS)


# ----------------------------------------------------------------------------- leaving, no gateway


def test_esc_asks_and_erases_what_was_asked(run_async: RunAsync, tmp_path: Path) -> None:
    async def scenario(caller: Caller) -> None:
        await caller.type_order()
        await caller.open()
        await caller.say_who()
        await caller.send()
        caller.key(ESCAPE)
        await caller.until_asked()
        caller.key(ESCAPE)
        await caller.until_answered()
        assert caller.screen.phase is Phase.CODE
        caller.key(ESCAPE)
        await caller.until_asked()
        caller.key(ENTER)
        await caller.until_phase(Phase.TYPING)
        await caller.until(lambda: caller.bench.gateway.held == {}, "erasing")
        caller.key(ESCAPE)
        await caller.until_asked()
        caller.key(ENTER)
        await caller.until(lambda: caller.shell.current_screen() == "sale", "the sale")

    at_phone(run_async, tmp_path, scenario)


@pytest.mark.parametrize("moment", ["typing", "asking", "code", "passed"])
def test_nothing_of_the_caller_stays_in_the_window(
    run_async: RunAsync, tmp_path: Path, moment: str
) -> None:
    async def scenario(caller: Caller) -> None:
        caller.type("88000")
        await caller.open()
        caller.type("Zebedee Quux")
        caller.key(ENTER)
        caller.type("01098761234")
        caller.key(ENTER)
        await caller.say_who("771224", "1")
        if moment == "asking":
            caller.bench.gateway.hold_code = asyncio.Event()
            caller.key(ENTER)
            await caller.until_phase(Phase.ASKING)
        elif moment != "typing":
            await caller.send()
            caller.type("135790" if moment == "code" else "246802")
        if moment == "passed":
            caller.key(ENTER)
            await caller.until_phase(Phase.PASSED)
        canaries = ("Zebedee", "98761234", "9876-1234", "771224", "135790", "246802")
        before = " ".join(texts_of(caller.shell))
        assert any(canary in before for canary in canaries), "the search itself is blind"
        caller.key(Qt.Key.Key_F2)
        if moment != "passed":
            await caller.until_asked()
            caller.key(ENTER)
        await caller.until(lambda: caller.shell.current_screen() == "sale", "the sale")
        if caller.bench.gateway.hold_code is not None:
            caller.bench.gateway.hold_code.set()
        await caller.until(lambda: caller.bench.gateway.held == {}, "erasing")
        await asyncio.sleep(0)
        after = " ".join(texts_of(caller.shell))
        assert not [canary for canary in canaries if canary in after]
        caller.key(F5)
        again = " ".join(texts_of(caller.shell))
        assert not [canary for canary in canaries if canary in again]

    at_phone(run_async, tmp_path, scenario)


def test_where_no_gateway_can_check_it_is_said_why_and_what_to_do(
    run_async: RunAsync, tmp_path: Path
) -> None:
    async def scenario(caller: Caller) -> None:
        assert not caller.sale.form.identity_hint.isVisible()
        await caller.open()
        assert caller.screen.outcome.title() == text("identity.closed.title")
        caller.key(ENTER)
        assert caller.shell.current_screen() == "sale"

    at_phone(run_async, tmp_path, scenario, gateway=FakeGateway())


def test_without_an_open_sale_there_is_nothing_to_bind(run_async: RunAsync, tmp_path: Path) -> None:
    async def scenario(caller: Caller) -> None:
        await caller.charge()
        caller.key(F5)
        assert caller.screen.outcome.title() == text("identity.no_sale.title")
        caller.key(ESCAPE)
        assert caller.shell.current_screen() == "sale"

    at_phone(run_async, tmp_path, scenario)


def test_a_business_number_is_not_compared(run_async: RunAsync, tmp_path: Path) -> None:
    async def scenario(caller: Caller) -> None:
        await caller.type_order(holder="1208147521")
        await caller.pass_check()
        assert text("identity.birth.business").replace("**", "") in set(texts_of(caller.screen))
        caller.key(ENTER)
        for _last_look_and_charge in range(2):
            caller.key(ENTER)
        await caller.until(lambda: caller.phase() == SalePhase.OUTCOME, "an outcome")
        kept = await evidence(caller)
        assert kept is not None
        assert kept.birth is BirthMatch.NOT_COMPARED

    at_phone(run_async, tmp_path, scenario, rules=ALWAYS)


def test_a_check_is_for_the_next_attempt_of_the_same_sale_too(
    run_async: RunAsync, tmp_path: Path
) -> None:
    limit = a.Refusal("CC61", "한도초과", "한도 초과", "Over the limit", a.Advice.OTHER_CARD)

    async def scenario(caller: Caller) -> None:
        await caller.type_order()
        await caller.pass_check()
        caller.key(ENTER)
        caller.bench.gateway.answer_with(a.Declined(limit))
        for _last_look_and_charge in range(2):
            caller.key(ENTER)
        await caller.until(lambda: caller.phase() == SalePhase.OUTCOME, "an outcome")
        caller.key(Qt.Key.Key_R)
        assert caller.phase() == SalePhase.TYPING
        assert caller.bench.app.identity.bound is not None

    at_phone(run_async, tmp_path, scenario, rules=ALWAYS)
