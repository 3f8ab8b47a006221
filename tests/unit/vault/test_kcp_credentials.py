"""What KCP issued is taken in any clothes; anything else is named for what it is."""

from __future__ import annotations

import base64
import dataclasses
import pickle
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509 import load_pem_x509_certificate

from pos_app.domain.errors import Bug, ShopTrouble, UserMistake
from pos_app.vault import (
    MAX_FILE_BYTES,
    certificate_status,
    create_vault,
    one_line_pem,
    open_vault,
    read_certificate,
    read_credentials,
)
from tests.helpers import kcp_keys
from tests.helpers.kcp_keys import NOT_AFTER, NOT_BEFORE, PASSWORD, der_of, issue, pem, rsa_key
from tests.helpers.keyrings import memory_keychain

ISSUED = issue()
CERTIFICATE, KEY = ISSUED.certificate, ISSUED.key_file
OTHER = issue(number=1)
BOM = b"\xef\xbb\xbf"


def _refusal(certificate: bytes, key: bytes, password: str = PASSWORD) -> str:
    with pytest.raises(UserMistake) as mistake:
        read_credentials(certificate, key, password)
    return mistake.value.code


def test_a_key_in_the_old_encryption_opens_and_the_certificate_is_shown() -> None:
    info = read_credentials(CERTIFICATE, KEY, PASSWORD).info
    assert info.owner_cn == "2026010110000024"
    assert info.organisation == "DEVPGWEB"
    assert info.issuer == "spl.kcp.co.kr, NHNKCP Corp."
    assert (info.not_before, info.not_after) == (NOT_BEFORE, NOT_AFTER)
    assert info.not_after.tzinfo is UTC
    assert info.serial == "1234ABCD"
    assert len(info.fingerprint) == 64
    assert read_certificate(CERTIFICATE) == info


def test_a_key_in_today_s_encryption_opens_too() -> None:
    modern = issue(old_encryption=False)
    assert read_credentials(modern.certificate, modern.key_file, PASSWORD).info.owner_cn


def test_a_key_made_by_openssl_in_the_old_encryption_opens(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed; the shape is tested without it above")
    plain = tmp_path / "plain.pem"
    plain.write_bytes(kcp_keys.unencrypted(rsa_key()))
    command = [openssl, "pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES", "-in", str(plain)]
    made = subprocess.run(
        [*command, "-passout", f"pass:{PASSWORD}"], capture_output=True, check=True
    )
    assert read_credentials(CERTIFICATE, made.stdout, PASSWORD).info.owner_cn
    # And the other way round: what our own test keys claim to be, openssl agrees with.
    ours = tmp_path / "ours.pem"
    ours.write_bytes(KEY)
    check = [openssl, "pkey", "-noout", "-in", str(ours), "-passin", f"pass:{PASSWORD}"]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("password", ["p a s s", "비밀번호 1234", "x" * 200, "쾀é\u00f1"])
def test_passwords_are_not_only_ascii(password: str) -> None:
    for old in (True, False):
        issued = issue(password=password, old_encryption=old)
        read_credentials(issued.certificate, issued.key_file, password)


def _one_line(file: bytes) -> bytes:
    return one_line_pem(file).encode()


@pytest.mark.parametrize(
    ("certificate", "key"),
    [
        pytest.param(CERTIFICATE.replace(b"\n", b"\r\n"), KEY.replace(b"\n", b"\r\n"), id="crlf"),
        pytest.param(BOM + CERTIFICATE, BOM + KEY, id="bom"),
        pytest.param(
            CERTIFICATE.decode().encode("utf-16"), KEY.decode().encode("utf-16"), id="utf-16"
        ),
        pytest.param(der_of(CERTIFICATE), der_of(KEY), id="der"),
        pytest.param(_one_line(CERTIFICATE), _one_line(KEY), id="one line"),
        pytest.param(b"\n\n" + CERTIFICATE + b"\n\n", b"\n " + KEY + b" \n", id="blank lines"),
        pytest.param(OTHER.certificate + CERTIFICATE, KEY, id="chain, ours last"),
        pytest.param(CERTIFICATE + OTHER.certificate, KEY, id="chain, ours first"),
        pytest.param(
            b"Bag Attributes\n  name: 2026\n" + CERTIFICATE, b"Bag Attributes\n" + KEY, id="bag"
        ),
        pytest.param(CERTIFICATE + KEY, KEY + CERTIFICATE, id="both in both"),
    ],
)
def test_every_clothing_of_the_right_pair_is_taken(certificate: bytes, key: bytes) -> None:
    read = read_credentials(certificate, key, PASSWORD)
    assert read.info == read_credentials(CERTIFICATE, KEY, PASSWORD).info
    assert read.certificate.encode() == CERTIFICATE
    assert der_of(read.private_key.encode()) == der_of(KEY)


def _zip() -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("KCP_AUTH_T0000_CERT.pem", CERTIFICATE)
    return made.getvalue()


def _pfx() -> bytes:
    certificate = load_pem_x509_certificate(CERTIFICATE)
    encryption = BestAvailableEncryption(PASSWORD.encode())
    return pkcs12.serialize_key_and_certificates(b"x", rsa_key(), certificate, None, encryption)


NOT_EITHER = [
    pytest.param(b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(900), "is_picture", id="jpeg"),
    pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(900), "is_picture", id="png"),
    pytest.param(b"\x00\x00\x00\x18ftypheic" + bytes(900), "is_picture", id="heic"),
    pytest.param(b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(90), "is_picture", id="webp"),
    pytest.param(b"\xff\xd8\xff\xe0" + bytes(3_000_000), "is_picture", id="big photo"),
    pytest.param(b"%PDF-1.7\n" + bytes(900), "is_pdf", id="pdf"),
    pytest.param(_zip(), "is_zip", id="zip"),
    pytest.param(_pfx(), "is_pfx", id="pfx"),
    pytest.param("인증서는 메일로 보냈습니다\n".encode(), "is_text", id="utf-8 text"),
    pytest.param("인증서는 메일로 보냈습니다\r\n".encode("cp949"), "is_text", id="cp949 text"),
    pytest.param(pem("CERTIFICATE REQUEST", b"x" * 99), "is_text", id="request"),
    pytest.param(pem("PUBLIC KEY", b"x" * 99), "is_text", id="public key"),
    pytest.param(b"", "is_empty", id="empty"),
    pytest.param(b" \r\n\t", "is_empty", id="blank"),
    pytest.param(b"A" * (MAX_FILE_BYTES + 1), "too_big", id="too big"),
    pytest.param(bytes(range(256)) * 4, "not_a_", id="noise"),
    pytest.param(b"\x30\x82\x04\x00" + bytes(40), "not_a_", id="der scrap"),
]


@pytest.mark.parametrize(("file", "what"), NOT_EITHER)
def test_a_file_that_is_no_certificate_is_named_for_what_it_is(file: bytes, what: str) -> None:
    found = _refusal(file, KEY)
    assert found == f"certificate.{'not_a_certificate' if what == 'not_a_' else what}"
    with pytest.raises(UserMistake, match=found.replace(".", r"\.")):
        read_certificate(file)


@pytest.mark.parametrize(("file", "what"), NOT_EITHER)
def test_a_file_that_is_no_key_is_named_for_what_it_is(file: bytes, what: str) -> None:
    found = _refusal(CERTIFICATE, file)
    assert found == f"private_key.{'not_a_private_key' if what == 'not_a_' else what}"


@pytest.mark.parametrize("old", [True, False])
@pytest.mark.parametrize("password", ["wrong", "Changeit", "changeit ", "촘해ㅎ듀", "x" * 5000])
def test_the_wrong_password_is_found_out_at_once(old: bool, password: str) -> None:
    issued = issue(old_encryption=old)
    code = _refusal(issued.certificate, issued.key_file, password)
    assert code == "certificate.wrong_password"


def test_no_wrong_password_is_ever_taken_for_a_damaged_file() -> None:
    # With the old encryption one wrong password in some 256 leaves bytes that look padded.
    codes = {_refusal(CERTIFICATE, KEY, f"wrong {number}") for number in range(600)}
    assert codes == {"certificate.wrong_password"}


def test_an_empty_password_is_asked_for() -> None:
    assert _refusal(CERTIFICATE, KEY, "") == "certificate.password_empty"


def test_files_in_each_other_s_place_are_noticed() -> None:
    assert _refusal(KEY, CERTIFICATE) == "certificate.swapped"
    assert _refusal(der_of(KEY), der_of(CERTIFICATE)) == "certificate.swapped"
    assert _refusal(KEY, KEY) == "certificate.is_private_key"
    assert _refusal(der_of(KEY), KEY) == "certificate.is_private_key"
    assert _refusal(CERTIFICATE, CERTIFICATE) == "private_key.is_certificate"
    assert _refusal(CERTIFICATE, der_of(CERTIFICATE)) == "private_key.is_certificate"


def test_a_key_of_another_certificate_is_refused_with_the_owner_s_name() -> None:
    with pytest.raises(UserMistake) as mistake:
        read_credentials(CERTIFICATE, OTHER.key_file, PASSWORD)
    assert mistake.value.code == "certificate.key_mismatch"
    assert mistake.value.params == {"owner": "2026010110000024"}


def test_small_keys_are_refused() -> None:
    small = issue(number=7, bits=1024)
    with pytest.raises(UserMistake) as mistake:
        read_credentials(small.certificate, small.key_file, PASSWORD)
    assert mistake.value.code == "certificate.too_small"
    assert mistake.value.params == {"bits": 1024, "least": 2048}
    assert _refusal(CERTIFICATE, small.key_file) == "private_key.too_small"


def test_keys_of_another_kind_are_refused() -> None:
    curve = ec.generate_private_key(ec.SECP256R1())
    certificate = kcp_keys.certify(curve)
    assert _refusal(certificate, KEY) == "certificate.not_rsa"
    assert _refusal(CERTIFICATE, kcp_keys.pbes2(curve, PASSWORD)) == "private_key.not_rsa"


def test_a_key_whose_numbers_do_not_fit_is_refused_at_the_import() -> None:
    # Later it is taken from the vault without trying its primes again.
    numbers = rsa_key().private_numbers()
    spoilt = RSAPrivateNumbers(
        numbers.p,
        numbers.q,
        numbers.d,
        numbers.dmp1 + 2,
        numbers.dmq1,
        numbers.iqmp,
        numbers.public_numbers,
    ).private_key(unsafe_skip_rsa_key_validation=True)
    assert _refusal(CERTIFICATE, kcp_keys.pbes2(spoilt, PASSWORD)).endswith(
        ("wrong_password", "damaged")
    )


def test_an_open_key_is_not_what_kcp_issued() -> None:
    for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
        opened = kcp_keys.unencrypted(rsa_key(), form)
        assert _refusal(CERTIFICATE, opened) == "private_key.not_encrypted"
        assert _refusal(CERTIFICATE, der_of(opened)) == "private_key.not_encrypted"


def test_another_wrapping_of_an_encrypted_key_is_named() -> None:
    legacy = rsa_key().private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"changeit")
    )
    assert _refusal(CERTIFICATE, legacy) == "private_key.not_pkcs8"
    unknown = der_of(KEY).replace(
        bytes.fromhex("2a864886f70d010c0103"), bytes.fromhex("2a864886f70d010c0106")
    )
    assert _refusal(CERTIFICATE, unknown) == "private_key.encryption_unknown"
    assert (
        _refusal(CERTIFICATE, pem("ENCRYPTED PRIVATE KEY", unknown))
        == "private_key.encryption_unknown"
    )


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9, 0.99])
def test_a_file_that_was_cut_off_is_called_damaged(part: float) -> None:
    cut = CERTIFICATE[: int(len(CERTIFICATE) * part)]
    assert _refusal(cut, KEY) == "certificate.damaged"
    assert _refusal(CERTIFICATE, KEY[: int(len(KEY) * part)]) == "private_key.damaged"
    der = der_of(KEY)
    assert _refusal(CERTIFICATE, der[: int(len(der) * part)]) == "private_key.damaged"


@pytest.mark.parametrize("at", [40, 400, 800])
def test_a_file_with_a_line_missing_or_spoilt_is_called_damaged(at: int) -> None:
    spoilt = CERTIFICATE[:at] + b"*" + CERTIFICATE[at + 1 :]
    assert _refusal(spoilt, KEY) == "certificate.damaged"
    lines = KEY.splitlines(keepends=True)
    assert _refusal(CERTIFICATE, b"".join(lines[:3] + lines[4:])) == "private_key.damaged"


def test_one_line_keeps_the_space_inside_the_markers() -> None:
    line = one_line_pem(CERTIFICATE.replace(b"\n", b"\r\n"))
    assert line.startswith("-----BEGIN CERTIFICATE-----MII")
    assert line.endswith("-----END CERTIFICATE-----")
    assert "\r" not in line
    assert "\n" not in line
    assert base64.b64decode(line[27:-25], validate=True) == der_of(CERTIFICATE)
    assert one_line_pem(line) == line


@pytest.mark.parametrize(
    ("now", "kind", "days"),
    [
        (NOT_BEFORE - timedelta(seconds=1), "not_yet_valid", 1826),
        (NOT_BEFORE, "valid", 1826),
        (NOT_AFTER - timedelta(days=30), "valid", 30),
        (NOT_AFTER - timedelta(days=30) + timedelta(seconds=1), "expiring", 29),
        (NOT_AFTER - timedelta(seconds=1), "expiring", 0),
        (NOT_AFTER, "expiring", 0),
        (NOT_AFTER + timedelta(seconds=1), "expired", -1),
        (NOT_AFTER + timedelta(days=400), "expired", -400),
    ],
)
def test_a_certificate_warns_for_30_days_and_ends_to_the_second(
    now: datetime, kind: str, days: int
) -> None:
    status = certificate_status(read_certificate(CERTIFICATE), now)
    assert (status.kind, status.days_left) == (kind, days)


def test_a_time_without_a_zone_is_our_own_fault() -> None:
    with pytest.raises(Bug, match="naive_time"):
        certificate_status(read_certificate(CERTIFICATE), datetime(2027, 1, 1))  # noqa: DTZ001 - the point


def test_an_expired_certificate_can_be_imported_and_tells() -> None:
    old = issue(not_before=NOT_BEFORE - timedelta(days=2000), not_after=NOT_BEFORE)
    info = read_credentials(old.certificate, old.key_file, PASSWORD).info
    assert certificate_status(info, NOT_AFTER).kind == "expired"


def test_the_vault_signs_what_kcp_can_check_after_a_restart(tmp_path: Path) -> None:
    keychain = memory_keychain()
    with create_vault(tmp_path, keychain=keychain, passphrase=None) as vault:
        assert not vault.has_kcp_credentials()
        with pytest.raises(ShopTrouble, match=r"^certificate\.missing$"):
            vault.kcp_signer()
        vault.put_kcp_credentials(read_credentials(CERTIFICATE, KEY, PASSWORD))
    with open_vault(tmp_path, keychain=keychain, passphrase=None) as vault:
        assert vault.has_kcp_credentials()
        signer = vault.kcp_signer()
        message = b"T0000^20210719000000^STSC"
        signature = signer.sign(message)
        assert len(signature) == 344
        rsa_key().public_key().verify(
            base64.b64decode(signature, validate=True), message, padding.PKCS1v15(), SHA256()
        )
        assert signer.certificate_one_line == one_line_pem(CERTIFICATE)
        assert vault.kcp_signer() is signer


def test_a_renewed_certificate_takes_the_old_one_s_place_at_once(tmp_path: Path) -> None:
    with create_vault(tmp_path, keychain=memory_keychain(), passphrase=None) as vault:
        vault.put_kcp_credentials(read_credentials(CERTIFICATE, KEY, PASSWORD))
        before = vault.kcp_signer()
        vault.put_kcp_credentials(read_credentials(OTHER.certificate, OTHER.key_file, PASSWORD))
        assert vault.kcp_signer().info.fingerprint != before.info.fingerprint
        assert vault.delete_kcp_credentials()
        assert not vault.delete_kcp_credentials()
        with pytest.raises(ShopTrouble, match=r"certificate\.missing"):
            vault.kcp_signer()


def test_neither_signer_nor_credentials_show_or_hand_out_the_key(tmp_path: Path) -> None:
    credentials = read_credentials(CERTIFICATE, KEY, PASSWORD)
    with create_vault(tmp_path, keychain=memory_keychain(), passphrase=None) as vault:
        vault.put_kcp_credentials(credentials)
        signer = vault.kcp_signer()
        for shown in (repr(credentials), str(credentials), repr(signer), str(signer)):
            assert PASSWORD not in shown
            assert "BEGIN" not in shown
            assert "***" in shown
        with pytest.raises(TypeError):
            pickle.dumps(signer)
    assert dataclasses.is_dataclass(credentials)
