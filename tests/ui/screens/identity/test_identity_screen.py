"""F5: from the caller's name to a sale that is bound to a check, and every other end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from pos_app.domain import answers as a
from pos_app.domain.identity import (
    BirthMatch,
    Carrier,
    CodeBy,
    IdentityAnswer,
    IdentityRefused,
    IdentityTrouble,
)
from pos_app.services.identity_desk import CODE_LIVES_S
from pos_app.ui.screens.identity.view import Phase
from pos_app.ui.screens.sale.model import Phase as SalePhase
from pos_app.ui.text import text
from tests.helpers.fake_identity import refused
from tests.ui.screens.identity.caller import (
    ALWAYS,
    ENTER,
    F6,
    Caller,
    RunAsync,
    at_phone,
    evidence,
    texts_of,
)

# ------------------------------------------------------------------------------ the way that works


def test_a_check_and_the_sale_bound_to_it_with_keys_only(
    run_async: RunAsync, tmp_path: Path
) -> None:
    async def scenario(caller: Caller) -> None:
        await caller.type_order()
        assert caller.phase() == SalePhase.TYPING, "the last look waits for the check"
        assert caller.sale.form.amount.error()
        assert caller.badge() == text("identity.badge.wanted")
        await caller.pass_check()
        assert caller.screen.outcome.title() == text("identity.passed.title")
        caller.key(ENTER)
        assert caller.shell.current_screen() == "sale"
        assert caller.sale.form.amount.error() == ""
        assert caller.badge() == text("identity.badge.same")
        for _last_look_and_charge in range(2):
            caller.key(ENTER)
        await caller.until(lambda: caller.phase() == SalePhase.OUTCOME, "an outcome")
        kept = await evidence(caller)
        assert kept is not None
        assert kept.birth is BirthMatch.SAME
        (request,) = caller.bench.gateway.requests
        assert (request.name, request.phone) == ("Hong", "01012344410")
        assert (request.birth, request.gender_digit) == ("880715", "2")
        assert (request.carrier, request.mvno, request.code_by) == (
            Carrier.SKT,
            False,
            CodeBy.SMS,
        )
        caller.sale.new_sale()
        assert caller.bench.app.identity.bound is None, "one check, one sale"

    at_phone(run_async, tmp_path, scenario, rules=ALWAYS)


def test_a_budget_carrier_and_the_app_are_chosen_by_arrows(
    run_async: RunAsync, tmp_path: Path
) -> None:
    async def scenario(caller: Caller) -> None:
        await caller.type_order()
        await caller.open()
        caller.type("010203")
        caller.type("7")
        for _down_to_kt_mvno in range(4):
            QTest.keyClick(caller.focus(), Qt.Key.Key_Down)
        caller.key(ENTER)
        QTest.keyClick(caller.focus(), Qt.Key.Key_Down)
        caller.key(ENTER)
        await caller.send()
        (request,) = caller.bench.gateway.requests
        assert (request.carrier, request.mvno, request.code_by) == (Carrier.KT, True, CodeBy.APP)
        assert not caller.screen.code.code.isVisible()
        not_yet = refused(IdentityTrouble.NOT_CONFIRMED_YET, again=True)
        caller.bench.gateway.confirm_with(not_yet)
        caller.key(ENTER)
        await caller.until(lambda: bool(caller.screen.code.note()), "that it is not confirmed yet")
        assert caller.screen.code.note() == text("identity.trouble.not_confirmed_yet")
        caller.key(ENTER)
        await caller.until_phase(Phase.PASSED)
        shown = " ".join(texts_of(caller.screen.outcome))
        assert text("identity.person.foreigner") in shown
        assert text("identity.carrier.kt_mvno") in shown

    at_phone(run_async, tmp_path, scenario)


def test_hangul_mode_types_the_same_digits(run_async: RunAsync, tmp_path: Path) -> None:
    async def scenario(caller: Caller) -> None:
        await caller.type_order()
        await caller.open()
        caller.jamo("８８０７１５")
        caller.type("2")
        for _carrier_and_way in range(2):
            caller.key(ENTER)
        await caller.send()
        caller.jamo("ㅎ")
        assert caller.screen.code.code.error() == text("field.secret.digits_only")
        await caller.confirm()
        await caller.until_phase(Phase.PASSED)
        caller.jamo("ㄱ")  # the key R
        assert caller.screen.phase is Phase.TYPING
        assert caller.bench.app.identity.bound is not None, "until another check is passed"

    at_phone(run_async, tmp_path, scenario)


# ---------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("birth", "seventh", "field", "code"),
    [
        ("901301", "1", "birth", "identity.birth_no_such_day"),
        ("900101", "3", "seventh", "identity.seventh_later"),
        ("000229", "1", "seventh", "identity.seventh_earlier"),
        ("900101", "9", "seventh", "identity.seventh_range"),
    ],
)
def test_what_cannot_be_is_said_in_its_field(
    run_async: RunAsync, tmp_path: Path, birth: str, seventh: str, field: str, code: str
) -> None:
    async def scenario(caller: Caller) -> None:
        await caller.type_order()
        await caller.open()
        await caller.say_who(birth, seventh)
        shown = caller.screen.form.fields[field]
        assert shown.error() == text(f"error.{code}.title")
        assert caller.screen.aside.note() == text(f"error.{code}.advice")
        assert caller.screen.phase is Phase.TYPING
        assert caller.bench.gateway.requests == []
        caller.key(Qt.Key.Key_Backspace)
        assert shown.error() == ""

    at_phone(run_async, tmp_path, scenario)


@pytest.mark.parametrize(
    ("name", "phone", "field"),
    [
        ("H", "01012344410", "name"),
        ("Hong2", "01012344410", "name"),
        ("Hong", "0212345678", "phone"),
    ],
)
def test_a_name_and_a_mobile_number_are_wanted(
    run_async: RunAsync, tmp_path: Path, name: str, phone: str, field: str
) -> None:
    async def scenario(caller: Caller) -> None:
        await caller.type_order(name=name, phone=phone)
        await caller.open()
        await caller.say_who()
        assert caller.screen.form.fields[field].error()
        assert caller.bench.gateway.requests == []

    at_phone(run_async, tmp_path, scenario)


def test_somebody_very_old_is_asked_about_and_not_refused(
    run_async: RunAsync, tmp_path: Path
) -> None:
    async def scenario(caller: Caller) -> None:
        await caller.type_order()
        await caller.open()
        caller.type("050615")
        caller.type("1")
        words = text("identity.seventh_odd", year=1905, age=121).replace("**", "")
        assert words in set(texts_of(caller.screen.form))
        for _carrier_and_way in range(2):
            caller.key(ENTER)
        await caller.send()

    at_phone(run_async, tmp_path, scenario)


# ------------------------------------------------------------------------------ codes that are not


@pytest.mark.parametrize(
    ("answer", "phase"),
    [
        (refused(IdentityTrouble.WRONG_CODE, again=True), Phase.CODE),
        (refused(IdentityTrouble.EXPIRED), Phase.TYPING),
        (refused(IdentityTrouble.ALREADY_CONFIRMED), Phase.TYPING),
        (refused(IdentityTrouble.TOO_MANY), Phase.TYPING),
        (refused(IdentityTrouble.UNKNOWN_CHECK), Phase.TYPING),
        (refused(IdentityTrouble.REFUSED), Phase.TYPING),
        (a.NoAnswer("timeout"), Phase.CODE),
        (a.NotSent("dns"), Phase.CODE),
    ],
)
def test_every_no_has_its_own_words_and_a_way_on(
    run_async: RunAsync, tmp_path: Path, answer: IdentityAnswer, phase: Phase
) -> None:
    async def scenario(caller: Caller) -> None:
        await caller.type_order()
        await caller.open()
        await caller.say_who()
        await caller.send()
        caller.bench.gateway.confirm_with(answer)
        await caller.confirm("111111")
        await caller.until_phase(phase)
        note = caller.screen.code.note() if phase is Phase.CODE else caller.screen.aside.note()
        assert note
        if isinstance(answer, IdentityRefused):
            assert note.startswith(text(f"identity.trouble.{answer.trouble.value}"))
        assert caller.screen.code.code.digit_count() == 0, "a code is typed anew"
        if phase is Phase.CODE:
            await caller.confirm()
        else:
            caller.key(ENTER)  # what was typed is still there: the last look, then another code
            await caller.send()
            await caller.confirm()
        await caller.until_phase(Phase.PASSED)

    at_phone(run_async, tmp_path, scenario)


@pytest.mark.parametrize(
    "answer", [a.NoAnswer("timeout"), a.NotSent("dns"), refused(IdentityTrouble.TOO_MANY)]
)
def test_where_no_code_was_sent_it_is_said_and_asked_again(
    run_async: RunAsync, tmp_path: Path, answer: Any
) -> None:
    async def scenario(caller: Caller) -> None:
        await caller.type_order()
        await caller.open()
        await caller.say_who()
        caller.bench.gateway.code_with(answer)
        caller.key(ENTER)
        await caller.until_phase(Phase.TYPING)
        assert caller.screen.aside.note()
        caller.key(ENTER)
        await caller.send()

    at_phone(run_async, tmp_path, scenario)


def test_a_short_code_is_not_handed_in(run_async: RunAsync, tmp_path: Path) -> None:
    async def scenario(caller: Caller) -> None:
        await caller.type_order()
        await caller.open()
        await caller.say_who()
        await caller.send()
        await caller.confirm("12345")
        assert caller.screen.code.code.error() == text("identity.code_length")
        assert caller.bench.gateway.codes_seen == 0

    at_phone(run_async, tmp_path, scenario)


def test_another_code_and_the_time_that_is_left(run_async: RunAsync, tmp_path: Path) -> None:
    async def scenario(caller: Caller) -> None:
        await caller.type_order()
        await caller.open()
        await caller.say_who()
        await caller.send()
        code = caller.screen.code
        assert code.left() == text("identity.code_left", time="03:00")
        caller.bench.clock.pass_s(CODE_LIVES_S + 1)
        code.tick()
        assert code.left() == text("identity.code_over", time="00:00")
        caller.key(F6)
        await caller.until(lambda: len(caller.bench.gateway.requests) == 2, "another code")
        await caller.until_phase(Phase.CODE)
        assert code.left() == text("identity.code_left", time="03:00")
        first, second = caller.bench.gateway.requests
        assert first.order_no != second.order_no

    at_phone(run_async, tmp_path, scenario)
