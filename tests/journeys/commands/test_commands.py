"""Set-up, health, books: each command's promise, as a script would rely on it."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import pytest

from pos_app.bootstrap.terminal import make_terminal
from tests.journeys.commands.processes import PASSPHRASE, Gateway, pos_app

KEYS = [
    "payment_id",
    "order_no",
    "gateway",
    "state",
    "amount",
    "refunded",
    "months",
    "card_masked",
    "approval_no",
    "gateway_ref",
    "operator",
    "counter",
    "created_at",
    "settled_at",
]


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below `folder` but the logs."""
    files = (path for path in folder.rglob("*") if path.is_file() and "logs" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_provision_twice_changes_nothing(practice: Gateway, data: Path, tmp_path: Path) -> None:
    before = contents(data)
    again = pos_app("--data-dir", data, "provision", practice.provision, home=tmp_path).check(0)
    assert "바꾼 것이 없습니다" in again.out
    assert contents(data) == before


def test_a_set_up_folder_holds_no_secret_in_the_clear(shop: Path) -> None:
    for name, content in contents(shop).items():
        assert b"changeit" not in content, name
        assert b"135790" not in content, name
    assert stat.S_IMODE(shop.stat().st_mode) == 0o700


def test_a_changed_file_changes_what_it_names(
    practice: Gateway, data: Path, tmp_path: Path
) -> None:
    merchant = Path(shutil.copytree(practice.provision.parent, tmp_path / "merchant"))
    file = merchant / "provision.toml"
    file.write_text(file.read_text().replace('counter = "01"', 'counter = "K7"'))
    pos_app("provision", file, "--data-dir", data, home=tmp_path).check(0)
    assert json.loads((data / "settings.json").read_bytes())["shop"]["counter"] == "K7"


def test_a_mistake_in_the_file_is_said_with_its_place(
    practice: Gateway, data: Path, tmp_path: Path
) -> None:
    merchant = Path(shutil.copytree(practice.provision.parent, tmp_path / "merchant"))
    file = merchant / "provision.toml"
    file.write_text(file.read_text().replace("site_code", "site_kode"))
    before = contents(data)
    done = pos_app("provision", file, "--data-dir", data, "--lang", "en", home=tmp_path).check(2)
    assert done.out == ""
    assert "site_code" in done.err
    assert contents(data) == before


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("certificate", "인증서"),
        ("key", "개인키"),
        ("password", "비밀번호"),
    ],
)
def test_a_wrong_certificate_key_or_password_sets_nothing_up(
    practice: Gateway, tmp_path: Path, broken: str, words: str
) -> None:
    merchant = Path(shutil.copytree(practice.provision.parent, tmp_path / "merchant"))
    if broken == "password":
        file = merchant / "provision.toml"
        file.write_text(file.read_text().replace("changeit", "changed"))
    else:
        name = "CERT" if broken == "certificate" else "PRIKEY"
        (merchant / f"KCP_AUTH_T0000_{name}.pem").write_bytes(b"\xff\xd8\xff\xe0 a photograph")
    data = tmp_path / "data"
    done = pos_app("provision", merchant / "provision.toml", "--data-dir", data, home=tmp_path)
    assert words in done.check(2).err
    assert not (data / "settings.json").exists()
    assert not (data / "vault").exists()


def test_without_keyring_and_passphrase_it_says_what_to_set(
    practice: Gateway, tmp_path: Path
) -> None:
    done = pos_app(
        "provision",
        practice.provision,
        "--data-dir",
        tmp_path / "data",
        home=tmp_path,
        POS_APP_VAULT_PASSPHRASE="",
    ).check(1)
    assert "POS_APP_VAULT_PASSPHRASE" in done.err
    assert not (tmp_path / "data" / "settings.json").exists()


def test_a_wrong_passphrase_opens_nothing(data: Path, tmp_path: Path) -> None:
    done = pos_app(
        "verify", "--data-dir", data, home=tmp_path, POS_APP_VAULT_PASSPHRASE="another one here"
    ).check(2)
    assert done.out == ""


def test_a_vault_without_its_header_is_said_whatever_the_keyring(
    data: Path, tmp_path: Path
) -> None:
    (data / "vault" / "vault.json").unlink()
    for verb in (("verify",), ("recover", "--wait", "0")):
        done = pos_app(*verb, "--data-dir", data, home=tmp_path).check(1)
        assert "vault.json" in done.err
    assert "vault.json" in pos_app("doctor", "--data-dir", data, home=tmp_path).check(1).out


def test_doctor_finds_a_healthy_terminal(shop: Path, tmp_path: Path) -> None:
    done = pos_app("doctor", "--json", "--data-dir", shop, home=tmp_path).check(0)
    found = {line["check"]: line for line in map(json.loads, done.out.splitlines())}
    assert set(found) == {
        "settings",
        "keyring",
        "certificate",
        "ledger",
        "spool",
        "chain",
        "gateway",
        "clock",
        "printer",
        "disk",
        "program",
    }
    assert found["program"]["code"] == "sources"
    assert {line["status"] for line in found.values()} <= {"ok", "warning"}
    assert found["keyring"]["code"] == "passphrase"


def test_doctor_on_an_empty_folder_says_what_is_missing(tmp_path: Path) -> None:
    done = pos_app("doctor", "--data-dir", tmp_path / "none", "--lang", "en", home=tmp_path)
    assert "has not been set up" in done.check(1).out
    assert not (tmp_path / "none").exists()


def test_verify_says_that_the_books_are_whole(shop: Path, tmp_path: Path) -> None:
    done = pos_app("--data-dir", shop, "verify", "--lang", "en", home=tmp_path).check(0)
    assert "whole" in done.out


def test_an_empty_ledger_exports_to_every_format(shop: Path, tmp_path: Path) -> None:
    where = ("--data-dir", shop)
    assert pos_app("export", "--format", "jsonl", *where, home=tmp_path).check(0).out == ""
    table = pos_app("export", "--format", "csv", *where, home=tmp_path).check(0).out
    assert table.startswith("\ufeff")
    assert table.strip("\ufeff\r\n").replace('"', "").split(",") == KEYS
    out = tmp_path / "books.xlsx"
    pos_app("export", "--format", "xlsx", "--out", out, *where, home=tmp_path).check(0)
    assert out.read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--format", "xlsx"),
        ("--format", "pdf"),
        ("--format", "jsonl", "--from", "21.11.2026"),
        ("--format", "jsonl", "--from", "2026-11-21", "--to", "2026-11-20"),
        (),
    ],
)
def test_an_export_nobody_can_write_is_a_mistake(
    shop: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = pos_app("export", *arguments, "--data-dir", shop, home=tmp_path).check(2)
    assert done.out == ""
    assert done.err


def test_recover_with_nothing_open(shop: Path, tmp_path: Path) -> None:
    done = pos_app("recover", "--data-dir", shop, "--lang", "en", home=tmp_path).check(0)
    assert done.out == "Nothing is open.\n"


def test_commands_on_a_terminal_never_set_up_are_mistakes(tmp_path: Path) -> None:
    for verb in (("recover",), ("verify",), ("export", "--format", "jsonl")):
        done = pos_app(*verb, "--data-dir", tmp_path / "none", home=tmp_path).check(2)
        assert "provision" in done.err


def test_damaged_settings_are_restored_and_said(data: Path, tmp_path: Path) -> None:
    file = data / "settings.json"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    done = pos_app("doctor", "--json", "--data-dir", data, home=tmp_path).check(0)
    line = next(map(json.loads, done.out.splitlines()))
    assert (line["check"], line["status"], line["code"]) == ("settings", "warning", "restored")
    assert file.read_bytes() == whole


def test_settings_beyond_repair_are_trouble(data: Path, tmp_path: Path) -> None:
    for name in ("settings.json", "settings.previous"):
        (data / name).write_bytes(b"{")
    done = pos_app("verify", "--data-dir", data, "--lang", "en", home=tmp_path).check(1)
    assert done.err.startswith("The settings file"), "one sentence, and nothing of the log"
    assert "damaged" in done.err


def test_a_second_copy_is_refused_and_readers_go_on(data: Path, tmp_path: Path) -> None:
    desk = make_terminal(data, passphrase=PASSPHRASE).set_up
    with desk.open_vault() as vault, desk.open_ledger(desk.load().settings, vault):
        done = pos_app("recover", "--data-dir", data, home=tmp_path).check(1)
        assert str(data) in done.err or "실행" in done.err
        pos_app("verify", "--data-dir", data, home=tmp_path).check(0)
        pos_app("export", "--format", "csv", "--data-dir", data, home=tmp_path).check(0)
    pos_app("recover", "--data-dir", data, home=tmp_path).check(0)


def test_provision_beside_a_running_terminal_is_refused(
    practice: Gateway, data: Path, tmp_path: Path
) -> None:
    desk = make_terminal(data, passphrase=PASSPHRASE).set_up
    with desk.open_vault() as vault, desk.open_ledger(desk.load().settings, vault):
        pos_app("provision", practice.provision, "--data-dir", data, home=tmp_path).check(1)


def test_the_practice_terminal_needs_no_set_up(tmp_path: Path) -> None:
    where = ("--practice", "--data-dir", tmp_path / "data")
    pos_app("recover", *where, home=tmp_path, POS_APP_VAULT_PASSPHRASE="").check(0)
    pos_app("doctor", *where, home=tmp_path, POS_APP_VAULT_PASSPHRASE="").check(0)
    pos_app("verify", *where, home=tmp_path, POS_APP_VAULT_PASSPHRASE="").check(0)
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["practice"]


def test_a_hostile_environment_changes_nothing(data: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    done = pos_app(
        "doctor",
        "--json",
        "--data-dir",
        data,
        home=tmp_path,
        SSL_CERT_FILE=str(tmp_path / "none.pem"),
        SSLKEYLOGFILE=str(keys),
        HTTP_PROXY="http://127.0.0.1:9",
        http_proxy="http://127.0.0.1:9",
        ALL_PROXY="http://127.0.0.1:9",
        QT_PLUGIN_PATH=str(tmp_path),
        OPENSSL_CONF=str(tmp_path / "none.cnf"),
    ).check(0)
    assert '"check": "gateway", "status": "ok"' in done.out
    assert not keys.exists()
    assert "QT_PLUGIN_PATH" in (data / "logs" / "pos-app.log").read_text()


def test_a_window_without_a_display_is_said_before_qt_aborts(tmp_path: Path) -> None:
    done = pos_app("--practice", "--data-dir", tmp_path, home=tmp_path, QT_QPA_PLATFORM="")
    assert "화면이 없어" in done.check(2).err


@pytest.mark.parametrize("arguments", [("sell",), ("--colour", "red"), ("recover", "--wait", "x")])
def test_arguments_nobody_knows_are_mistakes(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = pos_app(*arguments, "--lang", "en", home=tmp_path).check(2)
    assert "not understood" in done.err


def test_a_window_nobody_attends_leaves_with_the_sentence_and_not_with_a_dialog(
    data: Path, tmp_path: Path
) -> None:
    done = pos_app(
        "--exit-when-ready",
        "--data-dir",
        data,
        home=tmp_path,
        POS_APP_VAULT_PASSPHRASE="not this one",
    )
    assert "암호 문구가 맞지 않습니다" in done.check(2).err
    fresh = pos_app("--exit-when-ready", "--data-dir", tmp_path / "fresh", home=tmp_path).check(0)
    assert json.loads(fresh.out)["first_paint_ms"] > 0


def test_words_an_output_does_not_know_stop_nothing(shop: Path, tmp_path: Path) -> None:
    done = pos_app("doctor", "--json", "--data-dir", shop, home=tmp_path, PYTHONIOENCODING="cp1252")
    words = [json.loads(line)["words"] for line in done.check(0).out.splitlines()]
    assert "정상입니다." in words


def test_the_window_opens_and_prints_its_timings(tmp_path: Path) -> None:
    done = pos_app("--practice", "--data-dir", tmp_path, "--exit-when-ready", home=tmp_path)
    timings = json.loads(done.check(0).out)
    assert 0 < timings["first_paint_ms"] <= timings["ready_ms"]
