"""`recover --sweep`, `--list` and `--seen` against a practice gateway that really charged twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_app.bootstrap.terminal import make_terminal
from pos_app.domain.record import PaymentRecord, PaymentState
from tests.journeys.commands.processes import PASSPHRASE, Gateway, gateway, pos_app
from tests.journeys.commands.test_money import exported, sell

TWICE = {"faults": [{"on": "charge", "do": "duplicate", "answer": "first", "times": 1}]}


@pytest.fixture(params=["kcp", "portone"])
def counter(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Gateway, Path]]:
    """A practice gateway that accepts an order number twice, and a shop at one vendor's side."""
    with gateway(tmp_path) as running:
        accept = {"duplicate_order": "accept", "portone_duplicate": "accept"}
        running.ask("POST", "/control", {"switches": accept})
        name = "provision.toml" if request.param == "kcp" else "provision_portone.toml"
        plan = running.provision.with_name(name)
        data = tmp_path / "data"
        pos_app("provision", plan, "--data-dir", data, home=tmp_path).check(0)
        yield running, data


def sold_twice(running: Gateway, data: Path) -> PaymentRecord:
    """Sell while a middlebox delivers the charge twice."""
    running.ask("POST", "/control", TWICE)

    async def day() -> PaymentRecord:
        app = await make_terminal(data, passphrase=PASSPHRASE).open(None)
        sold = await sell(app)
        assert await app.close(30.0)
        return sold

    sold = asyncio.run(day())
    assert sold.state is PaymentState.APPROVED
    return sold


def held(running: Gateway, order_no: str) -> list[int]:
    """Return the balances that the gateway has under an order number, largest first."""
    payments = running.book()["payments"]
    ours = [p["balance"] for p in payments if p["order_no"] == order_no]
    return sorted(ours, reverse=True)


def tnos(running: Gateway, order_no: str) -> list[str]:
    """Return the transaction numbers that the gateway has under an order number."""
    return [p["tno"] for p in running.book()["payments"] if p["order_no"] == order_no]


def test_a_charge_delivered_twice_is_found_and_given_back_once(
    counter: tuple[Gateway, Path], tmp_path: Path
) -> None:
    running, data = counter
    sold = sold_twice(running, data)
    assert held(running, sold.order_no) == [55_000, 55_000]
    arguments: list[str | Path] = ["recover", "--data-dir", data, "--lang", "en"]
    if sold.gateway == "kcp":
        lines = [f"{sold.order_no},{tno},55000" for tno in tnos(running, sold.order_no)]
        listed = tmp_path / "list.csv"
        listed.write_bytes("\r\n".join(["주문번호,거래번호,금액", *lines]).encode("cp949"))
        arguments += ["--list", listed]
    else:
        arguments += ["--sweep"]
    done = pos_app(*arguments, home=tmp_path).check(0)
    assert "second charge of one order" in done.out
    assert held(running, sold.order_no) == [55_000, 0]
    [row] = exported(data, tmp_path)
    assert (row["state"], row["refunded"]) == ("APPROVED", 0)
    again = pos_app(*arguments, home=tmp_path).check(0)
    assert "second charge" not in again.out
    assert held(running, sold.order_no) == [55_000, 0]


def test_an_outside_cancel_waits_for_a_person_until_one_has_seen_it(
    counter: tuple[Gateway, Path], tmp_path: Path
) -> None:
    running, data = counter

    async def day() -> PaymentRecord:
        app = await make_terminal(data, passphrase=PASSPHRASE).open(None)
        sold = await sell(app)
        assert await app.close(30.0)
        return sold

    sold = asyncio.run(day())
    cancel = {"tno": sold.gateway_ref, "amount": 55_000}
    running.ask("POST", "/control/admin-cancel", cancel)
    recover: list[str | Path] = ["recover", "--data-dir", data, "--lang", "en"]
    done = pos_app(*recover, "--sweep", home=tmp_path).check(3)
    assert "wholly cancelled at the gateway" in done.out
    assert sold.order_no in done.out
    [row] = exported(data, tmp_path)
    assert (row["state"], row["refunded"]) == ("APPROVED", 55_000)
    pos_app(*recover, "--seen", sold.gateway_ref or "", home=tmp_path).check(2)
    seen = ["--seen", sold.gateway_ref or "", "--note", "사장님이 취소"]
    pos_app(*recover, *seen, home=tmp_path).check(0)
    pos_app(*recover, "--sweep", home=tmp_path).check(0)


def test_a_day_that_has_not_come_and_a_bad_list_are_refused_with_words(
    counter: tuple[Gateway, Path], tmp_path: Path
) -> None:
    _, data = counter
    ahead = pos_app("recover", "--day", "2999-01-01", "--data-dir", data, home=tmp_path).check(2)
    assert "아직 오지 않은 날짜" in ahead.err
    book = tmp_path / "list.xlsx"
    book.write_bytes(b"PK\x03\x04")
    done = pos_app("recover", "--list", book, "--data-dir", data, home=tmp_path).check(2)
    assert "CSV" in done.err
    gone = pos_app("recover", "--list", tmp_path / "no.csv", "--data-dir", data, home=tmp_path)
    assert "열 수 없습니다" in gone.check(2).err
