"""Puts damaged answers through the real clients and compares what they say with the oracle."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pos_app.domain import answers as a
from pos_app.domain.requests import BeforeSend
from pos_app.gateways.exchange import Exchange, Reach, Response
from pos_app.gateways.kcp.client import KcpGateway
from pos_app.gateways.portone.client import PortOneGateway
from tests.fuzz import oracle
from tests.fuzz.bases import BASES, CANCEL, CHARGE, LOOK_UP, PAN, Base
from tests.fuzz.mutate import Damage
from tests.unit.gateways import build as kcp
from tests.unit.gateways.portone import build as portone

#: Longest text of the vendor's that may be kept (money-safety.md row 48).
_TEXT_MAX = 200
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[ .\-](?=[0-9])")


@dataclass(frozen=True, slots=True)
class _Judge:
    """What the oracle says of one gateway's answers."""

    approved: Callable[[Exchange], bool]
    declined: Callable[[Exchange], bool]
    cancelled: Callable[[Exchange], bool]
    absent: Callable[[Exchange], bool]
    found: Callable[[Exchange, str | None], bool]


_JUDGES = {
    "kcp": _Judge(
        oracle.kcp_may_be_approved,
        oracle.kcp_may_be_declined,
        oracle.kcp_may_be_cancelled,
        oracle.kcp_may_be_absent,
        lambda exchange, ref: oracle.kcp_may_be_found(exchange, ref=ref),
    ),
    "portone": _Judge(
        oracle.portone_may_be_approved,
        oracle.portone_may_be_declined,
        oracle.portone_may_be_cancelled,
        oracle.portone_may_be_absent,
        lambda exchange, ref: oracle.portone_may_be_found(exchange, ref=ref),
    ),
}


@dataclass
class Wire:
    """A line that gives one prepared answer, to everything but a token and the channels."""

    exchange: Exchange = field(default_factory=lambda: kcp.said(kcp.APPROVAL))
    token: Exchange = field(default_factory=lambda: portone.said(portone.TOKEN))
    channels: Exchange = field(default_factory=lambda: portone.said([portone.CHANNEL]))

    async def send(
        self,
        method: str,
        url: str,
        body: bytearray | None,
        *,
        headers: Mapping[str, str],
        before_send: BeforeSend | None,
        timeout_s: float,
        connect_timeout_s: float,
        operation: str,
    ) -> Exchange:
        if operation == "token":
            return self.token
        if operation == "channels":
            return self.channels
        if before_send is not None:
            await before_send()
        if body is not None:
            body[:] = bytes(len(body))
        return self.exchange

    async def reach(self, url: str, now: object, timeout_s: float = 10.0) -> Reach:
        return Reach(url, True, "", 0.0, 1.0)


@dataclass
class Mill:
    """Grinds answers; each has a number, and the seed and its number make it again.

    Attributes:
        verdicts: how often which kind of answer came of it.
        findings: what must not be, in words.
    """

    seed: int
    verdicts: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)

    async def grind(self, numbers: range) -> None:
        """Put these answers through."""
        wire = Wire()
        bank = KcpGateway(
            kcp.settings(inquiry_by_order=True, inquiry_order_field="ordr_idxx"),
            kcp.FakeSigner(),
            wire,
            lambda: kcp.NOW,
        )
        for number in numbers:
            chance = random.Random(f"{self.seed}:{number}")
            base = chance.choice(BASES)
            wire.exchange = Damage(chance).spoil(base)
            gateway: KcpGateway | PortOneGateway = bank
            if base.gateway == "portone":
                gateway = PortOneGateway(
                    portone.settings(), portone.Keys(), wire, lambda: kcp.NOW, portone.FakeClock()
                )
            await self._ask(number, base, wire.exchange, gateway)

    async def _ask(
        self, number: int, base: Base, exchange: Exchange, gateway: KcpGateway | PortOneGateway
    ) -> None:
        """Ask once and judge the answer."""
        where = f"{number} {base.gateway} {base.operation}"
        try:
            answer = await _asked(base, gateway)
        except Exception as error:  # noqa: BLE001 - whatever it raises is a finding
            self.findings.append(f"{where}: raised {type(error).__name__} {error}")
            return
        self.verdicts[f"{base.operation} {type(answer).__name__}"] += 1
        wrong = _wrong(base, exchange, answer) or _kept(answer)
        if wrong:
            body = exchange.body if isinstance(exchange, Response) else exchange.partial
            self.findings.append(f"{where}: {wrong}: {answer!r:.300} from {body[:600]!r}")


async def _asked(
    base: Base, gateway: KcpGateway | PortOneGateway
) -> a.ChargeAnswer | a.LookUpAnswer | a.CancelAnswer:
    """Do the operation of `base`."""
    built = kcp if base.gateway == "kcp" else portone
    if base.operation == CHARGE:
        return await gateway.approve(built.charge(), built.card())
    if base.operation == CANCEL:
        return await gateway.cancel(built.cancel())
    request = built.look_up() if base.operation == LOOK_UP else built.look_up(None)
    return await gateway.look_up(request)


def _wrong(
    base: Base, exchange: Exchange, answer: a.ChargeAnswer | a.LookUpAnswer | a.CancelAnswer
) -> str:
    """Return why the answer must not be what the client says, by the oracle."""
    ref = None
    if base.operation == LOOK_UP:
        ref = kcp.TNO if base.gateway == "kcp" else portone.IMP_UID
    judge = _JUDGES[base.gateway]
    match answer:
        case a.NotSent():
            return "it came back, so it was sent"
        case a.Approved():
            return "" if judge.approved(exchange) else "a false approval"
        case a.Declined():
            return "" if judge.declined(exchange) else "a false decline"
        case a.Cancelled():
            return "" if judge.cancelled(exchange) else "a false cancel"
        case a.Found(amount=amount, balance=balance):
            good = judge.found(exchange, ref) and balance <= amount
            return "" if good else "a false find"
        case a.Absent():
            return "" if judge.absent(exchange) else "a false absence"
        case _:
            return ""


def _kept(answer: object) -> str:
    """Return what of the answer must not be kept: a card number, invisible or endless text."""
    written = repr(answer)
    if PAN in _BETWEEN_DIGITS.sub("", written):
        return "a card number is kept"
    refusal = getattr(answer, "refusal", None)
    if refusal is not None:
        text = refusal.raw_message
        if len(text) > _TEXT_MAX or not text.isprintable():
            return "a text that cannot be shown is kept"
    return ""


def grind(seed: int, numbers: range) -> Mill:
    """Put these answers through, on a loop of its own."""
    mill = Mill(seed)
    asyncio.run(mill.grind(numbers))
    return mill
