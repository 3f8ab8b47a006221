"""Certificates that may sign code and some that may not, files to sign, a clock that stamps."""

from __future__ import annotations

import datetime as dt
import http.server
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from signing import Identity

CODE, WEB = ExtendedKeyUsageOID.CODE_SIGNING, ExtendedKeyUsageOID.SERVER_AUTH
STAMP = ExtendedKeyUsageOID.TIME_STAMPING

COMPILER = "x86_64-w64-mingw32-gcc"


def lacking(*tools: str) -> pytest.MarkDecorator:
    """Skip a test where a tool is not installed, naming it."""
    absent = [tool for tool in tools if shutil.which(tool) is None]
    return pytest.mark.skipif(bool(absent), reason=f"not installed: {', '.join(absent)}")


@dataclass(frozen=True, slots=True)
class Signer:
    """A certificate and its key, as objects and as PEM files."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey
    certificate_file: Path
    key_file: Path

    def identity(self, **changes: object) -> Identity:
        """Return this signer as the builders know it."""
        given: dict[str, object] = {
            "certificate": self.certificate_file,
            "key": str(self.key_file),
            "roots": self.certificate_file,
            **changes,
        }
        return Identity(**given)  # type: ignore[arg-type] # the caller's names are checked by it


def signer(
    folder: Path,
    name: str,
    *,
    usage: x509.ObjectIdentifier | None = CODE,
    begins_days: int = -2,
    ends_days: int = 20,
    passphrase: bytes | None = None,
    issuer: Signer | None = None,
    is_ca: bool = False,
) -> Signer:
    """Make a signer; without `issuer` it signs itself."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=begins_days))
        .not_valid_after(now + dt.timedelta(days=ends_days))
    )
    if is_ca:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
    elif usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), usage == STAMP)
    certificate = builder.sign(key if issuer is None else issuer.key, hashes.SHA256())
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    lock: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase is not None:
        lock = serialization.BestAvailableEncryption(passphrase)
    form = serialization.PrivateFormat.PKCS8
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, form, lock))
    return Signer(certificate, key, *files)


def small_exe(folder: Path) -> Path:
    """Compile a Windows program that does nothing."""
    source, target = folder / "small.c", folder / "small.exe"
    source.write_text("int main(void) { return 0; }\n")
    subprocess.run([COMPILER, "-s", "-o", target, source], check=True, capture_output=True)
    return target


def small_msi(folder: Path) -> Path:
    """Pack a Windows Installer file with one file in it."""
    (folder / "readme.txt").write_text("nothing\n")
    source, target = folder / "small.wxs", folder / "small.msi"
    source.write_text(
        '<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi"><Product Name="small" Id="*"'
        ' UpgradeCode="2f1d9c1e-6a8a-4b5e-8d52-2a1f6d0f7a11" Language="1033" Version="1.0.0"'
        ' Manufacturer="tests"><Package Id="*" InstallerVersion="500" Compressed="yes"/>'
        '<Media Id="1" Cabinet="a.cab" EmbedCab="yes"/><Directory Id="TARGETDIR" Name="SourceDir">'
        '<Component Id="C" Guid="6a0f7d4e-95f5-4bd5-9a43-0b3a8c5c1f01"><File Id="F"'
        ' Source="readme.txt"/></Component></Directory><Feature Id="A" Level="1">'
        '<ComponentRef Id="C"/></Feature></Product></Wix>'
    )
    command = ["wixl", "-o", target.name, source.name]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return target


def token_with(owner: Signer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a key on a software token with PIN 1234 and return the token's library."""
    module = Path("/usr/lib/softhsm/libsofthsm2.so")
    (folder / "tokens").mkdir()
    settings = folder / "softhsm.conf"
    settings.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(settings))
    label = owner.key_file.stem
    pins = ["--pin", "1234"]
    for line in (
        ["--init-token", "--free", "--label", "sign", "--so-pin", "1234", *pins],
        ["--import", str(owner.key_file), "--token", "sign", "--label", label, "--id", "01", *pins],
    ):
        subprocess.run(["softhsm2-util", *line], check=True, capture_output=True)
    return module


@contextmanager
def stamping(folder: Path, clock: Signer) -> Iterator[str]:
    """Run an RFC 3161 server on loopback that stamps by `openssl ts`; return its address."""
    settings = folder / "stamp.cnf"
    settings.write_text(
        "[tsa]\ndefault_tsa = here\n[here]\nsigner_digest = sha256\ndefault_policy = 1.2.3.4\n"
        f"digests = sha256\ness_cert_id_alg = sha256\nserial = {folder / 'stamp.serial'}\n"
        f"signer_cert = {clock.certificate_file}\nsigner_key = {clock.key_file}\n"
    )

    class Stamp(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = folder / "stamp.tsq"
            query.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            command = [
                "openssl",
                "ts",
                "-reply",
                "-config",
                str(settings),
                "-queryfile",
                str(query),
            ]
            reply = subprocess.run(command, capture_output=True, check=True).stdout
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Stamp)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
