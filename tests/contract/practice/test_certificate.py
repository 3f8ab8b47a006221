"""Who is asking: certificate text, its life, whose it is, and what a signature covers."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from pos_app.practice import Merchant, PracticeServer, PracticeTrouble, make_merchant
from pos_app.practice.options import PracticeOptions
from tests.contract.practice.shop import (
    CANCEL,
    CHARGE,
    INQUIRY,
    MISSING,
    NOW,
    Client,
    Shop,
    serve,
    shop_of,
)

BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def code_for_cert(shop: Shop, cert: object, **options: object) -> str:
    return serve(lambda c: c.code(CHARGE, shop.charge(kcp_cert_info=cert)), **options)


def self_made(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    made = (
        x509.CertificateBuilder()
        .issuer_name(name)
        .subject_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .sign(key, SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode().replace("\n", "")


def broken_forms(cert: str) -> dict[str, object]:
    inside = cert[len(BEGIN) : -len(END)]
    lines = "\n".join(inside[at : at + 64] for at in range(0, len(inside), 64))
    return {
        "with line breaks": f"{BEGIN}\n{lines}\n{END}\n",
        "ends with a line break": cert + "\n",
        "carriage returns": cert.replace(BEGIN, BEGIN + "\r"),
        "no inner spaces": cert.replace("BEGIN CERTIFICATE", "BEGINCERTIFICATE").replace(
            "END CERTIFICATE", "ENDCERTIFICATE"
        ),
        "no markers": inside,
        "a space in the middle": BEGIN + inside[:64] + " " + inside[64:] + END,
        "another label": cert.replace("CERTIFICATE", "X509 CRL"),
        "no Base64": BEGIN + "!" + inside + END,
        "cut Base64": BEGIN + inside[:-9] + END,
        "bytes missing": BEGIN + inside[: len(inside) // 8 * 4] + END,
        "something else": BEGIN + base64.b64encode(b"not a certificate").decode() + END,
        "twice": cert + cert,
        "a number": 1,
    }


@pytest.mark.parametrize("name", broken_forms(BEGIN + END))
def test_only_the_one_line_form_is_taken(shop: Shop, name: str) -> None:
    assert code_for_cert(shop, broken_forms(shop.cert)[name]) == "8002"


@pytest.mark.parametrize("cert", [MISSING, ""])
def test_no_certificate_is_a_missing_parameter(shop: Shop, cert: object) -> None:
    assert code_for_cert(shop, cert) == "5704"


@pytest.mark.parametrize("name", ["with line breaks", "no inner spaces"])
def test_other_forms_are_a_switch(shop: Shop, name: str) -> None:
    form = broken_forms(shop.cert)[name]
    assert code_for_cert(shop, form, switches={"cert_form": "any"}) == "0000"


def test_the_code_is_a_switch(shop: Shop) -> None:
    assert code_for_cert(shop, "x", switches={"auth_code": "S001"}) == "S001"


def test_small_and_strange_keys_are_refused(shop: Shop) -> None:
    small = rsa.generate_private_key(public_exponent=65_537, key_size=1024)  # noqa: S505 - to be refused
    assert code_for_cert(shop, self_made(small)) == "8002"
    assert code_for_cert(shop, self_made(ec.generate_private_key(ec.SECP256R1()))) == "8002"


@pytest.mark.parametrize("operation", ["charge", "cancel", "inquiry"])
def test_an_expired_certificate_is_refused(
    tmp_path: Path, merchant: Merchant, operation: str
) -> None:
    old = shop_of(make_merchant(tmp_path, days=-1, now=NOW))
    tno = "20261121000001"
    path, body = {
        "charge": (CHARGE, old.charge()),
        "cancel": (CANCEL, old.full(tno)),
        "inquiry": (INQUIRY, old.inquiry(tno)),
    }[operation]
    assert serve(lambda c: c.code(path, body)) == "8002"


def test_a_certificate_of_tomorrow_is_refused(tmp_path: Path) -> None:
    early = shop_of(make_merchant(tmp_path, now=NOW + timedelta(days=2000)))
    assert code_for_cert(early, early.cert) == "8002"


def test_an_expiring_certificate_is_taken(tmp_path: Path) -> None:
    soon = shop_of(make_merchant(tmp_path, days=10, now=NOW))
    assert code_for_cert(soon, soon.cert) == "0000"


def test_the_first_certificate_of_a_site_stays(shop: Shop, other_shop: Shop) -> None:
    async def work(client: Client) -> None:
        await client.approved(shop.charge(ordr_idxx="A1"))
        assert await client.code(CHARGE, other_shop.charge(ordr_idxx="A2")) == "8002"
        elsewhere = other_shop.charge(ordr_idxx="A3", site_cd="A52Q7")
        assert await client.code(CHARGE, elsewhere) == "0000"
        assert await client.code(CHARGE, shop.charge(ordr_idxx="A4", site_cd="A52Q7")) == "8002"

    serve(work)


def test_a_refused_request_registers_nothing(shop: Shop, other_shop: Shop) -> None:
    async def work(client: Client) -> None:
        assert await client.code(CHARGE, other_shop.charge(amount="0")) == "8051"
        assert await client.code(CHARGE, shop.charge()) == "0000"

    serve(work)


def test_a_pinned_certificate_shuts_out_others(
    shop: Shop, other_shop: Shop, merchant: Merchant
) -> None:
    async def work(client: Client) -> None:
        assert await client.code(CHARGE, other_shop.charge()) == "8002"
        assert await client.code(CHARGE, shop.charge()) == "0000"

    serve(work, certificates={"T0000": merchant.certificate_path})


def test_something_else_cannot_be_pinned(tmp_path: Path) -> None:
    photo = tmp_path / "photo.pem"
    photo.write_bytes(b"\xff\xd8\xff\xe0 not a certificate")
    for pem in (photo, tmp_path / "nowhere.pem", "text"):
        with pytest.raises(PracticeTrouble):
            PracticeServer(PracticeOptions(certificates={"T0000": pem}))


def _next(letter: str) -> str:
    """Return the Base64 letter after one of a multiple of 16: the same bits, and a spare one."""
    return chr(ord(letter) + 1)


def wrong_signatures(shop: Shop, other: Shop, tno: str, third: str) -> dict[str, object]:
    right = shop.sign("T0000", tno, third)
    raw = base64.b64decode(right)
    message = f"T0000^{tno}^{third}".encode()
    old_hash = SHA1()  # noqa: S303 - to be refused
    pss = padding.PSS(padding.MGF1(SHA256()), padding.PSS.MAX_LENGTH)
    return {
        "another key": other.sign("T0000", tno, third),
        "another site": shop.sign("A52Q7", tno, third),
        "another tno": shop.sign("T0000", "20200101000001", third),
        "another third part": shop.sign("T0000", tno, "STSR"),
        "other order": shop.sign(tno, "T0000", third),
        "a line break at the end": shop.sign("T0000", tno, third + "\n"),
        "PSS": base64.b64encode(shop.key.sign(message, pss, SHA256())).decode(),
        "SHA-1": base64.b64encode(shop.key.sign(message, padding.PKCS1v15(), old_hash)).decode(),
        "URL-safe Base64": base64.urlsafe_b64encode(b"\xfb\xff" + raw[2:]).decode(),
        "Base64 in lines": base64.encodebytes(raw).decode(),
        "Base64 without padding": right.rstrip("="),
        "Base64 with spare bits set": right[:-3] + _next(right[-3]) + "==",
        "hexadecimal": raw.hex(),
        "one bit off": base64.b64encode(raw[:-1] + bytes([raw[-1] ^ 1])).decode(),
        "cut": base64.b64encode(raw[:-1]).decode(),
        "a number": 7,
    }


NAMES = [
    "another key", "another site", "another tno", "another third part", "other order",
    "a line break at the end", "PSS", "SHA-1", "URL-safe Base64", "Base64 in lines",
    "Base64 without padding", "Base64 with spare bits set", "hexadecimal", "one bit off", "cut",
    "a number",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("operation", ["STSC", "STPC", "PACA"])
def test_wrong_signatures_change_nothing(
    shop: Shop, other_shop: Shop, name: str, operation: str
) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge()))["tno"]
        wrong = wrong_signatures(shop, other_shop, tno, operation)[name]
        path, body = {
            "STSC": (CANCEL, shop.full(tno)),
            "STPC": (CANCEL, shop.partial(tno, 1000, 55000)),
            "PACA": (INQUIRY, shop.inquiry(tno)),
        }[operation]
        answer = await client.post(path, {**body, "kcp_sign_data": wrong})
        assert answer["res_cd"] == "8002"
        assert "stat_ca_cd" not in answer
        assert (await client.payments())[0]["balance"] == 55000
        assert await client.code(path, body) == "0000"

    serve(work)


@pytest.mark.parametrize("signature", [MISSING, ""])
def test_a_cancel_and_an_inquiry_are_signed(shop: Shop, signature: object) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge()))["tno"]
        assert await client.code(CANCEL, shop.full(tno, kcp_sign_data=signature)) == "5704"
        assert await client.code(INQUIRY, shop.inquiry(tno, kcp_sign_data=signature)) == "5704"

    serve(work)


@pytest.mark.parametrize(
    ("switch", "third", "code"),
    [
        ("pay_type", "PACA", "0000"),
        ("pay_type", "STSQ", "8002"),
        ("mod_type", "STSQ", "0000"),
        ("mod_type", "PACA", "8002"),
        ("either", "PACA", "0000"),
        ("either", "STSQ", "0000"),
    ],
)
def test_what_an_inquiry_signs_is_a_switch(shop: Shop, switch: str, third: str, code: str) -> None:
    async def work(client: Client) -> None:
        tno = (await client.approved(shop.charge()))["tno"]
        signed = shop.sign("T0000", tno, third)
        assert await client.code(INQUIRY, shop.inquiry(tno, kcp_sign_data=signed)) == code

    serve(work, switches={"inquiry_sign": switch})
