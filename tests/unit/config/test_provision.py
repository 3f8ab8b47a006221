"""The set-up file: every key wrong once, each mistake with its own code and its line."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pos_app.config.model import LookSettings, OperatorSettings, Settings
from pos_app.config.provision import ProvisionPlan, read_provision
from pos_app.domain.errors import UserMistake
from tests.unit.config.samples import PROVISION, SETTINGS

ENVIRONMENT = {"CLERK_PIN": "2468"}


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


def refused(folder: Path, text: str) -> UserMistake:
    with pytest.raises(UserMistake) as caught:
        read(folder, text)
    return caught.value


def spoilt(old: str, new: str) -> str:
    assert PROVISION.count(old) == 1, old
    return PROVISION.replace(old, new)


def line_of(text: str, words: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if words in line)


def test_a_right_file_becomes_settings_files_and_secrets(folder: Path) -> None:
    plan = read(folder, PROVISION)
    kcp = plan.settings.kcp
    assert kcp is not None
    assert plan.settings.shop.business_number == "1248100998"
    assert plan.settings.shop.counter == "07"
    assert (kcp.environment, kcp.site_code, kcp.months_max) == ("loopback", "T0000", 24)
    assert kcp.authentication == "unauthenticated"
    assert kcp.inquiry_by_order is True
    assert plan.issued.kcp is not None
    assert (plan.issued.kcp.certificate, plan.issued.kcp.private_key) == (b"certificate", b"key")
    assert plan.issued.kcp.password == "changeit"
    assert plan.settings.operators == (
        OperatorSettings(name="사장", role="administrator"),
        OperatorSettings(name="점원", role="clerk"),
    )
    assert [(pin.name, pin.pin) for pin in plan.pins] == [("사장", "135790"), ("점원", "2468")]
    assert plan.settings.printers[0].paper == "58mm"
    assert plan.plain_secrets


def test_secrets_are_not_shown(folder: Path) -> None:
    shown = repr(read(folder, PROVISION))
    assert "changeit" not in shown
    assert "135790" not in shown
    assert "2468" not in shown


def test_what_the_file_does_not_name_stays_as_it_was(folder: Path) -> None:
    current = msgspec.structs.replace(
        SETTINGS,
        look=LookSettings(language="en"),
        operators=(OperatorSettings(name="사장", role="clerk", pin_hash="hash"),),
    )
    plan = read(folder, PROVISION, current)
    assert plan.settings.look.language == "en"
    assert plan.settings.operators[0].pin_hash == "hash"
    assert plan.settings.operators[0].role == "administrator"


def test_reading_the_result_again_gives_the_same(folder: Path) -> None:
    first = read(folder, PROVISION).settings
    assert read(folder, PROVISION, first).settings == first


def test_an_operator_with_a_pin_is_not_asked_again(folder: Path) -> None:
    current = msgspec.structs.replace(
        SETTINGS, operators=(OperatorSettings(name="사장", role="clerk", pin_hash="hash"),)
    )
    plan = read(folder, spoilt('pin = "135790"\n', ""), current)
    assert [pin.name for pin in plan.pins] == ["점원"]


def test_a_person_is_asked_for_what_is_not_there(folder: Path) -> None:
    path = folder / "shop.toml"
    path.write_text(spoilt('private_key_password = "changeit"\n', ""), encoding="utf-8")
    asked: list[tuple[str, str]] = []

    def ask(section: str, key: str) -> str:
        asked.append((section, key))
        return "typed"

    plan = read_provision(path, None, environment=ENVIRONMENT, ask=ask)
    assert plan.issued.kcp is not None
    assert plan.issued.kcp.password == "typed"
    assert asked == [("gateways.kcp", "private_key_password")]


def test_notepad_and_windows_line_ends_are_no_harm(folder: Path) -> None:
    path = folder / "shop.toml"
    path.write_bytes(b"\xef\xbb\xbf" + PROVISION.replace("\n", "\r\n").encode())
    plan = read_provision(path, None, environment=ENVIRONMENT, ask=nobody)
    assert plan.settings.shop.name == "봄꽃집"


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        # unknown names, at every depth
        ("[ledger]", "[legder]", "provision.unknown_key_near", "[legder]"),
        ("[ledger]", "[colours]", "provision.unknown_key", "[colours]"),
        ("[gateways.kcp]", "[gateways.toss]", "provision.unknown_key", "[gateways.toss]"),
        ("owner =", "owmer =", "provision.missing_key", "[shop]"),
        ("counter =", "coutner =", "provision.unknown_key_near", "coutner"),
        ("months_max", "month_max", "provision.unknown_key_near", "month_max"),
        ("paper", "paperr", "provision.unknown_key_near", "paperr"),
        ('pin = "135790"', 'pin = "135790"\nshoe = 1', "provision.unknown_key", "shoe"),
        # missing
        ('name = "봄꽃집"\n', "", "provision.missing_key", "[shop]"),
        ('phone = "02-120-0000"\n', "", "provision.missing_key", "[shop]"),
        ('environment = "loopback"\n', "", "provision.missing_key", "[gateways.kcp]"),
        ('site_code = "T0000"\n', "", "provision.missing_key", "[gateways.kcp]"),
        ('certificate = "cert.pem"\n', "", "provision.missing_key", "[gateways.kcp]"),
        ('private_key = "key.pem"\n', "", "provision.missing_key", "[gateways.kcp]"),
        ('private_key_password = "changeit"\n', "", "provision.secret_missing", "[gateways.kcp]"),
        ('pin = "135790"\n', "", "provision.secret_missing", "[[operators]]"),
        ('role = "administrator"\n', "", "provision.missing_key", "[[operators]]"),
        ('kind = "escpos"\n', "", "provision.missing_key", "[[printers]]"),
        # wrong types
        ('name = "봄꽃집"', "name = 7", "provision.wants_text", "name = 7"),
        ('counter = "07"', "counter = 7", "provision.wants_text", "counter = 7"),
        ('url = "sqlite"', "url = true", "provision.wants_text", "url = true"),
        ("inquiry_by_order = true", 'inquiry_by_order = "yes"', "provision.wants_flag", '"yes"'),
        ("months_max = 24", 'months_max = "24"', "provision.wants_whole", 'max = "24"'),
        ("months_max = 24", "months_max = 24.0", "provision.wants_whole", "24.0"),
        ("months_max = 24", "months_max = true", "provision.wants_whole", "max = true"),
        ("[[printers]]", "[printers]", "provision.wants_tables", "[printers]"),
        ("[ledger]\n", "[[ledger]]\n", "provision.wants_table", "[[ledger]]"),
        # wrong values
        ('first = "kcp"', 'first = "toss"', "provision.not_a_choice", "toss"),
        ('environment = "loopback"', 'environment = "prod"', "provision.not_a_choice", "prod"),
        (
            'environment = "loopback"',
            'environment = "practice"',
            "provision.not_a_choice",
            "practice",
        ),
        ('"unauthenticated"', '"none"', "provision.not_a_choice", '"none"'),
        ('role = "clerk"', 'role = "boss"', "provision.not_a_choice", "boss"),
        ('kind = "escpos"', 'kind = "fax"', "provision.not_a_choice", "fax"),
        ('paper = "58mm"', 'paper = "57mm"', "provision.not_a_choice", "57mm"),
        ("124-81-00998", "124-81-00999", "settings.business_number_check", "business_number"),
        ("124-81-00998", "124-81-0099", "settings.business_number_form", "business_number"),
        ('phone = "02-120-0000"', 'phone = "전화"', "settings.phone_form", "phone"),
        ('counter = "07"', 'counter = "7"', "settings.counter_form", "counter"),
        ('url = "sqlite"', 'url = "sqlight"', "settings.ledger_url", "url ="),
        ("http://127.0.0.1:8765", "http://example.com:80", "settings.loopback_url", "loopback_url"),
        ('site_code = "T0000"', 'site_code = "T0"', "settings.site_code_form", "site_code"),
        ("months_max = 24", "months_max = 48", "settings.months_max", "months_max"),
        ('pin = "135790"', 'pin = "12"', "settings.pin_form", "pin ="),
        ('pin = "135790"', 'pin = "0000"', "settings.pin_too_simple", "pin ="),
        ('address = "tcp://192.0.2.7:9100"\n', "", "settings.text_empty", "[[printers]]"),
        # secrets and files
        ('pin = "135790"', 'pin_env = "NOT_SET"', "provision.variable_empty", "NOT_SET"),
        (
            'pin_env = "CLERK_PIN"',
            'pin_env = "CLERK_PIN"\npin = "2468"',
            "provision.secret_twice",
            "pin_env",
        ),
        ('"cert.pem"', '"none.pem"', "provision.file_not_found", "none.pem"),
        ('"key.pem"', '"."', "provision.file_not_readable", '"."'),
        # not TOML
        ("[ledger]", "[ledger", "provision.syntax", "[ledger"),
        ('url = "sqlite"', "url = sqlite", "provision.syntax", "url = sqlite"),
    ],
)
def test_each_key_wrong_once(folder: Path, old: str, new: str, code: str, words: str) -> None:
    text = spoilt(old, new)
    mistake = refused(folder, text)
    assert mistake.code == code
    assert mistake.params["line"] == line_of(text, words)


def test_a_name_that_stands_twice_is_shown_at_its_second_place(folder: Path) -> None:
    mistake = refused(folder, spoilt('name = "점원"', 'name = "사장"'))
    assert mistake.code == "settings.operator_twice"
    assert mistake.params["line"] == line_of(PROVISION, 'name = "점원"')


@pytest.mark.parametrize("section", ["[shop]", "[gateways]", "[gateways.kcp]"])
def test_a_missing_section_is_named(folder: Path, section: str) -> None:
    parts = PROVISION.split("\n\n")
    text = "\n\n".join(part for part in parts if not part.startswith(section))
    if section == "[gateways]":
        text = text.replace("[gateways.kcp]", "[elsewhere]")
    mistake = refused(folder, text)
    assert mistake.code == "provision.missing_section"


def test_a_live_terminal_takes_no_test_site(folder: Path) -> None:
    text = spoilt(
        'environment = "loopback"\nloopback_url = "http://127.0.0.1:8765"', 'environment = "live"'
    )
    assert refused(folder, text).code == "settings.live_test_code"


def test_leaving_loopback_forgets_its_address(folder: Path) -> None:
    text = spoilt(
        'environment = "loopback"\nloopback_url = "http://127.0.0.1:8765"',
        'environment = "staging"',
    )
    kcp = read(folder, text, SETTINGS).settings.kcp
    assert kcp is not None
    assert (kcp.environment, kcp.loopback_url) == ("staging", "")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xb2\xdc\xc1\xfd = 1", "provision.not_text"),
        (b"x" * 1_000_001, "provision.too_large"),
        (b"\x89PNG\r\n\x1a\n", "provision.not_text"),
        (b"", "provision.missing_section"),
        (b"x = " + b"[" * 50_000, "provision.syntax"),
    ],
)
def test_a_file_that_is_none_is_said(folder: Path, data: bytes, code: str) -> None:
    path = folder / "shop.toml"
    path.write_bytes(data)
    with pytest.raises(UserMistake) as caught:
        read_provision(path, None, environment={}, ask=nobody)
    assert caught.value.code == code


def test_a_file_that_is_not_there_or_a_folder_is_said(folder: Path) -> None:
    for path, code in ((folder / "no.toml", "not_found"), (folder, "not_readable")):
        with pytest.raises(UserMistake) as caught:
            read_provision(path, None, environment={}, ask=nobody)
        assert caught.value.code == f"provision.{code}"


def test_the_identity_check_is_set_by_the_file(folder: Path) -> None:
    given = "\n[identity]\ncompulsory_above_won = 300000\nkeep_at_gateway = true\n"
    identity = read(folder, PROVISION + given + 'company = "봄날꽃집"\n').settings.identity
    assert identity.compulsory_above_won == 300_000
    assert identity.keep_at_gateway is True
    assert identity.company == "봄날꽃집"
    assert read(folder, PROVISION).settings.identity.compulsory_above_won is None


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("compulsory_above_won = -1", "settings.out_of_bounds"),
        ('company = "\\n"', "settings.text_empty"),
        (f'company = "{"가" * 41}"', "settings.text_too_long"),
        ("compulsory = 1", "provision.unknown_key_near"),
    ],
)
def test_an_identity_check_that_cannot_be_is_refused(folder: Path, line: str, code: str) -> None:
    assert refused(folder, f"{PROVISION}\n[identity]\n{line}\n").code == code
