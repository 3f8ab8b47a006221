"""The health check: each part is asked by itself, and a broken one never hides the others.

A finding carries a code and values, no words: the command and the doctor page have the words under
`doctor.<subject>.<code>`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pos_app.domain.errors import PosError, ShopTrouble

#: Longest time for one part, in seconds: a gateway that drips must not hold up the rest.
PROBE_TIMEOUT_S = 30.0

#: Seconds the clock may be off: the gateway's Date header is exact to one, order numbers carry the
#: day, and TLS certificates care for minutes.
SKEW_WARN_S, SKEW_FAIL_S = 60.0, 600.0

#: Room on the disk in bytes: a day's books are some megabytes.
DISK_WARN_BYTES, DISK_FAIL_BYTES = 500_000_000, 50_000_000

#: 64 bits: enough to tell releases apart, short enough to read out on the telephone.
_FINGERPRINT_DIGITS = 16


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one part says about itself.

    Attributes:
        subject: which part, e.g. "ledger".
        code: what was found; for a failure of the part the code of its error.
        params: values for the words.
        error: the error, if the part could not be asked.
    """

    subject: str
    level: Level
    code: str
    params: Mapping[str, object] = field(default_factory=dict)
    error: PosError | None = None


Probe = Callable[[], Awaitable[Sequence[Finding]]]


async def examine(probes: Sequence[tuple[str, Probe]]) -> tuple[Finding, ...]:
    """Ask every part, one after the other, and return all findings in that order."""
    found: list[Finding] = []
    for subject, probe in probes:
        try:
            async with asyncio.timeout(PROBE_TIMEOUT_S):
                found += await probe()
        except PosError as error:
            found.append(_failed(subject, error))
        except TimeoutError:
            found.append(_failed(subject, ShopTrouble("doctor.timeout")))
    return tuple(found)


def _failed(subject: str, error: PosError) -> Finding:
    return Finding(subject, Level.FAILED, error.code, dict(error.params), error)


def worst(findings: Sequence[Finding]) -> Level:
    """Return the worst level among `findings`."""
    levels = {finding.level for finding in findings}
    return next((one for one in (Level.FAILED, Level.WARNING) if one in levels), Level.OK)


def judge_certificate(status: str, days_left: int, until: str) -> Finding:
    """Judge a certificate by its status ("valid", "expiring", "expired", "not_yet_valid")."""
    level = {"valid": Level.OK, "expiring": Level.WARNING}.get(status, Level.FAILED)
    return Finding("certificate", level, status, {"days_left": days_left, "until": until})


def judge_skew(skew_s: float | None) -> Finding:
    """Judge how far this PC's clock is from the gateway's, in seconds; None if it did not tell."""
    if skew_s is None:
        return Finding("clock", Level.WARNING, "unknown")
    params = {"skew_s": round(abs(skew_s))}
    if abs(skew_s) >= SKEW_FAIL_S:
        return Finding("clock", Level.FAILED, "off", params)
    if abs(skew_s) >= SKEW_WARN_S:
        return Finding("clock", Level.WARNING, "off", params)
    return Finding("clock", Level.OK, "right", params)


@dataclass(frozen=True, slots=True)
class SeenChannel:
    """A channel that a gateway listed.

    Attributes:
        name: as the settings name it.
        typed: it takes typed cards.
        sandbox: no money moves on it.
    """

    name: str
    typed: bool
    sandbox: bool


def judge_channel(wanted: str, environment: str, channels: Sequence[SeenChannel]) -> Finding:
    """Judge the channel that sales go by: it must be listed, or another is charged in silence.

    Args:
        wanted: as the settings name it.
        environment: what the terminal was set up for; "live" means money.
        channels: all that the gateway listed.
    """
    named = [channel for channel in channels if channel.name == wanted]
    known = ", ".join(channel.name for channel in channels if channel.typed)
    params: dict[str, object] = {"channel": wanted, "known": known or "-"}
    if not named:
        return Finding("channel", Level.FAILED, "missing", params)
    ours = next((channel for channel in named if channel.typed), None)
    if ours is None:
        return Finding("channel", Level.FAILED, "not_key_in", params)
    if ours.sandbox and environment == "live":
        return Finding("channel", Level.FAILED, "test_for_money", params)
    if not ours.sandbox and environment == "staging":
        return Finding("channel", Level.FAILED, "money_for_test", params)
    if ours.sandbox:
        return Finding("channel", Level.WARNING, "test", params)
    return Finding("channel", Level.OK, "live", params)


def judge_spool(waiting: int, aside: int) -> Finding:
    """Judge what waits to be written into the books, and what people must look at."""
    counted = {"waiting": waiting, "aside": aside}
    if waiting:
        return Finding("spool", Level.FAILED, "waiting", counted)
    if aside:
        return Finding("spool", Level.WARNING, "aside", counted)
    return Finding("spool", Level.OK, "empty")


def judge_disk(free_bytes: int) -> Finding:
    """Judge the room left in the data folder."""
    params = {"free_mb": free_bytes // 1_000_000}
    if free_bytes < DISK_FAIL_BYTES:
        return Finding("disk", Level.FAILED, "full", params)
    if free_bytes < DISK_WARN_BYTES:
        return Finding("disk", Level.WARNING, "low", params)
    return Finding("disk", Level.OK, "room", params)


def judge_program(
    files: int, fingerprint: str, spoiled: Sequence[str], added: Sequence[str]
) -> Finding:
    """Judge the installed files against what was shipped.

    Args:
        files: how many were shipped.
        fingerprint: SHA-256 of the list of them in hex; its beginning is enough to compare by eye.
        spoiled: paths of changed or missing files.
        added: paths of files nobody shipped.
    """
    params: dict[str, object] = {"files": files, "fingerprint": fingerprint[:_FINGERPRINT_DIGITS]}
    if spoiled:
        params |= {"file": spoiled[0], "count": len(spoiled)}
        return Finding("program", Level.FAILED, "changed", params)
    if added:
        params |= {"file": added[0], "count": len(added)}
        return Finding("program", Level.WARNING, "added", params)
    return Finding("program", Level.OK, "as_shipped", params)


def judge_program_unlisted(*, installed: bool) -> Finding:
    """Judge a program without a list of its files: right for sources, odd for an installed one."""
    if installed:
        return Finding("program", Level.WARNING, "unlisted")
    return Finding("program", Level.OK, "sources")


def judge_program_unreadable(why: str) -> Finding:
    """Judge a list of the shipped files that cannot be read."""
    return Finding("program", Level.FAILED, "list_broken", {"why": why})
