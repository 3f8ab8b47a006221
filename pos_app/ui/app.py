"""What the screens are given: the services, the shop, and the few things only `bootstrap` can do.

`bootstrap` makes an `App`; nothing in `ui` knows how. The window is painted before there is one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pos_app.config.issued import ApiKeys, Credentials, Issued
from pos_app.config.model import PortOneSettings, Settings
from pos_app.domain.answers import Abilities
from pos_app.domain.errors import PosError
from pos_app.domain.receipt import Merchant
from pos_app.domain.record import PaymentRecord
from pos_app.services.card_desk import CardDesk
from pos_app.services.history import History
from pos_app.services.identity_desk import IdentityDesk
from pos_app.services.money_jobs import MoneyJobs
from pos_app.services.news import NewsBoard
from pos_app.services.operators import OperatorDesk
from pos_app.services.ports import Clock
from pos_app.services.recovery import Recovery
from pos_app.services.refund_desk import RefundDesk
from pos_app.services.sale_desk import SaleDesk
from pos_app.services.schedule_desk import ScheduleDesk
from pos_app.services.stray_desk import StrayDesk
from pos_app.services.sweeping import Sweeping


@dataclass(frozen=True, slots=True)
class IssuerHint:
    """What the first digits of a card tell.

    Attributes:
        issuer_ko: card company, empty if not known.
        issuer_en: the same in English.
    """

    issuer_ko: str
    issuer_en: str


@dataclass(frozen=True, slots=True)
class Offer:
    """Interest-free months of this month's table, for showing beside the months.

    Attributes:
        key_in_excluded: marked 수기 제외: may not count for a keyed sale.
    """

    issuer_ko: str
    issuer_en: str
    months: frozenset[int]
    key_in_excluded: bool


@dataclass(frozen=True, slots=True)
class CertificateCard:
    """A certificate as shown to people.

    Attributes:
        status: "valid", "expiring", "expired" or "not_yet_valid".
        days_left: until it ends; negative when over.
    """

    owner: str
    issuer: str
    not_before: dt.datetime
    not_after: dt.datetime
    status: str
    days_left: int


@dataclass(frozen=True, slots=True)
class ChannelCard:
    """One of the shop's channels at PortOne.

    Attributes:
        pg: what the settings name it by, e.g. "kcp.AB123".
        name: as the shop called it; may be empty.
        kind: "api_payment" (a typed card), "payment" (a window) or "certification".
        sandbox: a test channel: no money moves.
        key: its channel key; may be empty.
    """

    pg: str
    name: str
    kind: str
    sandbox: bool
    key: str


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line of the doctor page.

    Attributes:
        name: message id under `doctor.*`.
        status: "ok", "warning" or "failed".
        detail: words, already in the reader's language.
    """

    name: str
    status: str
    detail: str


class SetUp(Protocol):
    """First start and settings: what needs vault and settings file. May block some 0.5 s."""

    def settings(self) -> Settings | None:
        """Return the settings on disk, or None before the first start."""

    def keyring_trouble(self) -> str:
        """Return an error code if no keyring can be used (a passphrase is needed), else empty."""

    def read_certificate(self, certificate: bytes) -> CertificateCard:
        """Read a certificate file alone, as soon as it is dropped in; UserMistake if it is none."""

    def check_credentials(self, credentials: Credentials) -> CertificateCard:
        """Try password, key and certificate together; UserMistake says what does not fit."""

    def current_certificate(self) -> CertificateCard | None:
        """Return the certificate in the vault."""

    def has_api_keys(self) -> bool:
        """Tell whether PortOne's key pair is in the vault."""

    def list_channels(
        self, portone: PortOneSettings, keys: ApiKeys | None
    ) -> tuple[ChannelCard, ...]:
        """Ask PortOne for the shop's channels, with the vault's key pair where none is given.

        It goes over the network and may take as long as a look-up.

        Raises:
            PosError: the key pair is missing or refused, or PortOne cannot be reached.
        """

    def save(self, settings: Settings, issued: Issued, passphrase: str | None) -> None:
        """Write settings, and what is issued into the vault; takes effect at the next `open`."""

    def check_up(self) -> tuple[CheckLine, ...]:
        """Run the doctor's checks."""


@dataclass(frozen=True, slots=True)
class GatewayCard:
    """A gateway of this terminal, as the screens need it.

    Attributes:
        name: short, as in settings and facts; `words.gateway_words` has the one people use.
        environment: "live", "staging", "loopback" or "practice".
        partner_site: where people look payments up; empty if there is none.
        certificate: for the 30-day warning; None if it has none.
    """

    name: str
    environment: str
    abilities: Abilities
    partner_site: str = ""
    certificate: CertificateCard | None = None

    @property
    def is_on_this_pc(self) -> bool:
        """Tell whether it is a practice gateway."""
        return self.environment in {"practice", "loopback"}


@dataclass(frozen=True, slots=True)
class GatewayTrouble:
    """A gateway that is set up and cannot be used now.

    Attributes:
        error: why.
    """

    name: str
    error: PosError


@dataclass(frozen=True, slots=True)
class App:
    """A terminal that is ready to take money.

    Attributes:
        gateways: those that can be used, the one a sale uses by itself in front; never empty.
        out_of_order: those that are set up and cannot be used.
        issuer_of: (first six digits) -> hint or None.
        offers: this month's interest-free table.
        slip_url: the gateway's own slip page of a payment, empty if it has none.
        slips_folder: where PDFs are saved.
        notices: error codes to show once after the start, e.g. "settings.damaged_restored".
        close: drains the money jobs and closes everything; True if nothing was cut off.
    """

    settings: Settings
    merchant: Merchant
    gateways: tuple[GatewayCard, ...]
    out_of_order: tuple[GatewayTrouble, ...]
    sale_desk: SaleDesk
    refund_desk: RefundDesk
    card_desk: CardDesk
    schedule_desk: ScheduleDesk
    recovery: Recovery
    strays: StrayDesk
    sweeping: Sweeping
    history: History
    operators: OperatorDesk
    identity: IdentityDesk
    news: NewsBoard
    jobs: MoneyJobs
    clock: Clock
    issuer_of: Callable[[bytes], IssuerHint | None]
    offers: tuple[Offer, ...]
    slip_url: Callable[[PaymentRecord], str]
    slips_folder: Path
    notices: tuple[str, ...]
    close: Callable[[float], Awaitable[bool]]

    def gateway(self, name: str) -> GatewayCard | None:
        """Return a gateway by its name, None if it cannot be used here."""
        return next((card for card in self.gateways if card.name == name), None)

    @property
    def is_practice(self) -> bool:
        """Tell whether this is the practice terminal, whose gateways it makes itself."""
        return any(card.environment == "practice" for card in self.gateways)


class Starter(Protocol):
    """What the window is started with; opening is slow and happens after the first paint."""

    @property
    def practice(self) -> bool:
        """Tell whether this is the practice terminal."""

    @property
    def set_up(self) -> SetUp:
        """Return the set-up desk."""

    async def open(self, passphrase: str | None) -> App:
        """Open ledger, vault and gateway and settle what the last run left open.

        Raises:
            UserMistake: "settings.missing" before the first start, "vault.passphrase_needed",
                "vault.passphrase_wrong".
            ShopTrouble: whatever is in the way; the words say what to do.
        """
