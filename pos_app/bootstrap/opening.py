"""A terminal that takes money: everything opened in order, joined, and closed again in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import functools
import logging
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from pos_app.bootstrap.anchoring import keep_head, watch_head
from pos_app.bootstrap.gateways import Gateways, make_gateways, make_transport
from pos_app.bootstrap.identity import join_identity
from pos_app.bootstrap.practice import at_address, furnish_practice, start_practice
from pos_app.bootstrap.set_up import SetUpDesk
from pos_app.config.model import Settings, Shop
from pos_app.config.paths import prepare
from pos_app.config.store import Loaded
from pos_app.domain.errors import Bug, PosError, ShopTrouble
from pos_app.domain.operators import Role
from pos_app.domain.order import KST
from pos_app.domain.receipt import Merchant
from pos_app.logs.log import log_event, money, ui
from pos_app.services.card_desk import CardDesk
from pos_app.services.card_desks import join_card_desks
from pos_app.services.history import History
from pos_app.services.identity_desk import IdentityDesk
from pos_app.services.machine import SystemClock, SystemIds
from pos_app.services.money_jobs import MoneyJobs
from pos_app.services.news import NewsBoard, Trouble
from pos_app.services.operators import OperatorDesk, OperatorEntry
from pos_app.services.ports import Gateway
from pos_app.services.recovery import Recovery
from pos_app.services.refund_desk import RefundDesk
from pos_app.services.sale_desk import SaleDesk
from pos_app.services.schedule_desk import ScheduleDesk
from pos_app.services.settle import Settler, SettleRules
from pos_app.services.sharing import Sharing
from pos_app.services.stray_desk import StrayDesk
from pos_app.services.stream_worker import StreamParts, StreamRules
from pos_app.services.sweeping import Sweeping
from pos_app.ui.app import App, IssuerHint, Offer

if TYPE_CHECKING:
    from pos_app.gateways.transport import Transport
    from pos_app.ledger.store import SqlLedger
    from pos_app.vault import Vault

OFFERS_FILE = "instalment_offers.tsv"
"""The shop's own table of interest-free months, in the data folder.

`resources/tables/README.md` has the columns."""

WARM_UP_AFTER_S = 2.0
"""How long the terminal has been ready before it loads what is not needed yet, in seconds."""

CUT_OFF_S = 5.0
"""How long requests on their way are waited for when opening failed in the middle, in seconds."""


async def open_terminal(desk: SetUpDesk, passphrase: str | None) -> App:
    """Open everything and carry on with what the last run left open; see `Terminal.open`."""
    stack = contextlib.AsyncExitStack()
    try:
        if desk.places.practice:
            await asyncio.to_thread(furnish_practice, desk)
        loaded, vault, ledger = await _open_books(desk, passphrase)
        stack.callback(vault.close)
        stack.push_async_callback(ledger.aclose)
        stack.push_async_callback(keep_head, vault, ledger)
        # Behind the ledger's lock: a second copy must not touch the first one's book.
        url = await start_practice(desk, stack) if desk.places.practice else ""
        if url:
            loaded = Loaded(at_address(loaded.settings, url), loaded.notice)
        transport = await asyncio.to_thread(make_transport, loaded.settings)
        gateways = await asyncio.to_thread(make_gateways, loaded.settings, vault, transport, url)
        stack.push_async_callback(gateways.aclose)
        app = await asyncio.to_thread(_join, desk, loaded, (vault, ledger, gateways), stack)
        stack.push_async_callback(app.jobs.drain, CUT_OFF_S)
        await app.recovery.resume_open()
        if any(one.needs_person for one in await app.strays.resume_open()):
            app = dataclasses.replace(app, notices=(*app.notices, "stray.waiting"))
        await app.identity.resume()
        await app.card_desk.resume_open()
        await app.schedule_desk.resume_open()
        app.jobs.aside(app.schedule_desk.watch())
        app.jobs.aside(app.sweeping.watch())
        app.jobs.aside(_check_books(ledger, app.jobs, app.news))
        app.jobs.aside(watch_head(vault, ledger))
        app.jobs.aside(_warm_up(transport, gateways))
    except BaseException:
        await stack.aclose()
        raise
    return app


_Books: TypeAlias = "tuple[Loaded, Vault, SqlLedger]"


async def _open_books(desk: SetUpDesk, passphrase: str | None) -> _Books:
    """Open settings, vault and ledger in a worker thread."""
    opening = asyncio.get_running_loop().run_in_executor(None, _open_now, desk, passphrase)
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        # The thread cannot be stopped, and what it opens would keep the ledger locked.
        with contextlib.suppress(PosError):
            _, vault, ledger = await opening
            ledger.close()
            vault.close()
        raise


def _open_now(desk: SetUpDesk, passphrase: str | None) -> _Books:
    """Open settings, vault and ledger; if one fails, none stays open."""
    prepare(desk.places)
    loaded = desk.load()
    vault = desk.open_vault(passphrase)
    try:
        return loaded, vault, desk.open_ledger(loaded.settings, vault)
    except BaseException:
        vault.close()
        raise


@dataclass(frozen=True, slots=True)
class _Services:
    """The services of one terminal, joined."""

    clock: SystemClock
    news: NewsBoard
    jobs: MoneyJobs
    operators: OperatorDesk
    sale_desk: SaleDesk
    refund_desk: RefundDesk
    recovery: Recovery
    card_desk: CardDesk
    schedule_desk: ScheduleDesk
    strays: StrayDesk
    sweeping: Sweeping


def _join_services(
    settings: Settings, vault: Vault, ledger: SqlLedger, gateways: Gateways
) -> _Services:
    """Put the services together around what is open."""
    clock, ids, news = SystemClock(), SystemIds(), NewsBoard()
    jobs = MoneyJobs(lambda error: _report(error, jobs, news))
    operators = _operator_desk(settings, vault)
    by_name: dict[str, Gateway] = {one.gateway.name: one.gateway for one in gateways.ready}
    settle_time_s = max(float(one.settle_time_s) for one in gateways.ready)
    rules = StreamRules(Sharing(settings.shop.counter), settle_time_s)
    parts = StreamParts(ledger.streams, jobs, news, clock, ids, rules)
    strays = StrayDesk(gateways=by_name, parts=parts, ledger=ledger, operators=operators)
    settler = _settler(settings, gateways, ledger, parts, strays)
    sale_desk = SaleDesk(
        gateways=[one.for_sale for one in gateways.ready],
        ledger=ledger,
        settler=settler,
        jobs=jobs,
        clock=clock,
        ids=ids,
        operators=operators,
    )
    refund_desk = RefundDesk(
        ledger=ledger,
        settler=settler,
        jobs=jobs,
        clock=clock,
        ids=ids,
        operators=operators,
        is_holiday=_is_holiday,
    )
    recovery = Recovery(
        ledger=ledger, settler=settler, jobs=jobs, news=news, clock=clock, operators=operators
    )
    card_desk, schedule_desk = join_card_desks(
        gateways=[one.for_sale for one in gateways.ready],
        parts=parts,
        ledger=ledger,
        settler=settler,
        sale_desk=sale_desk,
        operators=operators,
    )
    sweeping = Sweeping(
        gateways=by_name, ledger=ledger, settler=settler, strays=strays, parts=parts
    )
    return _Services(
        clock=clock,
        news=news,
        jobs=jobs,
        operators=operators,
        sale_desk=sale_desk,
        refund_desk=refund_desk,
        recovery=recovery,
        card_desk=card_desk,
        schedule_desk=schedule_desk,
        strays=strays,
        sweeping=sweeping,
    )


def _settler(
    settings: Settings,
    gateways: Gateways,
    ledger: SqlLedger,
    parts: StreamParts,
    strays: StrayDesk,
) -> Settler:
    """Return the money loop."""
    return Settler(
        gateways={one.gateway.name: one.gateway for one in gateways.ready},
        ledger=ledger,
        spool=ledger.spool,
        jobs=parts.jobs,
        news=parts.news,
        clock=parts.clock,
        ids=parts.ids,
        rules=SettleRules(
            Sharing(settings.shop.counter),
            {one.gateway.name: one.settle_time_s for one in gateways.ready},
        ),
        strays=strays,
    )


def _operator_desk(settings: Settings, vault: Vault) -> OperatorDesk:
    return OperatorDesk(
        entries=[OperatorEntry(o.name, Role(o.role), o.pin_hash) for o in settings.operators],
        owner=settings.shop.owner,
        counter=settings.shop.counter,
        verify_pin=vault.pins().verify,
    )


def _join(
    desk: SetUpDesk,
    loaded: Loaded,
    parts: tuple[Vault, SqlLedger, Gateways],
    stack: contextlib.AsyncExitStack,
) -> App:
    """Return what the window is given; in a worker thread for what it imports."""
    vault, ledger, gateways = parts
    services = _join_services(loaded.settings, vault, ledger, gateways)
    today = services.clock.now().astimezone(KST).date()
    notices = [] if loaded.notice is None else [loaded.notice.code]
    offers: tuple[Offer, ...] = ()
    try:
        offers = _offers(desk.places.root / OFFERS_FILE, today)
    except ShopTrouble as trouble:
        # A hint beside the months is missing; that must not keep the shop from selling.
        log_event(ui, logging.WARNING, "offers.unreadable", error=str(trouble))
        notices.append("offers.unreadable")

    async def close(timeout_s: float) -> bool:
        clean = await services.jobs.drain(timeout_s)
        await stack.aclose()
        return clean

    return App(
        settings=loaded.settings,
        merchant=_merchant(loaded.settings.shop),
        gateways=tuple(one.card for one in gateways.ready),
        out_of_order=gateways.out_of_order,
        sale_desk=services.sale_desk,
        refund_desk=services.refund_desk,
        card_desk=services.card_desk,
        schedule_desk=services.schedule_desk,
        recovery=services.recovery,
        strays=services.strays,
        sweeping=services.sweeping,
        history=History(ledger),
        operators=services.operators,
        identity=_join_identity(loaded.settings, ledger, gateways, services),
        news=services.news,
        jobs=services.jobs,
        clock=services.clock,
        issuer_of=_issuer_of,
        offers=offers,
        slip_url=gateways.slip_url,
        slips_folder=desk.places.slips,
        notices=tuple(notices),
        close=close,
    )


def _join_identity(
    settings: Settings, ledger: SqlLedger, gateways: Gateways, services: _Services
) -> IdentityDesk:
    """Return the desk of identity checks."""
    return join_identity(
        settings,
        (one.gateway for one in gateways.ready),
        ledger.streams,
        jobs=services.jobs,
        news=services.news,
        clock=services.clock,
        ids=SystemIds(),
        operators=services.operators,
    )


async def _warm_up(transport: Transport, gateways: Gateways) -> None:
    """Load what the first charge and the first refund would otherwise wait for, when all is quiet.

    The calendar alone takes longer to load than the ledger: `holidays` brings every country's.
    """
    await asyncio.sleep(WARM_UP_AFTER_S)
    await transport.warm_up()
    await gateways.warm_up()
    await asyncio.to_thread(_is_holiday, SystemClock().now().astimezone(KST).date())


async def _check_books(ledger: SqlLedger, jobs: MoneyJobs, news: NewsBoard) -> None:
    """Walk the whole chain while the shop opens; changed books stop money taking.

    Opening itself proves the end of the chain only: a walk takes a minute for a million facts.
    """
    report = await ledger.verify()
    if report.ok:
        return
    log_event(money, logging.ERROR, "ledger.not_whole", reason=report.why)
    jobs.halt("ledger.chain_broken")
    trouble = ShopTrouble("ledger.chain_broken", seq=report.first_bad_seq or 0)
    news.publish(Trouble(trouble, None, halted=True))


def _report(error: BaseException, jobs: MoneyJobs, news: NewsBoard) -> None:
    """Tell of an error that no screen waits for; after a bug of ours no more money is taken."""
    log_event(money, logging.ERROR, "job.failed", failure=error)
    if isinstance(error, PosError) and not isinstance(error, Bug):
        news.publish(Trouble(error, None, halted=False))
        return
    bug = error if isinstance(error, Bug) else Bug("unexpected", kind=type(error).__name__)
    jobs.halt(bug.code)
    news.publish(Trouble(bug, None, halted=True))


def _merchant(shop: Shop) -> Merchant:
    return Merchant(
        name=shop.name,
        owner=shop.owner,
        business_number=shop.business_number_shown,
        address=shop.address,
        phone=shop.phone,
    )


def _issuer_of(leading: bytes) -> IssuerHint | None:
    from pos_app.gateways.cards import issuer_hint

    hint = issuer_hint(leading)
    return None if hint is None else IssuerHint(hint.issuer_ko, hint.issuer_en)


def _offers(path: Path, today: dt.date) -> tuple[Offer, ...]:
    """Return today's interest-free offers of the shop's own table, none if it keeps no table.

    Raises:
        ShopTrouble: `gateway.offers_unreadable`.
    """
    from pos_app.gateways.cards import card_company, instalment_offers

    if not path.exists():
        return ()
    offers = []
    for row in instalment_offers(path):
        company = card_company(row.card_cd)
        if not row.first_day <= today <= row.last_day or company is None:
            continue
        offers.append(Offer(company.name_ko, company.name_en, row.months, not row.key_in))
    return tuple(offers)


@functools.cache
def _korean_calendar() -> Container[dt.date]:
    import holidays

    return holidays.country_holidays("KR")


def _is_holiday(day: dt.date) -> bool:
    return day in _korean_calendar()
