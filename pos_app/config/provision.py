"""The set-up file of `pos-app provision`: read strictly into settings, files and secrets.

Nothing is stored here. What the file does not name keeps the value it has, so that the file can be
run again on a terminal that a person has changed since; what it names wins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar, get_args, get_origin

import msgspec

from pos_app.config.files import read_at_most
from pos_app.config.issued import ApiKeys, Credentials, Issued
from pos_app.config.model import (
    GATEWAYS,
    ROLES,
    Gateways,
    IdentitySettings,
    KcpSettings,
    LedgerSettings,
    LookSettings,
    OperatorSettings,
    Part,
    PortOneSettings,
    PrinterSettings,
    SaleSettings,
    Settings,
    Shop,
)
from pos_app.config.rules import (
    check_api_secret,
    check_pin,
    complaints,
    normal_business_number,
)
from pos_app.config.toml_reader import Table, read_toml
from pos_app.domain.errors import UserMistake

CREDENTIAL_BYTES_MAX = 65_536
"""A certificate or key has some kilobytes; the vault judges what is in it."""

_P = TypeVar("_P", bound=Part)
_G = TypeVar("_G", KcpSettings, PortOneSettings)

Ask = Callable[[str, str], str | None]
"""Asks a person for the secret `key` of `section`; None where nobody can be asked."""


@dataclass(frozen=True, slots=True)
class OperatorPin:
    """A PIN to be hashed by the vault."""

    name: str
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ProvisionPlan:
    """What the file asks for.

    Attributes:
        settings: complete; operators named in `pins` still carry the hash they had, or none.
        issued: for the vault.
        pins: what the file gives as PINs.
        plain_secrets: the file itself holds secrets in the clear and should not lie about.
    """

    settings: Settings
    issued: Issued
    pins: tuple[OperatorPin, ...]
    plain_secrets: bool


@dataclass(slots=True)
class _Secrets:
    """Where secrets come from: the file, a variable it names, or a person."""

    environment: Mapping[str, str]
    ask: Ask
    plain: bool = False

    def find(self, table: Table, key: str, *, optional: bool = False) -> str | None:
        """Return the secret `key` of `table`; None only if it is optional and not given.

        Raises:
            UserMistake: given twice, an empty variable, or nobody there to be asked.
        """
        variable_key = f"{key}_env"
        in_file, in_variable = table.has(key), table.has(variable_key)
        if in_file and in_variable:
            raise table.mistake("secret_twice", variable_key, secret=key)
        if in_file:
            self.plain = True
            return table.string(key)
        if in_variable:
            variable = table.string(variable_key)
            value = self.environment.get(variable, "")
            if not value:
                raise table.mistake("variable_empty", variable_key, variable=variable[:80])
            return value
        if optional:
            return None
        asked = self.ask(table.section, key)
        if asked is None:
            raise table.mistake("secret_missing", key)
        return asked


def read_provision(
    path: Path, current: Settings | None, *, environment: Mapping[str, str], ask: Ask
) -> ProvisionPlan:
    """Read a set-up file.

    Args:
        path: the file; paths in it are relative to its folder.
        current: the settings so far, None for a new terminal.
        environment: where `*_env` keys are looked up.
        ask: asks a person for a secret that the file does not give.

    Raises:
        UserMistake: `provision.*` for the file itself, `settings.*` for a value. Its params tell
            `file`, `section`, `key` and `line` wherever it is about one place.
    """
    before = current or Settings()
    top = read_toml(path)
    secrets = _Secrets(environment, ask)
    shop = _shop(top, before.shop)
    ledger = _part(top.table("ledger"), before.ledger, LedgerSettings)
    gateways, issued = _gateways(top, before.gateways, secrets)
    operators, pins = _operators(top, before.operators, secrets)
    settings = msgspec.structs.replace(
        before,
        shop=shop,
        ledger=ledger,
        gateways=gateways,
        operators=operators,
        printers=_printers(top, before.printers),
        sale=_part(top.table("sale"), before.sale, SaleSettings),
        identity=_part(top.table("identity"), before.identity, IdentitySettings),
        look=_part(top.table("look"), before.look, LookSettings),
    )
    top.end()
    _judge(settings, top)
    return ProvisionPlan(settings, issued, pins, secrets.plain)


def _shop(top: Table, before: Shop) -> Shop:
    table = top.table("shop")
    if table is None:
        raise top.mistake("missing_section", missing="[shop]")
    shop = Shop(
        name=table.string("name"),
        owner=table.string("owner"),
        business_number=normal_business_number(table.string("business_number")),
        address=table.string("address"),
        phone=table.string("phone"),
        counter=table.string("counter", before.counter),
    )
    table.end()
    return shop


def _gateways(top: Table, before: Gateways, secrets: _Secrets) -> tuple[Gateways, Issued]:
    table = top.table("gateways")
    if table is None:
        if not before.names:
            raise top.mistake("missing_section", missing="[gateways.kcp], [gateways.portone]")
        return before, Issued()
    kcp_table, portone_table = table.table("kcp"), table.table("portone")
    kcp, files = before.kcp, None
    if kcp_table is not None:
        kcp, files = _kcp(kcp_table, before.kcp, secrets)
    portone, keys = before.portone, None
    if portone_table is not None:
        portone, keys = _portone(portone_table, before.portone, secrets)
    there = Gateways(first=before.first, kcp=kcp, portone=portone).names
    # `names` has the former first one in front where it is still there.
    first = table.choice("first", GATEWAYS, there[0] if there else before.first)
    table.end()
    if not there:
        raise table.mistake("missing_section", missing="[gateways.kcp], [gateways.portone]")
    return Gateways(first=first, kcp=kcp, portone=portone), Issued(files, keys)


def _kcp(
    table: Table, before: KcpSettings | None, secrets: _Secrets
) -> tuple[KcpSettings, Credentials]:
    for needed in ("environment", "site_code"):
        table.string(needed)
    files = Credentials(
        certificate=_file(table, "certificate"),
        private_key=_file(table, "private_key"),
        password=secrets.find(table, "private_key_password") or "",
    )
    base = _without_address(table, before or KcpSettings())
    return _part(table, base, KcpSettings), files


def _portone(
    table: Table, before: PortOneSettings | None, secrets: _Secrets
) -> tuple[PortOneSettings, ApiKeys]:
    for needed in ("environment", "pg"):
        table.string(needed)
    found = {name: secrets.find(table, name) or "" for name in ("imp_key", "imp_secret")}
    for name, secret in found.items():
        try:
            check_api_secret(name, secret)
        except UserMistake as mistake:
            raise _placed(table, name, mistake) from mistake
    base = _without_address(table, before or PortOneSettings())
    keys = ApiKeys(found["imp_key"].strip(), found["imp_secret"].strip())
    return _part(table, base, PortOneSettings), keys


def _without_address(table: Table, base: _G) -> _G:
    """Return what was set before, without a practice gateway's address where none is wanted."""
    if table.values.get("environment") == "loopback":
        return base
    return msgspec.structs.replace(base, loopback_url="")


def _operators(
    top: Table, before: tuple[OperatorSettings, ...], secrets: _Secrets
) -> tuple[tuple[OperatorSettings, ...], tuple[OperatorPin, ...]]:
    tables = top.tables("operators")
    if tables is None:
        return before, ()
    known = {operator.name: operator.pin_hash for operator in before}
    operators, pins = [], []
    for table in tables:
        name = table.string("name")
        role = table.choice("role", ROLES)
        pin_hash = known.get(name, "")
        pin = secrets.find(table, "pin", optional=bool(pin_hash))
        table.end()
        operators.append(OperatorSettings(name=name, role=role, pin_hash=pin_hash))
        if pin is None:
            continue
        try:
            check_pin(pin)
        except UserMistake as mistake:
            raise _placed(table, "pin", mistake) from mistake
        pins.append(OperatorPin(name, pin))
    return tuple(operators), tuple(pins)


def _printers(top: Table, before: tuple[PrinterSettings, ...]) -> tuple[PrinterSettings, ...]:
    tables = top.tables("printers")
    if tables is None:
        return before
    return tuple(_part(table, None, PrinterSettings) for table in tables)


def _part(table: Table | None, before: _P | None, kind: type[_P]) -> _P:
    """Return a part of the settings: what the table gives, the rest as it was before."""
    if table is None:
        return before or kind()
    given: dict[str, object] = {}
    for field_info in msgspec.structs.fields(kind):
        name = field_info.name
        default = field_info.default if before is None else getattr(before, name)
        given[name] = _value(table, name, field_info.type, default)
    table.end()
    return kind(**given)


def _value(table: Table, name: str, wanted: object, default: object) -> object:
    """Return one value of the type a setting has; without a default it must be there."""
    if get_origin(wanted) is Literal:
        return table.choice(name, get_args(wanted), _text_or_none(default))
    if wanted is str:
        return table.string(name, _text_or_none(default))
    if not table.has(name):
        return default
    return table.flag(name) if wanted is bool else table.whole(name)


def _text_or_none(default: object) -> str | None:
    return default if isinstance(default, str) else None


def _file(table: Table, key: str) -> bytes:
    """Return the bytes of the file that `key` names."""
    named = table.string(key)
    path = table.source.path.parent / named
    try:
        data = read_at_most(path, CREDENTIAL_BYTES_MAX)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise table.mistake("file_not_readable", key, path=str(path)) from error
    if data is None:
        raise table.mistake("file_not_found", key, path=str(path))
    return data


def _placed(table: Table, key: str, mistake: UserMistake) -> UserMistake:
    """Return `mistake` with the place in the file added to what it tells."""
    place = table.mistake("value", key).params
    return UserMistake(mistake.code, **{**place, **mistake.params})


def _judge(settings: Settings, top: Table) -> None:
    """Raise the first complaint about a value, with its place in the file."""
    for complaint in complaints(settings):
        *path, key = complaint.field.split(".")
        # "operators.2.name" stands in "operators 2"; "gateways.kcp.site_code" in "gateways.kcp".
        section = " ".join(path) if path[-1].isdigit() else ".".join(path)
        raise _placed(Table(top.source, section, {}), key, complaint.mistake)
