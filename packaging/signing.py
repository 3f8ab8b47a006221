"""Authenticode: signs .exe and .msi with osslsigncode, and checks what was signed.

Who signs is said in the environment:

    POS_APP_SIGN_CERTIFICATE       PEM: the certificate, then those between it and its root
    POS_APP_SIGN_KEY               PEM file of its private key, or a pkcs11: URI
    POS_APP_SIGN_PASSPHRASE_FILE   file that holds the passphrase of the key, or the token's PIN
    POS_APP_SIGN_ROOTS             PEM: the roots, if the first file does not end with one
    POS_APP_SIGN_TIMESTAMP_URL     RFC 3161 server; without its stamp a signature dies with the
                                   certificate, so a release needs one
    POS_APP_SIGN_TIMESTAMP_ROOTS   PEM: the roots of that server; left out: the system's
    POS_APP_SIGN_PKCS11_MODULE     the token's library, with a pkcs11: key

Without any of them a certificate for tests is made that lives for a month and that no PC trusts.
No secret stands among the arguments of a program, where every user of the machine could read it.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

TOOL = "osslsigncode"
PREFIX = "POS_APP_SIGN_"
TEST_DAYS = 30

_TIMEOUT_S = 300
"""A timestamp server that does not answer must not hold a build for ever."""


class Refused(Exception):
    """Nothing was signed, or a signature is not good; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signs.

    Attributes:
        certificate: PEM file, the signer's own certificate first.
        key: PEM file of the private key, or a `pkcs11:` URI.
        roots: PEM file that the chain must end in.
        passphrase_file: holds the passphrase of the key or the PIN; None for an open key.
        timestamp_url: RFC 3161 server; None signs without a stamp.
        timestamp_roots: PEM file of that server's roots; None takes the system's.
        pkcs11_module: library of the token that holds the key.
        is_test: nobody trusts it.
    """

    certificate: Path
    key: str
    roots: Path
    passphrase_file: Path | None = None
    timestamp_url: str | None = None
    timestamp_roots: Path | None = None
    pkcs11_module: Path | None = None
    is_test: bool = False


def identity_from(environment: Mapping[str, str], folder: Path) -> Identity:
    """Return who signs, as the environment says it, or a certificate for tests made in a folder.

    Raises:
        Refused: only a part of what is needed was given.
    """
    given = {
        name.removeprefix(PREFIX): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and value
    }
    if not given:
        return throw_away_identity(folder)
    lacking = [name for name in ("CERTIFICATE", "KEY", "TIMESTAMP_URL") if name not in given]
    on_token = given.get("KEY", "").startswith("pkcs11:")
    if on_token and "PKCS11_MODULE" not in given:
        lacking.append("PKCS11_MODULE")
    if lacking:
        names = ", ".join(f"{PREFIX}{name}" for name in lacking)
        raise Refused(f"to sign, set {names} as well (packaging/signing.py says what they are)")

    def path(name: str) -> Path | None:
        return Path(given[name]) if name in given else None

    certificate = Path(given["CERTIFICATE"])
    return Identity(
        certificate=certificate,
        key=given["KEY"],
        roots=path("ROOTS") or certificate,
        passphrase_file=path("PASSPHRASE_FILE"),
        timestamp_url=given["TIMESTAMP_URL"],
        timestamp_roots=path("TIMESTAMP_ROOTS"),
        pkcs11_module=path("PKCS11_MODULE"),
    )


def throw_away_identity(folder: Path) -> Identity:
    """Make a throw-away certificate and its key in a folder and return them as an identity."""
    folder.mkdir(parents=True, exist_ok=True)
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    words = "pos-app test certificate, not for shops"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=TEST_DAYS))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "test-certificate.pem", folder / "test-key.pem"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.unlink(missing_ok=True)
    private.touch(mode=0o600)
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return Identity(certificate=public, key=str(private), roots=public, is_test=True)


def sign_all(files: Sequence[Path], folder: Path) -> Identity | None:
    """Sign these files as the environment says and say so; the step of a builder.

    Args:
        files: .exe and .msi files, replaced by their signed selves.
        folder: where a certificate for tests may be made.

    Returns:
        Who signed; None where nobody was named and osslsigncode is not installed.

    Raises:
        Refused: a signer was named, and something is wrong. Files before it are signed.
    """
    named = any(name.startswith(PREFIX) and value for name, value in os.environ.items())
    if not named and shutil.which(TOOL) is None:
        print(f"NOT SIGNED: {TOOL} is not installed and no certificate was named. Not for shops.")
        return None
    identity = identity_from(os.environ, folder)
    check_identity(identity)
    for file in files:
        sign(file, identity)
    who = "TEST CERTIFICATE: NOT FOR SHOPS" if identity.is_test else _subject(identity)
    print(f"Signed by {who}: {', '.join(file.name for file in files)}", flush=True)
    return identity


def sign(file: Path, identity: Identity) -> None:
    """Put a signature into a file; on any trouble the file stays as it was.

    The signed copy is made beside it, checked, and only then takes its place. A signature that was
    there before is replaced.

    Raises:
        Refused: the identity is not good, the file cannot be signed, or its signature is not good.
    """
    check_identity(identity)
    if not file.is_file():
        raise Refused(f"{file}: there is no such file to sign")
    copy = file.with_name(f".{file.name}.signing")
    copy.unlink(missing_ok=True)
    try:
        _run(_sign_command(file, copy, identity), f"{file.name} could not be signed")
        _verify(copy, identity.roots, _certificates(identity.certificate)[0], identity)
        shutil.copymode(file, copy)
        copy.replace(file)
    finally:
        copy.unlink(missing_ok=True)


def verify(file: Path, roots: Path) -> None:
    """Check that a file carries a good signature whose chain ends in one of these roots.

    Raises:
        Refused: it has none, it was changed afterwards, or somebody else signed.
    """
    _verify(file, roots, None, None)


def check_identity(identity: Identity) -> None:
    """Check that a signer can sign for shops to trust: before anything is touched.

    Raises:
        Refused: a file is missing or unreadable, the certificate is not valid today or not for
            signing code, the key is locked or another's.
    """
    leaf = _certificates(identity.certificate)[0]
    _certificates(identity.roots)
    name = identity.certificate
    now = dt.datetime.now(dt.UTC)
    if now >= leaf.not_valid_after_utc:
        raise Refused(f"{name}: the certificate ended on {leaf.not_valid_after_utc:%Y-%m-%d}")
    if now < leaf.not_valid_before_utc:
        begins = f"{leaf.not_valid_before_utc:%Y-%m-%d}"
        raise Refused(f"{name}: the certificate begins on {begins}; is this machine's date right?")
    try:
        usage = list(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        usage = []
    if ExtendedKeyUsageOID.CODE_SIGNING not in usage:
        raise Refused(f"{name}: the certificate is not for code signing; Windows would refuse it")
    if identity.passphrase_file is not None and not identity.passphrase_file.is_file():
        raise Refused(f"{identity.passphrase_file}: there is no such file with the passphrase")
    if not identity.key.startswith("pkcs11:"):
        _check_key(identity, leaf.public_key())


def _check_key(identity: Identity, public: CertificatePublicKeyTypes) -> None:
    """Check that the private key opens and is the certificate's.

    Raises:
        Refused: it does not, or is not.
    """
    file = Path(identity.key)
    passphrase = None
    if identity.passphrase_file is not None:
        passphrase = identity.passphrase_file.read_bytes().rstrip(b"\r\n")
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), passphrase)
    except OSError as error:
        raise Refused(f"{file}: the private key cannot be read ({error.strerror})") from error
    except TypeError as error:
        wanted = "no passphrase" if passphrase else f"one, in {PREFIX}PASSPHRASE_FILE"
        raise Refused(f"{file}: the private key wants {wanted}") from error
    except ValueError as error:
        reason = "the passphrase is wrong, or it is no private key in PEM form"
        raise Refused(f"{file}: {reason}") from error
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    if key.public_key().public_bytes(*form) != public.public_bytes(*form):
        raise Refused(f"{file} is not the key of {identity.certificate}")


def _certificates(file: Path) -> list[x509.Certificate]:
    """Return the certificates of a PEM file.

    Raises:
        Refused: there is no such file, or none in it.
    """
    try:
        return x509.load_pem_x509_certificates(file.read_bytes())
    except OSError as error:
        raise Refused(f"{file}: the certificate cannot be read ({error.strerror})") from error
    except ValueError as error:
        how = "convert it: openssl x509 -inform der -in FILE -out FILE.pem"
        raise Refused(f"{file}: no certificate in PEM form; if it is DER, {how}") from error


def _subject(identity: Identity) -> str:
    return _certificates(identity.certificate)[0].subject.rfc4514_string()


def _sign_command(file: Path, copy: Path, identity: Identity) -> list[str]:
    """Return the call that signs; secrets stand in files it names."""
    command = [TOOL, "sign", "-certs", str(identity.certificate), "-key", identity.key]
    if identity.pkcs11_module is not None:
        command += ["-pkcs11module", str(identity.pkcs11_module)]
    if identity.passphrase_file is not None:
        command += ["-readpass", str(identity.passphrase_file)]
    if identity.timestamp_url is not None:
        command += ["-ts", identity.timestamp_url]
    return [*command, "-h", "sha256", "-n", "pos-app", "-in", str(file), "-out", str(copy)]


def _verify(
    file: Path, roots: Path, leaf: x509.Certificate | None, identity: Identity | None
) -> None:
    """Check a signature.

    Args:
        file: what was signed.
        roots: the chain must end there.
        leaf: this very certificate must have signed; None for any.
        identity: whose timestamp must be there and good; None to take one if it is there.

    Raises:
        Refused: it is not good.
    """
    command = [TOOL, "verify", "-CAfile", str(roots)]
    command += _without_lists()
    if leaf is not None:
        command += ["-require-leaf-hash", f"sha256:{leaf.fingerprint(hashes.SHA256()).hex()}"]
    stamped = identity is not None and identity.timestamp_url is not None
    if not stamped:
        command += ["-ignore-timestamp"]
    elif identity is not None and identity.timestamp_roots is not None:
        command += ["-TSA-CAfile", str(identity.timestamp_roots)]
    said = _run([*command, "-in", str(file)], f"the signature of {file.name} is not good")
    # It calls a signature good whose timestamp is not, as Windows does until the certificate ends.
    if stamped and "Timestamp Server Signature verification: ok" not in said:
        how = f"if its server has roots of its own, name them in {PREFIX}TIMESTAMP_ROOTS"
        raise Refused(f"the timestamp of {file.name} is missing or not good; {how}")


def _without_lists() -> list[str]:
    """Return how this osslsigncode is told not to fetch lists of revoked certificates.

    Debian 12 has 2.5, which never does and knows no such option; its name has changed since.
    """
    if shutil.which(TOOL) is None:
        return []  # what comes next says that it is not installed
    # (the status of its help differs from version to version)
    done = subprocess.run(
        [TOOL, "verify", "-help"], capture_output=True, timeout=_TIMEOUT_S, check=False
    )
    words = (done.stdout + done.stderr).decode("utf-8", "replace")
    return next(([name] for name in ("-ignore-crl", "-ignore-cdp") if name in words), [])


def _run(command: Sequence[str], trouble: str) -> str:
    """Run osslsigncode and return what it says.

    Raises:
        Refused: it is not there, takes too long, or fails.
    """
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_TIMEOUT_S,
            check=False,
        )
    except FileNotFoundError as error:
        raise Refused(f"{TOOL} is not installed: apt-get install {TOOL}") from error
    except subprocess.TimeoutExpired as error:
        raise Refused(f"{trouble}: no end after {_TIMEOUT_S} seconds") from error
    if done.returncode != 0:
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        wanted = [line for line in lines if ":error:" not in line and line != "Failed"]
        raise Refused(f"{trouble}:\n  " + "\n  ".join(wanted[-12:]))
    return done.stdout
