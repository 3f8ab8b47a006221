"""What the doctor asks the parts of one terminal."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pos_app.bootstrap import shipped
from pos_app.bootstrap.channels import KEY_IN, channels_of
from pos_app.bootstrap.gateways import make_kcp, make_portone, make_transport
from pos_app.bootstrap.set_up import SetUpDesk, certificate_card
from pos_app.config.store import Loaded
from pos_app.domain.errors import UserMistake
from pos_app.services import doctor
from pos_app.ui.text import error_text, text
from pos_app.ui.words import gateway_words

if TYPE_CHECKING:
    from pos_app.gateways.exchange import Reach
    from pos_app.vault import Vault


class CheckUp:
    """The doctor's questions to the parts of one terminal; opens the books for reading only."""

    def __init__(self, desk: SetUpDesk) -> None:
        """Ask nothing yet."""
        self._desk = desk
        self._loaded: Loaded | None = None
        self._vault: Vault | None = None

    async def run(self) -> tuple[doctor.Finding, ...]:
        """Ask every part that can be asked and return what was found."""
        first = await doctor.examine([("settings", self._settings), ("keyring", self._keyring)])
        try:
            rest: list[tuple[str, doctor.Probe]] = []
            if self._loaded is not None and self._vault is not None:
                if self._loaded.settings.kcp is not None:
                    rest += [("certificate", self._certificate)]
                rest += [("ledger", self._ledger), ("gateway", self._gateways)]
            rest += [("printer", self._printers), ("disk", self._disk)]
            rest += [("program", _program)]
            return first + await doctor.examine(rest)
        finally:
            if self._vault is not None:
                self._vault.close()

    async def _settings(self) -> Sequence[doctor.Finding]:
        self._loaded = self._desk.load()
        if self._loaded.notice is not None:
            return [doctor.Finding("settings", doctor.Level.WARNING, "restored")]
        return [doctor.Finding("settings", doctor.Level.OK, "good")]

    async def _keyring(self) -> Sequence[doctor.Finding]:
        name = self._desk.keyring_name()
        self._vault = await asyncio.to_thread(self._desk.open_vault)
        code = "passphrase" if self._vault.mode == "passphrase" else "backend"
        return [doctor.Finding("keyring", doctor.Level.OK, code, {"name": name})]

    async def _certificate(self) -> Sequence[doctor.Finding]:
        assert self._vault is not None
        card = certificate_card(self._vault.kcp_signer().info)
        until = f"{card.not_after:%Y-%m-%d}"
        return [doctor.judge_certificate(card.status, card.days_left, until)]

    async def _ledger(self) -> Sequence[doctor.Finding]:
        assert self._loaded is not None
        assert self._vault is not None
        ledger = await asyncio.to_thread(
            self._desk.open_ledger_to_read, self._loaded.settings, self._vault
        )
        try:
            about: dict[str, object] = dict(await asyncio.to_thread(ledger.describe))
            report = await ledger.verify()
            spool = await asyncio.to_thread(ledger.spool.look)
        finally:
            await ledger.aclose()
        about["entries"] = report.entries
        beside = doctor.judge_spool(spool.waiting, spool.damaged + spool.aside)
        books = doctor.Finding("ledger", doctor.Level.OK, "good", about)
        if report.ok:
            return [books, doctor.Finding("chain", doctor.Level.OK, "whole", about), beside]
        params = {"why": report.why, "seq": report.first_bad_seq or 0}
        return [books, doctor.Finding("chain", doctor.Level.FAILED, "broken", params), beside]

    async def _gateways(self) -> Sequence[doctor.Finding]:
        """Ask each gateway by itself: one that cannot be asked hides nothing about the other."""
        assert self._loaded is not None
        if self._desk.places.practice:
            return [doctor.Finding("gateway", doctor.Level.OK, "practice")]
        gateways = self._loaded.settings.gateways
        if not gateways.names:
            raise UserMistake("settings.gateway_missing")
        probes = {"kcp": self._kcp, "portone": self._portone}
        return await doctor.examine([("gateway", probes[name]) for name in gateways.names])

    async def _kcp(self) -> Sequence[doctor.Finding]:
        assert self._loaded is not None
        assert self._vault is not None
        settings = self._loaded.settings
        transport = await asyncio.to_thread(make_transport, settings)
        gateway = await asyncio.to_thread(make_kcp, settings, self._vault, transport)
        reach = await gateway.check()
        await gateway.aclose()
        return _reached("kcp", reach)

    async def _portone(self) -> Sequence[doctor.Finding]:
        """Is it there, does the key work, and is our channel one for typed cards, for money?"""
        assert self._loaded is not None
        assert self._vault is not None
        settings = self._loaded.settings
        assert settings.portone is not None
        transport = await asyncio.to_thread(make_transport, settings)
        keys = await asyncio.to_thread(self._vault.portone_keys)
        gateway = await asyncio.to_thread(make_portone, settings.portone, keys, transport)
        try:
            found = _reached("portone", await gateway.check())
            if found[0].level is doctor.Level.FAILED:
                return found
            channels = await channels_of(gateway)
        finally:
            await gateway.aclose()
        seen = [
            doctor.SeenChannel(c.pg, typed=c.kind == KEY_IN, sandbox=c.sandbox) for c in channels
        ]
        return [
            *found,
            doctor.judge_channel(settings.portone.pg, settings.portone.environment, seen),
        ]

    async def _printers(self) -> Sequence[doctor.Finding]:
        printers = () if self._loaded is None else self._loaded.settings.printers
        if not printers:
            return [doctor.Finding("printer", doctor.Level.OK, "desktop")]
        return [
            doctor.Finding("printer", doctor.Level.OK, "named", {"name": printer.name})
            for printer in printers
        ]

    async def _disk(self) -> Sequence[doctor.Finding]:
        root = self._desk.places.root
        there = next(folder for folder in (root, *root.parents) if folder.exists())
        return [doctor.judge_disk(shutil.disk_usage(there).free)]


async def _program() -> Sequence[doctor.Finding]:
    """Compare the installed files with what was shipped, in a thread: it reads all of them."""
    manifest = shipped.find_manifest()
    if manifest is None:
        return [doctor.judge_program_unlisted(installed=shipped.is_installed())]
    try:
        seen = await asyncio.to_thread(shipped.inspect, manifest)
    except shipped.BrokenManifest as error:
        return [doctor.judge_program_unreadable(str(error))]
    return [
        doctor.judge_program(seen.files, seen.fingerprint, seen.changed + seen.missing, seen.added)
    ]


def _reached(gateway: str, reach: Reach) -> list[doctor.Finding]:
    """Judge whether a gateway can be reached, and this PC's clock by its own."""
    params = {
        "gateway": gateway_words(gateway),
        "host": reach.host,
        "took_ms": round(reach.took_ms),
        "why": reach.why,
    }
    if not reach.reachable:
        return [doctor.Finding("gateway", doctor.Level.FAILED, "unreachable", params)]
    found = doctor.Finding("gateway", doctor.Level.OK, "reachable", params)
    return [found, doctor.judge_skew(reach.skew_s)]


def finding_words(finding: doctor.Finding) -> str:
    """Return what was found in the language in use."""
    if finding.error is not None:
        return " ".join(error_text(finding.error))
    return text(f"doctor.{finding.subject}.{finding.code}", **finding.params)
