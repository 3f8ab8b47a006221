"""Settings and secrets of one terminal: first start, changes, and the set-up file.

The window is painted with a desk in hand that has done nothing yet, so what its work needs is
imported where the work is done.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from pos_app.config.paths import Places, prepare
from pos_app.domain.errors import PosError, ShopTrouble, UserMistake

if TYPE_CHECKING:
    from pos_app.config.issued import ApiKeys, Credentials, Issued
    from pos_app.config.model import OperatorSettings, PortOneSettings, Settings
    from pos_app.config.provision import ProvisionPlan
    from pos_app.config.store import Loaded, SettingsStore
    from pos_app.ledger.store import SqlLedger
    from pos_app.ui.app import CertificateCard, ChannelCard, CheckLine
    from pos_app.vault import CertificateInfo, Keychain, Vault

PRACTICE_PASSPHRASE = "practice keeps no secrets"  # noqa: S105 - it guards nothing and says so
"""Opens the practice terminal's vault: what lies there was made by the practice gateway."""


_STILL_READABLE = frozenset({"ledger.in_use", "ledger.read_only", "ledger.rolled_back"})
"""Troubles with which the books can be read all the same: for history, export, verify, doctor."""


def find_os_keychain() -> Keychain:
    """Return the operating system's keyring; `ShopTrouble` if none can be trusted."""
    from pos_app.vault import find_keychain

    return find_keychain()


class SetUpDesk:
    """Settings and secrets of one terminal; everything here may block for half a second.

    Args:
        places: where the terminal lies.
        passphrase: of the vault, if it is known already; kept for the life of the program, as the
            vault's key is.
        keychain: finds the keyring.
    """

    def __init__(
        self,
        places: Places,
        passphrase: str | None = None,
        keychain: Callable[[], Keychain] = find_os_keychain,
    ) -> None:
        """Touch nothing yet."""
        self.places = places
        self._passphrase = PRACTICE_PASSPHRASE if places.practice else passphrase
        self._keychain = keychain
        self._notice: ShopTrouble | None = None

    @functools.cached_property
    def store(self) -> SettingsStore:
        """Return what reads and writes the settings file."""
        from pos_app.config.store import SettingsStore

        return SettingsStore(self.places.root)

    def load(self) -> Loaded:
        """Return the settings with what is to be told about them.

        Raises:
            UserMistake: `settings.missing`: this terminal was never set up.
            ShopTrouble: they cannot be used.
        """
        from pos_app.config.store import Loaded

        loaded = self.store.load()
        if loaded is None:
            raise UserMistake("settings.missing", folder=str(self.places.root))
        notice, self._notice = loaded.notice or self._notice, None
        return Loaded(loaded.settings, notice)

    def settings(self) -> Settings | None:
        """Return the settings on disk, or None before the first start."""
        loaded = self.store.load()
        if loaded is None:
            return None
        # Damage is mended by the first reading; whoever opens the terminal must still be told.
        self._notice = loaded.notice or self._notice
        return loaded.settings

    def keyring_trouble(self) -> str:
        """Return why no keyring can be used, as an error code; empty if one can."""
        try:
            self._keychain()
        except PosError as error:
            return error.code
        return ""

    def use_passphrase(self, passphrase: str) -> None:
        """Open or make the vault with `passphrase` from now on."""
        self._passphrase = passphrase

    def lacks_passphrase(self) -> bool:
        """Tell whether the vault opens by a passphrase that nobody has told yet."""
        from pos_app.vault import needs_passphrase

        return self._passphrase is None and needs_passphrase(self.places.vault)

    def keyring_name(self) -> str:
        """Return what keeps the vault's key: the keyring's name, empty for a passphrase."""
        from pos_app.vault import Vault, needs_keychain

        folder = self.places.vault
        by_keyring = needs_keychain(folder) if Vault.exists(folder) else self._passphrase is None
        return self._keychain().name if by_keyring else ""

    def read_certificate(self, certificate: bytes) -> CertificateCard:
        """Read a certificate file alone; `UserMistake` if it is none."""
        from pos_app.vault import read_certificate

        return certificate_card(read_certificate(certificate))

    def check_credentials(self, credentials: Credentials) -> CertificateCard:
        """Try password, key and certificate together; `UserMistake` says what does not fit."""
        from pos_app.vault import read_credentials

        read = read_credentials(
            credentials.certificate, credentials.private_key, credentials.password
        )
        return certificate_card(read.info)

    def current_certificate(self) -> CertificateCard | None:
        """Return the certificate in the vault, None while there is none."""
        from pos_app.vault import Vault

        if not Vault.exists(self.places.vault):
            return None
        with self.open_vault() as vault:
            return (
                certificate_card(vault.kcp_signer().info) if vault.has_kcp_credentials() else None
            )

    def has_api_keys(self) -> bool:
        """Tell whether PortOne's key pair is in the vault."""
        from pos_app.vault import Vault

        if not Vault.exists(self.places.vault):
            return False
        with self.open_vault() as vault:
            return vault.has_portone_keys()

    def list_channels(
        self, portone: PortOneSettings, keys: ApiKeys | None
    ) -> tuple[ChannelCard, ...]:
        """Ask PortOne for the shop's channels, with the vault's key pair where none is given.

        Not on the event loop's thread.

        Raises:
            UserMistake: the key pair is missing or has no such form, or PortOne refused it.
            ShopTrouble: PortOne cannot be reached, or the vault is in the way.
        """
        from pos_app.bootstrap.channels import list_channels

        settings = self.settings()
        os_roots = settings is not None and settings.security.os_roots
        if keys is not None:
            return list_channels(portone, keys, use_os_roots=os_roots)
        with self.open_vault() as vault:
            kept = vault.portone_keys()
            return list_channels(portone, kept, use_os_roots=os_roots)

    def save(self, settings: Settings, issued: Issued, passphrase: str | None) -> None:
        """Write settings, and what is issued into the vault; takes effect at the next `open`.

        Raises:
            UserMistake: a value or a file that cannot be used; nothing was written.
            ShopTrouble: the disk or the keyring is in the way.
        """
        from pos_app.config.rules import check_settings

        check_settings(settings)
        self._check_issued(issued)
        prepare(self.places)
        with self.open_vault(passphrase, create=True) as vault:
            if settings.portone is not None and issued.portone is None:
                _demand_api_keys(vault)
            _keep(vault, issued)
        self.store.save(settings)

    def _check_issued(self, issued: Issued) -> None:
        """Return if the vault can take all of it.

        Raises:
            UserMistake: a file or a key that cannot be used.
        """
        from pos_app.config.rules import check_api_secret

        if issued.kcp is not None:
            self.check_credentials(issued.kcp)
        if issued.portone is not None:
            check_api_secret("imp_key", issued.portone.imp_key)
            check_api_secret("imp_secret", issued.portone.imp_secret)

    def provision(self, plan: ProvisionPlan) -> bool:
        """Do what a set-up file asks for; return False if all of it was so already.

        The ledger is opened meanwhile: it is made by this, and a running window keeps it locked.

        Raises:
            UserMistake: a file that cannot be used, or the vault's passphrase is missing.
            ShopTrouble: the terminal runs, or the disk or the keyring is in the way.
        """
        self._check_issued(plan.issued)
        prepare(self.places)
        with self.open_vault(create=True) as vault, self._ledger(plan.settings, vault):
            changed = _keep(vault, plan.issued)
            settings = _with_pins(plan, vault)
            return self.store.save(settings) or changed

    def open_vault(self, passphrase: str | None = None, *, create: bool = False) -> Vault:
        """Open the vault, or make it where there is none and `create` says so.

        Raises:
            UserMistake: `vault.passphrase_needed`, `vault.passphrase_wrong`.
            ShopTrouble: as the vault says.
        """
        from pos_app import vault as vaults

        word, folder = passphrase or self._passphrase, self.places.vault
        if create and not vaults.Vault.exists(folder):
            keychain = None if word is not None else self._keychain()
            vault = vaults.create_vault(folder, keychain=keychain, passphrase=word)
        else:
            # A keyring that cannot be used must not hide what is wrong with the vault itself.
            keychain = self._keychain() if vaults.needs_keychain(folder) else None
            vault = vaults.open_vault(folder, keychain=keychain, passphrase=word)
        self._passphrase = word
        return vault

    def open_ledger(
        self, settings: Settings, vault: Vault, *, read_only: bool = False, accept: bool = False
    ) -> SqlLedger:
        """Open the books with the vault's key; `ShopTrouble` `ledger.*` says what is amiss.

        With `accept` also books that were once seen to reach further.
        """
        from pos_app.bootstrap.anchoring import known_heads
        from pos_app.ledger.store import open_ledger
        from pos_app.services.machine import SystemClock

        return open_ledger(
            settings.ledger.url,
            self.places.ledger,
            key=vault.ledger_key(),
            install_id=vault.install_id,
            clock=SystemClock(),
            read_only=read_only,
            anchors=() if accept else known_heads(vault),
            accept=accept,
        )

    def open_ledger_to_read(self, settings: Settings, vault: Vault) -> SqlLedger:
        """Open the books for reading, also beside a running window or on a read-only disk.

        Where nothing speaks against it they are opened as for writing, because only that mends
        what a crash left.
        """
        try:
            return self.open_ledger(settings, vault)
        except ShopTrouble as trouble:
            if trouble.code not in _STILL_READABLE:
                raise
        return self.open_ledger(settings, vault, read_only=True)

    @contextlib.contextmanager
    def _ledger(self, settings: Settings, vault: Vault) -> Iterator[None]:
        ledger = self.open_ledger(settings, vault)
        try:
            yield
        finally:
            ledger.close()

    def check_up(self) -> tuple[CheckLine, ...]:
        """Run the doctor's checks; not on the event loop's thread."""
        import asyncio

        from pos_app.bootstrap.check_up import CheckUp, finding_words
        from pos_app.ui.app import CheckLine

        findings = asyncio.run(CheckUp(self).run())
        return tuple(CheckLine(f"doctor.{f.subject}", f.level, finding_words(f)) for f in findings)


def certificate_card(info: CertificateInfo) -> CertificateCard:
    """Return a certificate as people see it."""
    from pos_app.services.machine import SystemClock
    from pos_app.ui.app import CertificateCard
    from pos_app.vault import certificate_status

    status = certificate_status(info, SystemClock().now())
    return CertificateCard(
        owner=info.organisation or info.owner_cn,
        issuer=info.issuer,
        not_before=info.not_before,
        not_after=info.not_after,
        status=status.kind,
        days_left=status.days_left,
    )


def _keep(vault: Vault, issued: Issued) -> bool:
    """Put what is issued into the vault; False if all of it is there already."""
    changed = issued.kcp is not None and _keep_credentials(vault, issued.kcp)
    return (issued.portone is not None and _keep_api_keys(vault, issued.portone)) or changed


def _keep_api_keys(vault: Vault, keys: ApiKeys) -> bool:
    """Put PortOne's key pair into the vault; False if it is there already."""
    from pos_app.vault import PortOneKeys

    given = PortOneKeys(keys.imp_key.strip(), keys.imp_secret.strip())
    try:
        if vault.has_portone_keys() and vault.portone_keys().is_same(given):
            return False
        vault.put_portone_keys(given)
    finally:
        given.wipe()
    return True


def _demand_api_keys(vault: Vault) -> None:
    """Return if PortOne's key pair is there.

    Raises:
        UserMistake: `settings.imp_key_empty`.
    """
    if not vault.has_portone_keys():
        raise UserMistake("settings.imp_key_empty")


def _keep_credentials(vault: Vault, credentials: Credentials) -> bool:
    """Put certificate and key into the vault; False if they are there already."""
    from pos_app.vault import read_credentials

    read = read_credentials(credentials.certificate, credentials.private_key, credentials.password)
    if vault.has_kcp_credentials():
        kept = vault.kcp_signer().info.fingerprint
        if kept == read.info.fingerprint:
            return False
    vault.put_kcp_credentials(read)
    return True


def _with_pins(plan: ProvisionPlan, vault: Vault) -> Settings:
    """Return the settings with the PINs hashed; a PIN that fits the hash it has keeps it."""
    import msgspec

    hasher, pins = vault.pins(), {pin.name: pin.pin for pin in plan.pins}

    def hashed(operator: OperatorSettings) -> OperatorSettings:
        pin = pins.get(operator.name)
        if pin is None or (operator.pin_hash and hasher.verify(pin, operator.pin_hash)):
            return operator
        return msgspec.structs.replace(operator, pin_hash=hasher.hash(pin))

    operators = tuple(map(hashed, plan.settings.operators))
    return msgspec.structs.replace(plan.settings, operators=operators)
