"""Signatures by the real tool: good ones, refused ones, and nothing in between."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from signing import (
    Identity,
    Refused,
    check_identity,
    identity_from,
    sign,
    sign_all,
    throw_away_identity,
    verify,
)

from tests.unit.packaging.signers import (
    COMPILER,
    STAMP,
    WEB,
    lacking,
    signer,
    small_exe,
    small_msi,
    stamping,
    token_with,
)

needs_tools = lacking("osslsigncode", COMPILER)


@pytest.fixture
def exe(tmp_path: Path) -> Path:
    """Return a small Windows program."""
    return small_exe(tmp_path)


def left_over(folder: Path) -> list[str]:
    """Return what signing left behind."""
    return [path.name for path in folder.iterdir() if "signing" in path.name]


@needs_tools
def test_a_signed_program_verifies_and_another_root_refuses_it(exe: Path, tmp_path: Path) -> None:
    identity = throw_away_identity(tmp_path / "keys")
    before = exe.read_bytes()
    exe.chmod(0o755)
    sign(exe, identity)
    assert exe.read_bytes() != before
    assert exe.stat().st_mode & 0o111
    verify(exe, identity.roots)
    with pytest.raises(Refused, match=r"small\.exe is not good"):
        verify(exe, signer(tmp_path, "stranger").certificate_file)
    assert left_over(tmp_path) == []


@needs_tools
def test_one_flipped_bit_and_an_unsigned_program_are_refused(exe: Path, tmp_path: Path) -> None:
    identity = throw_away_identity(tmp_path)
    with pytest.raises(Refused, match="not good"):
        verify(exe, identity.roots)
    sign(exe, identity)
    content = bytearray(exe.read_bytes())
    content[0x400] ^= 1
    exe.write_bytes(content)
    with pytest.raises(Refused, match="not good"):
        verify(exe, identity.roots)


@lacking("osslsigncode", "wixl")
def test_an_msi_is_signed_too(tmp_path: Path) -> None:
    msi, identity = small_msi(tmp_path), throw_away_identity(tmp_path)
    sign(msi, identity)
    verify(msi, identity.roots)


@needs_tools
def test_signing_twice_leaves_the_second_signature(exe: Path, tmp_path: Path) -> None:
    first, second = signer(tmp_path, "first"), signer(tmp_path, "second")
    sign(exe, first.identity())
    sign(exe, second.identity())
    verify(exe, second.certificate_file)
    with pytest.raises(Refused):
        verify(exe, first.certificate_file)


@needs_tools
def test_a_chain_is_followed_to_its_root(exe: Path, tmp_path: Path) -> None:
    root = signer(tmp_path, "root", is_ca=True)
    leaf = signer(tmp_path, "leaf", issuer=root)
    sign(exe, leaf.identity(roots=root.certificate_file))
    verify(exe, root.certificate_file)


@needs_tools
def test_a_chain_that_ends_elsewhere_signs_nothing(exe: Path, tmp_path: Path) -> None:
    leaf = signer(tmp_path, "leaf", issuer=signer(tmp_path, "root", is_ca=True))
    before = exe.read_bytes()
    other = signer(tmp_path, "other", is_ca=True)
    with pytest.raises(Refused, match="not good"):
        sign(exe, leaf.identity(roots=other.certificate_file))
    assert exe.read_bytes() == before
    assert left_over(tmp_path) == []


@needs_tools
def test_a_locked_key_opens_by_its_file_and_no_argument_holds_the_passphrase(
    exe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "비밀 horse battery"
    locked = signer(tmp_path, "locked", passphrase=secret.encode())
    file = tmp_path / "passphrase"
    file.write_text(secret + "\n", encoding="utf-8")
    seen = tmp_path / "arguments"
    spy = tmp_path / "bin" / "osslsigncode"
    spy.parent.mkdir()
    spy.write_text(
        f'#!/bin/sh\nenv >>"{seen}"\nprintf "%s\\n" "$@" >>"{seen}"\n'
        f'exec "{shutil.which("osslsigncode")}" "$@"\n'
    )
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{spy.parent}{os.pathsep}{os.environ['PATH']}")
    sign(exe, locked.identity(passphrase_file=file))
    verify(exe, locked.certificate_file)
    told = seen.read_text(encoding="utf-8")
    assert str(file) in told
    assert secret not in told
    assert "horse" not in told


@lacking("osslsigncode", COMPILER, "openssl")
def test_a_timestamp_is_asked_for_and_checked(exe: Path, tmp_path: Path) -> None:
    release = signer(tmp_path, "release")
    clock = signer(tmp_path, "clock", usage=STAMP)
    before = exe.read_bytes()
    with stamping(tmp_path, clock) as url:
        with pytest.raises(Refused, match="TIMESTAMP_ROOTS"):
            sign(exe, release.identity(timestamp_url=url))
        assert exe.read_bytes() == before
        sign(exe, release.identity(timestamp_url=url, timestamp_roots=clock.certificate_file))
    verify(exe, release.certificate_file)


@lacking("osslsigncode", COMPILER, "softhsm2-util")
def test_a_key_on_a_token_signs_with_its_pin_only(
    exe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = signer(tmp_path, "release")
    module = token_with(release, tmp_path, monkeypatch)
    pins = tmp_path / "pin", tmp_path / "wrong"
    pins[0].write_text("1234\n")
    pins[1].write_text("4321\n")
    key = "pkcs11:token=sign;object=release;type=private"
    on_token = release.identity(key=key, pkcs11_module=module, passphrase_file=pins[1])
    before = exe.read_bytes()
    with pytest.raises(Refused, match="could not be signed"):
        sign(exe, on_token)
    assert exe.read_bytes() == before
    sign(exe, replace(on_token, passphrase_file=pins[0]))
    verify(exe, release.certificate_file)


@needs_tools
def test_a_timestamp_server_out_of_reach_signs_nothing(exe: Path, tmp_path: Path) -> None:
    before = exe.read_bytes()
    with pytest.raises(Refused, match="could not be signed"):
        sign(exe, signer(tmp_path, "release").identity(timestamp_url="http://127.0.0.1:9/"))
    assert exe.read_bytes() == before
    assert left_over(tmp_path) == []


@lacking("osslsigncode")
def test_what_is_no_program_is_refused_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "setup.exe"
    file.write_bytes(b"a photograph")
    with pytest.raises(Refused, match=r"setup\.exe could not be signed"):
        sign(file, throw_away_identity(tmp_path))
    assert file.read_bytes() == b"a photograph"
    assert left_over(tmp_path) == []


def spoilt(folder: Path) -> dict[str, Identity]:
    """Return identities that must not sign, by the words that say why."""
    good = signer(folder, "good")
    other = signer(folder, "other")
    locked = signer(folder, "locked", passphrase=b"open sesame")
    (folder / "wrong").write_bytes(b"wrong\n")
    (folder / "der").write_bytes(b"\x30\x82")
    return {
        "is not the key of": good.identity(key=str(other.key_file)),
        "ended on": signer(folder, "old", ends_days=-1).identity(),
        "begins on": signer(folder, "new", begins_days=2).identity(),
        "not for code signing": signer(folder, "web", usage=WEB).identity(),
        "not for code signing; Windows": signer(folder, "any", usage=None).identity(),
        "certificate cannot be read": good.identity(certificate=folder / "none.pem"),
        "private key cannot be read": good.identity(key=str(folder / "none.key")),
        "inform der": good.identity(certificate=folder / "der"),
        "no private key in PEM form": good.identity(key=str(folder / "der")),
        "wants one, in POS_APP_SIGN_PASSPHRASE_FILE": locked.identity(),
        "passphrase is wrong": locked.identity(passphrase_file=folder / "wrong"),
        "wants no passphrase": good.identity(passphrase_file=folder / "wrong"),
        "no such file with the passphrase": locked.identity(passphrase_file=folder / "none"),
        "none-roots.pem": good.identity(roots=folder / "none-roots.pem"),
    }


def test_every_bad_signer_is_refused_in_words_before_anything_is_touched(tmp_path: Path) -> None:
    file = tmp_path / "setup.exe"
    file.write_bytes(b"MZ")
    for words, identity in spoilt(tmp_path).items():
        with pytest.raises(Refused) as refused:
            sign(file, identity)
        assert words in str(refused.value)
        assert "sesame" not in str(refused.value)
    assert file.read_bytes() == b"MZ"


def test_a_missing_file_to_sign_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no such file to sign"):
        sign(tmp_path / "setup.exe", throw_away_identity(tmp_path))


def test_without_a_named_signer_a_test_certificate_is_made(tmp_path: Path) -> None:
    identity = identity_from({"PATH": "/usr/bin", "POS_APP_SIGN_KEY": ""}, tmp_path)
    assert identity.is_test
    check_identity(identity)
    assert Path(identity.key).stat().st_mode & 0o077 == 0
    named = x509.load_pem_x509_certificate(identity.certificate.read_bytes()).subject
    assert "not for shops" in named.rfc4514_string()


@pytest.mark.parametrize(
    ("given", "lacks"),
    [
        ({"CERTIFICATE": "a.pem"}, "POS_APP_SIGN_KEY"),
        ({"KEY": "a.key"}, "POS_APP_SIGN_CERTIFICATE"),
        ({"CERTIFICATE": "a.pem", "KEY": "a.key"}, "POS_APP_SIGN_TIMESTAMP_URL"),
        ({"CERTIFICATE": "a.pem", "KEY": "pkcs11:id=1"}, "POS_APP_SIGN_PKCS11_MODULE"),
    ],
)
def test_half_a_signer_is_refused(given: dict[str, str], lacks: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=lacks):
        identity_from({f"POS_APP_SIGN_{name}": value for name, value in given.items()}, tmp_path)
    assert list(tmp_path.iterdir()) == []


@needs_tools
def test_a_test_build_says_so_loudly(
    exe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    identity = sign_all([exe], tmp_path / "keys")
    assert identity is not None
    verify(exe, identity.roots)
    assert "NOT FOR SHOPS" in capsys.readouterr().out


@needs_tools
def test_a_release_build_names_its_signer(
    exe: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    release, clock = signer(tmp_path, "release"), signer(tmp_path, "clock", usage=STAMP)
    with stamping(tmp_path, clock) as url:
        for name, value in {
            "CERTIFICATE": release.certificate_file,
            "KEY": release.key_file,
            "TIMESTAMP_URL": url,
            "TIMESTAMP_ROOTS": clock.certificate_file,
        }.items():
            monkeypatch.setenv(f"POS_APP_SIGN_{name}", str(value))
        identity = sign_all([exe], tmp_path / "keys")
    assert identity is not None
    assert not identity.is_test
    assert "CN=release" in capsys.readouterr().out
    assert not (tmp_path / "keys").exists()


def test_without_the_tool_a_named_signer_stops_the_build_and_a_test_build_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "setup.exe"
    file.write_bytes(b"MZ")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert sign_all([file], tmp_path) is None
    assert "NOT SIGNED" in capsys.readouterr().out
    release = signer(tmp_path, "release")
    monkeypatch.setenv("POS_APP_SIGN_CERTIFICATE", str(release.certificate_file))
    monkeypatch.setenv("POS_APP_SIGN_KEY", str(release.key_file))
    monkeypatch.setenv("POS_APP_SIGN_TIMESTAMP_URL", "http://127.0.0.1:9/")
    with pytest.raises(Refused, match="apt-get install osslsigncode"):
        sign_all([file], tmp_path)
