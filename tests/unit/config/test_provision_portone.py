"""PortOne in the set-up file: alone and beside KCP, each key wrong once."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_app.config.model import Settings
from pos_app.config.provision import ProvisionPlan, read_provision
from pos_app.domain.errors import UserMistake
from tests.unit.config.samples import PORTONE, PROVISION, SETTINGS

ENVIRONMENT = {"CLERK_PIN": "2468", "IMP_SECRET": "portone-secret-canary"}
KCP_PART = PROVISION[PROVISION.index("[gateways.kcp]") : PROVISION.index("[[operators]]")]
BOTH = PROVISION.replace("[[operators]]", f"{PORTONE}[[operators]]", 1)
ALONE = BOTH.replace(KCP_PART, "").replace('first = "kcp"\n', "")


def nobody(section: str, key: str) -> None:
    """Nobody sits at the keyboard."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cert.pem").write_bytes(b"certificate")
    (tmp_path / "key.pem").write_bytes(b"key")
    return tmp_path


def read(folder: Path, text: str, current: Settings | None = None) -> ProvisionPlan:
    path = folder / "shop.toml"
    path.write_text(text, encoding="utf-8")
    return read_provision(path, current, environment=ENVIRONMENT, ask=nobody)


def test_portone_alone_is_first_without_being_named(folder: Path) -> None:
    plan = read(folder, ALONE)
    portone = plan.settings.portone
    assert portone is not None
    assert plan.settings.gateways.names == ("portone",)
    assert (portone.pg, portone.birth, portone.password) == ("kcp.T0000", "optional", "never")
    assert (portone.months_max, portone.timeout_s) == (6, 90)
    assert plan.issued.kcp is None
    assert plan.issued.portone is not None
    assert plan.issued.portone.imp_key == "4820010012345678"
    assert plan.issued.portone.imp_secret == "portone-secret-canary"
    assert "canary" not in repr(plan)
    assert "4820010012345678" not in repr(plan)


def test_both_go_in_the_order_that_the_file_names(folder: Path) -> None:
    assert read(folder, BOTH).settings.gateways.names == ("kcp", "portone")
    other = BOTH.replace('first = "kcp"', 'first = "portone"')
    assert read(folder, other).settings.gateways.names == ("portone", "kcp")


def test_a_second_gateway_can_be_added_and_neither_forgets_the_other(folder: Path) -> None:
    plan = read(folder, ALONE, SETTINGS)
    assert plan.settings.gateways.names == ("kcp", "portone")
    assert plan.settings.kcp == SETTINGS.kcp
    assert plan.issued.kcp is None
    again = read(folder, ALONE, plan.settings)
    assert again.settings == plan.settings


def test_a_key_can_be_asked_for(folder: Path) -> None:
    path = folder / "shop.toml"
    path.write_text(ALONE.replace('imp_key = "4820010012345678"\n', ""), encoding="utf-8")
    asked: list[tuple[str, str]] = []

    def ask(section: str, key: str) -> str:
        asked.append((section, key))
        return "4820010012345678"

    plan = read_provision(path, None, environment=ENVIRONMENT, ask=ask)
    assert plan.issued.portone is not None
    assert asked == [("gateways.portone", "imp_key")]


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ('pg = "kcp.T0000"\n', "", "provision.missing_key", "[gateways.portone]"),
        ('environment = "loopback"\n', "", "provision.missing_key", "[gateways.portone]"),
        ('imp_key = "4820010012345678"\n', "", "provision.secret_missing", "[gateways.portone]"),
        ('"IMP_SECRET"', '"NOT_SET"', "provision.variable_empty", "NOT_SET"),
        ('"4820010012345678"', '"48200 1"', "settings.imp_key_form", "imp_key"),
        ('"4820010012345678"', '" "', "settings.imp_key_empty", "imp_key"),
        ('"4820010012345678"', "4820010012345678", "provision.wants_text", "imp_key"),
        ('"kcp.T0000"', '"kcp"', "settings.pg_form", "pg ="),
        ('"kcp.T0000"', '"danal.A1"', "settings.pg_not_key_in", "pg ="),
        ('"optional"', '"sometimes"', "provision.not_a_choice", "birth"),
        ('"never"', '"no"', "provision.not_a_choice", "password"),
        ("months_max", "month_max", "provision.unknown_key_near", "month_max"),
        ("months_max = 6", "months_max = 40", "settings.months_max", "months_max"),
        ("pg =", 'channel = "x"\npg =', "provision.unknown_key", "channel"),
        ("http://127.0.0.1:8765", "http://192.0.2.1:80", "settings.loopback_url", "loopback_url"),
    ],
)
def test_each_key_wrong_once(folder: Path, old: str, new: str, code: str, words: str) -> None:
    assert ALONE.count(old) == 1, old
    text = ALONE.replace(old, new)
    with pytest.raises(UserMistake) as caught:
        read(folder, text)
    assert caught.value.code == code
    line = next(n for n, found in enumerate(text.splitlines(), 1) if words in found)
    assert caught.value.params["line"] == line
    assert "canary" not in str(caught.value.params)


def test_first_must_be_one_that_is_there(folder: Path) -> None:
    text = ALONE.replace("[gateways]\n", '[gateways]\nfirst = "kcp"\n')
    with pytest.raises(UserMistake, match=r"settings\.first_not_set_up"):
        read(folder, text)
