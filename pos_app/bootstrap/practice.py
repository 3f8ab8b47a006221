"""The practice terminal's own world: a gateway inside the program, its shop and its book."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from pos_app.bootstrap.set_up import SetUpDesk
from pos_app.config.issued import ApiKeys, Credentials, Issued
from pos_app.config.model import Gateways, KcpSettings, PortOneSettings, Settings, Shop
from pos_app.config.paths import prepare
from pos_app.domain.errors import ShopTrouble
from pos_app.ui.text import language, text

PRACTICE_SITE = "T0000"
"""KCP's general test site (kcp.md 1.5)."""

PRACTICE_URL = "http://127.0.0.1:8765"
"""Of no use: the practice gateway takes any free port at each start."""

PRACTICE_BUSINESS_NUMBER = "1234567891"
"""Nobody's; its check digit is right."""


async def start_practice(desk: SetUpDesk, stack: contextlib.AsyncExitStack) -> str:
    """Start the practice gateway with its own book and return its address.

    Raises:
        ShopTrouble: `practice.unusable`: its book is damaged or cannot be kept.
    """
    from pos_app.practice import PracticeOptions, PracticeServer, PracticeTrouble

    options = PracticeOptions(
        book_path=desk.places.practice_gateway / "book.jsonl",
        certificates={PRACTICE_SITE: _certificate_path(desk)},
    )
    try:
        server = PracticeServer(options)
        stack.push_async_callback(server.stop)
        await server.start()
    except PracticeTrouble as trouble:
        folder = str(desk.places.root)
        raise ShopTrouble("practice.unusable", folder=folder, reason=str(trouble)) from trouble
    return server.url


def _certificate_path(desk: SetUpDesk) -> Path:
    """Return where `make_merchant` puts the certificate of the practice shop."""
    return desk.places.practice_gateway / f"KCP_AUTH_{PRACTICE_SITE}_CERT.pem"


def furnish_practice(desk: SetUpDesk) -> None:
    """Make the practice shop, its certificate and its vault where they are missing. Blocks.

    Raises:
        UserMistake: `folder.not_a_folder`.
        ShopTrouble: `folder.*`, `settings.*`, `vault.*`.
    """
    from pos_app.practice import PracticeTrouble, make_merchant
    from pos_app.practice.portone.desk import PRACTICE_KEY, PRACTICE_SECRET

    prepare(desk.places)
    folder = desk.places.practice_gateway
    settings = desk.settings()
    known = _certificate_path(desk).exists()
    furnished = settings is not None and known and settings.portone is not None
    try:
        merchant = make_merchant(folder, site_code=PRACTICE_SITE)
    except PracticeTrouble as trouble:
        raise ShopTrouble("folder.not_writable", folder=str(folder)) from trouble
    if not furnished:
        files = Credentials(
            merchant.certificate_path.read_bytes(),
            merchant.key_path.read_bytes(),
            merchant.password,
        )
        issued = Issued(files, ApiKeys(PRACTICE_KEY, PRACTICE_SECRET))
        desk.save(_with_portone(settings or _practice_settings()), issued, None)


def at_address(settings: Settings, url: str) -> Settings:
    """Return the settings with the address of this start: where the practice book can be read."""
    gateways = settings.gateways
    for name in gateways.names:
        at_url = msgspec.structs.replace(getattr(gateways, name), loopback_url=url)
        gateways = msgspec.structs.replace(gateways, **{name: at_url})
    return msgspec.structs.replace(settings, gateways=gateways)


def _with_portone(settings: Settings) -> Settings:
    """Return the settings with PortOne beside KCP, also where an older program made them."""
    if settings.portone is not None:
        return settings
    from pos_app.practice.portone.switches import IDENTITY_CHANNEL

    portone = PortOneSettings(
        environment="loopback",
        loopback_url=PRACTICE_URL,
        pg=f"kcp.{PRACTICE_SITE}",
        identity_channel_key=IDENTITY_CHANNEL,
    )
    gateways = msgspec.structs.replace(settings.gateways, portone=portone)
    return msgspec.structs.replace(settings, gateways=gateways)


def _practice_settings() -> Settings:
    """Return a sample shop in the language in use."""
    shop = Shop(
        name=text("practice.shop.name"),
        owner=text("practice.shop.owner"),
        business_number=PRACTICE_BUSINESS_NUMBER,
        address=text("practice.shop.address"),
        phone="02-000-0000",
    )
    kcp = KcpSettings(environment="loopback", loopback_url=PRACTICE_URL, site_code=PRACTICE_SITE)
    settings = Settings(shop=shop, gateways=Gateways(kcp=kcp))
    look = msgspec.structs.replace(settings.look, language=language())
    return msgspec.structs.replace(settings, look=look)
