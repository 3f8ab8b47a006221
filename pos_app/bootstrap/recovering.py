"""`pos-app recover`: settling what is open, holding the books against the gateways, saying so."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pos_app.bootstrap.terminal import Terminal
from pos_app.domain.errors import UserMistake
from pos_app.domain.record import PaymentRecord
from pos_app.ui.text import stamp, text, won_unit
from pos_app.ui.words import gateway_words, why_words

if TYPE_CHECKING:
    from pos_app.domain.stray_facts import StrayRecord
    from pos_app.services.sweeping import Difference, ListedLine, SweepReport
    from pos_app.ui.app import App

#: Whose list `--list` reads.
_LIST_OF = "kcp"


@dataclass(frozen=True, slots=True)
class Wish:
    """What `recover` was asked for.

    Attributes:
        wait_s: how long look-ups are waited for.
        sweep: compare days with the gateways, and look watched payments up again.
        days: KST days; none for yesterday and today.
        lines: of a list fetched from a partner site.
        seen: transaction numbers of findings that a person has looked at.
        note: what they saw.
    """

    wait_s: float
    sweep: bool = False
    days: tuple[dt.date, ...] = ()
    lines: tuple[ListedLine, ...] = ()
    seen: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is left in the end, and what the sweep found; None where nobody asked for one."""

    open_payments: tuple[PaymentRecord, ...]
    open_strays: tuple[StrayRecord, ...]
    report: SweepReport | None

    @property
    def needs_person(self) -> bool:
        """Tell whether something is left for a person."""
        return bool(self.open_payments or self.open_strays)

    @property
    def is_clear(self) -> bool:
        """Tell whether everything that was to be compared could be."""
        return self.report is None or not self.report.unclear


def read_list(file: Path | None) -> tuple[ListedLine, ...]:
    """Return the lines of a transaction list; none without a file.

    Raises:
        UserMistake: it cannot be opened, or is no such list.
    """
    if file is None:
        return ()
    from pos_app.gateways.kcp.partner_list import BYTES_MAX, read_partner_list

    try:
        with file.open("rb") as opened:
            data = opened.read(BYTES_MAX + 1)
    except OSError as error:
        raise UserMistake("list.not_opened", file=str(file)) from error
    return read_partner_list(data)


async def recover(terminal: Terminal, wish: Wish, drain_s: float) -> Outcome:
    """Open the terminal, do what was wished for by the same loops as the window, close it.

    Raises:
        UserMistake: a day that has not come; a list of a gateway that is not set up here.
        PosError: as `Terminal.open`.
    """
    app = await terminal.open(None)
    try:
        for gateway_ref in wish.seen:
            await app.strays.seen(gateway_ref, wish.note)
        await _settle(app, wish.wait_s)
        report = await _compare(app, wish)
        if report is not None:
            await _settle(app, wish.wait_s)
        return Outcome(
            tuple(await app.recovery.wait_until_settled(0)),
            await app.strays.open_strays(),
            report,
        )
    finally:
        await app.close(drain_s)


async def _compare(app: App, wish: Wish) -> SweepReport | None:
    """Hold the books against the gateways' lists and against a list from the partner site."""
    if not wish.sweep and not wish.lines:
        return None
    from pos_app.services.sweeping import SweepReport

    report = SweepReport()
    if wish.sweep:
        today = app.sweeping.today()
        if any(day > today for day in wish.days):
            raise UserMistake("sweep.day_ahead")
        days = wish.days or (today - dt.timedelta(days=1), today)
        report.add(await app.sweeping.sweep(days))
        report.add(await app.sweeping.watch(gently=False))
    if wish.lines:
        report.add(await app.sweeping.check_listed(_LIST_OF, wish.lines))
    return report


async def _settle(app: App, wait_s: float) -> None:
    """Wait until no job works on a payment or a stray, or `wait_s` is over."""
    deadline = app.clock.monotonic_s() + wait_s
    await app.recovery.wait_until_settled(wait_s)
    while app.clock.monotonic_s() < deadline:
        if not any(app.strays.is_running(one) for one in await app.strays.open_strays()):
            return
        await app.clock.sleep(0.2)


def lines_of(outcome: Outcome) -> list[str]:
    """Return what is said about it, line by line, in the reader's language."""
    said = []
    if outcome.report is not None:
        said += _report_lines(outcome.report)
    if not outcome.needs_person:
        return [*said, text("cli.recover.nothing")]
    left = len(outcome.open_payments) + len(outcome.open_strays)
    said.append(text("cli.recover.open", count=left))
    said += [_open_line(record) for record in outcome.open_payments]
    said += [_stray_line(record) for record in outcome.open_strays]
    return said


def _report_lines(report: SweepReport) -> list[str]:
    said = [text("cli.sweep.compared", count=report.compared)]
    said += [_difference_line(one) for one in report.found]
    said += [
        text(
            "cli.sweep.unclear",
            gateway=gateway_words(one.gateway),
            what=one.what,
            why=why_words(one.why),
        )
        for one in report.unclear
    ]
    return said


def _difference_line(one: Difference) -> str:
    return text(
        "cli.sweep.line",
        finding=text(f"finding.{one.finding.value}"),
        gateway=gateway_words(one.gateway),
        order_no=one.order_no,
        gateway_ref=one.gateway_ref or "-",
        amount=won_unit(one.amount.amount),
    )


def _stray_line(record: StrayRecord) -> str:
    found = record.found
    return text(
        "cli.sweep.stray",
        finding=text(f"finding.{found.why.value}"),
        gateway=gateway_words(found.gateway),
        order_no=found.order_no,
        gateway_ref=found.gateway_ref or "-",
        amount=won_unit(found.balance.amount),
        why=text(f"stray.person.{record.person_needed}") if record.person_needed else "-",
    )


def _open_line(record: PaymentRecord) -> str:
    """Return one line about a payment that is not settled."""
    return text(
        "cli.recover.line",
        order_no=record.order_no,
        amount=won_unit(record.order.amount.amount),
        state=record.state.value,
        created=stamp(record.created_at),
        why=record.person_needed or record.why or "-",
    )
