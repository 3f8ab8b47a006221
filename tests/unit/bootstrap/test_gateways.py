"""Making the gateways of a terminal: in the order of use, and one in trouble by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from pos_app.bootstrap.gateways import make_gateways, make_transport
from pos_app.config.model import Gateways, KcpSettings, PortOneSettings, Settings
from pos_app.domain.errors import ShopTrouble, UserMistake
from pos_app.vault import PortOneKeys, Vault, create_vault, read_credentials
from tests.helpers.kcp_keys import PASSWORD, issue
from tests.helpers.keyrings import memory_keychain

KCP = KcpSettings(site_code="AB123", settle_time_s=90)
PORTONE = PortOneSettings(pg="kcp.AB123", password="optional", months_max=6)
BOTH = Settings(gateways=Gateways(kcp=KCP, portone=PORTONE))


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    """A vault with nothing of any gateway in it."""
    with create_vault(tmp_path, keychain=memory_keychain(), passphrase=None) as opened:
        yield opened


def give_certificate(vault: Vault, *, ended: bool = False) -> None:
    """Put a certificate in."""
    over = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    issued = issue(not_before=over - dt.timedelta(days=9), not_after=over) if ended else issue()
    vault.put_kcp_credentials(read_credentials(issued.certificate, issued.key_file, PASSWORD))


def names(settings: Settings, vault: Vault) -> list[str]:
    """Return the gateways that are ready, in their order."""
    made = make_gateways(settings, vault, make_transport(settings))
    return [one.card.name for one in made.ready]


def test_both_are_made_with_rules_of_their_own(vault: Vault) -> None:
    give_certificate(vault)
    vault.put_portone_keys(PortOneKeys("4820010012345678", "secret"))
    made = make_gateways(BOTH, vault, make_transport(BOTH))
    kcp, portone = made.ready
    assert made.out_of_order == ()
    assert (kcp.card.name, portone.card.name) == ("kcp", "portone")
    assert (kcp.settle_time_s, portone.settle_time_s) == (90.0, 600.0)
    assert (kcp.rules.password, kcp.rules.corporate_password) == ("ask", True)
    assert (portone.rules.password, portone.rules.corporate_password) == ("optional", False)
    assert portone.rules.instalments.months_max == 6
    assert kcp.card.certificate is not None
    assert portone.card.certificate is None
    assert kcp.card.partner_site == "https://partner.kcp.co.kr"
    assert portone.card.partner_site == "https://admin.portone.io"
    assert portone.card.abilities.look_up_by_order


def test_the_first_of_the_settings_comes_first(vault: Vault) -> None:
    give_certificate(vault)
    vault.put_portone_keys(PortOneKeys("4820010012345678", "secret"))
    gateways = msgspec.structs.replace(BOTH.gateways, first="portone")
    assert names(msgspec.structs.replace(BOTH, gateways=gateways), vault) == ["portone", "kcp"]


def test_one_without_its_secrets_keeps_the_other_working(vault: Vault) -> None:
    vault.put_portone_keys(PortOneKeys("4820010012345678", "secret"))
    made = make_gateways(BOTH, vault, make_transport(BOTH))
    assert [one.card.name for one in made.ready] == ["portone"]
    (trouble,) = made.out_of_order
    assert (trouble.name, trouble.error.code) == ("kcp", "certificate.missing")


def test_where_none_can_be_made_the_first_one_s_trouble_is_told(vault: Vault) -> None:
    with pytest.raises(ShopTrouble, match=r"^certificate\.missing$"):
        names(BOTH, vault)
    with pytest.raises(UserMistake, match=r"^settings\.gateway_missing$"):
        names(Settings(), vault)


def test_a_practice_gateway_shows_its_own_book(vault: Vault) -> None:
    vault.put_portone_keys(PortOneKeys("4820010012345678", "secret"))
    here = msgspec.structs.replace(
        PORTONE, environment="loopback", loopback_url="http://127.0.0.1:8765/"
    )
    settings = Settings(gateways=Gateways(first="portone", portone=here))
    made = make_gateways(settings, vault, make_transport(settings))
    assert made.ready[0].card.partner_site == "http://127.0.0.1:8765/book"
    assert made.ready[0].card.is_on_this_pc


def test_one_whose_certificate_has_ended_comes_behind_the_other(vault: Vault) -> None:
    give_certificate(vault, ended=True)
    vault.put_portone_keys(PortOneKeys("4820010012345678", "secret"))
    assert names(BOTH, vault) == ["portone", "kcp"]
