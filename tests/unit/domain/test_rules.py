"""Instalments, orders, refunds, rights and slips."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain.errors import Bug, UserMistake
from pos_app.domain.instalments import LUMP_SUM, InstalmentRule, Months
from pos_app.domain.money import ZERO, Won
from pos_app.domain.operators import Operator, Permission, Right, Role, check_right, permission
from pos_app.domain.order import KST, clean_text, make_order_no
from pos_app.domain.refunds import Refundable, RefundKind, add_business_days, plan_refund

NOON = dt.datetime(2026, 11, 21, 3, 0, tzinfo=dt.UTC)


def never(_day: dt.date) -> bool:
    """Know no holiday."""
    return False


def test_months_under_50000_won_are_lump_sum_only() -> None:
    rule = InstalmentRule()
    assert rule.allowed(Won(49_999)) == (LUMP_SUM,)
    assert [m.count for m in rule.allowed(Won(50_000))] == [0, *range(2, 13)]
    with pytest.raises(UserMistake, match="amount_too_small"):
        rule.check(2, Won(49_999))


@pytest.mark.parametrize("count", [1, 13, 99, -1, 60, 83])
def test_months_that_nobody_offers(count: int) -> None:
    with pytest.raises(UserMistake, match="not_offered"):
        InstalmentRule().check(count, Won(1_000_000))
    with pytest.raises(Bug):
        Months(count if count != 13 else 37)


def test_quota_is_two_digits() -> None:
    assert [Months(n).quota for n in (0, 2, 12, 36)] == ["00", "02", "12", "36"]
    assert InstalmentRule(36).check(36, Won(50_000)) == Months(36)


#: Years that an order number can stand for.
MOMENTS = st.integers(1_577_836_800, 3_755_000_000).map(
    lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC)
)


@given(st.integers(0, (1 << 80) - 1), MOMENTS)
def test_order_numbers(bits: int, at: dt.datetime) -> None:
    number = make_order_no(at, "01", bits)
    assert number.startswith(f"{at.astimezone(KST):%Y%m%d}01")
    assert len(number) == 26
    assert number.isascii()
    assert number.isalnum()


def test_order_numbers_differ_by_every_bit() -> None:
    numbers = {make_order_no(NOON, "01", 1 << bit) for bit in range(80)}
    assert len(numbers) == 80


def test_the_day_of_an_order_number_is_korean() -> None:
    late = dt.datetime(2026, 11, 21, 15, 0, tzinfo=dt.UTC)
    assert make_order_no(late, "01", 0).startswith("20261122")


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("product", "장미;백합", "order.text_refused"),
        ("product", "<script>", "order.text_refused"),
        ("product", "a\x00b", "order.text_refused"),
        ("buyer_name", "가" * 11, "order.text_too_long"),
        ("buyer_email", "nobody", "order.email_malformed"),
        ("buyer_phone", "010-abc", "order.phone_malformed"),
    ],
)
def test_texts_the_gateway_would_refuse(field: str, text: str, code: str) -> None:
    with pytest.raises(UserMistake) as refused:
        clean_text(field, text)
    assert refused.value.code == code


def test_texts_are_tidied() -> None:
    assert clean_text("product", "  장미   50송이 ") == "장미 50송이"
    assert clean_text("buyer_name", "가" * 10) == "가" * 10


def test_signs_nobody_sees_are_left_out_and_hangul_is_put_together() -> None:
    assert clean_text("buyer_name", "홍\u202e길\u200b동\ufeff") == "홍길동"
    assert clean_text("product", "\u1100\u1161\u11a8") == "각"
    assert clean_text("product", "🌸 꽃\ud83c") == "🌸 꽃"


def paid(amount: int = 88_000, *, left: int | None = None, tax_free: int = 0) -> Refundable:
    """Return a payment approved this morning."""
    balance = amount if left is None else left
    return Refundable(
        Won(amount), Won(tax_free), Won(balance), Won(min(tax_free, balance)), NOON, True
    )


def test_a_whole_refund_today_is_a_void_and_free_at_once() -> None:
    plan = plan_refund(paid(), Won(88_000), NOON, never)
    assert (plan.kind, plan.partial, plan.back_by, plan.remaining) == (
        RefundKind.VOID,
        False,
        None,
        ZERO,
    )


def test_a_whole_refund_tomorrow_is_a_refund_with_a_promise() -> None:
    plan = plan_refund(paid(), Won(88_000), NOON + dt.timedelta(days=2), never)
    assert plan.kind is RefundKind.REFUND
    assert not plan.partial
    assert plan.back_by == dt.date(2026, 11, 30)


def test_the_rest_after_a_part_goes_as_a_part_too() -> None:
    plan = plan_refund(paid(left=58_000), Won(58_000), NOON, never)
    assert plan.kind is RefundKind.PARTIAL
    assert plan.partial
    assert plan.balance_before == Won(58_000)


def test_refunds_that_cannot_be() -> None:
    whole_only = Refundable(Won(100), ZERO, Won(100), ZERO, NOON, False)
    for payment, wish, code in (
        (paid(left=0), 1, "refund.nothing_left"),
        (paid(), 88_001, "refund.over_balance"),
        (paid(), 0, "amount.zero"),
        (whole_only, 50, "refund.partial_not_allowed"),
    ):
        with pytest.raises(UserMistake) as refused:
            plan_refund(payment, Won(wish), NOON, never)
        assert refused.value.code == code
    assert not plan_refund(whole_only, Won(100), NOON, never).partial


@given(st.data())
def test_tax_free_parts_of_refunds_never_exceed_what_is_left(data: st.DataObject) -> None:
    amount = data.draw(st.integers(1, 10**9))
    tax_free = data.draw(st.integers(0, amount))
    balance, tax_left = amount, tax_free
    for _ in range(5):
        if not balance:
            break
        wish = data.draw(st.integers(1, balance))
        payment = Refundable(Won(amount), Won(tax_free), Won(balance), Won(tax_left), NOON, True)
        plan = plan_refund(payment, Won(wish), NOON, never)
        assert plan.tax_free.amount <= min(wish, tax_left)
        assert wish - plan.tax_free.amount <= balance - tax_left, "taxable part is covered, too"
        balance, tax_left = balance - wish, tax_left - plan.tax_free.amount
    if not balance:
        assert tax_left == 0


def test_business_days_pass_over_weekends_and_holidays() -> None:
    friday = dt.date(2026, 12, 24)
    christmas = dt.date(2026, 12, 25)
    assert add_business_days(friday, 1, lambda day: day == christmas) == dt.date(2026, 12, 28)


def test_rights_by_role() -> None:
    clerk, boss = Operator("점원", Role.CLERK), Operator("점장", Role.MANAGER)
    check_right(clerk, Right.CHARGE, None)
    check_right(clerk, Right.REFUND, boss)
    check_right(boss, Right.REFUND, None)
    for operator, right, approver, code in (
        (clerk, Right.REFUND, None, "right.needs_approval"),
        (clerk, Right.REFUND, clerk, "right.same_person"),
        (clerk, Right.REFUND, Operator("다른 점원", Role.CLERK), "right.approver_without_right"),
        (clerk, Right.SETTINGS, boss, "right.denied"),
    ):
        with pytest.raises(UserMistake) as refused:
            check_right(operator, right, approver)
        assert refused.value.code == code


@pytest.mark.parametrize("role", list(Role))
def test_an_unknown_payment_is_never_closed_by_one_person(role: Role) -> None:
    assert permission(role, Right.CLOSE_UNKNOWN) is Permission.NEEDS_APPROVAL
