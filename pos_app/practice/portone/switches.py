"""PortOne's switches: the open questions of reference/portone.md section 6, and settings.

Defaults are what the reference rates highest; where it rates none, what is hardest on a client.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pos_app.practice.trouble import PracticeTrouble

CHOICES: Final[Mapping[str, tuple[object, ...]]] = {
    "portone_duplicate": ("1", "-1", "400", "accept"),
    "portone_decline": ("failed", "1", "-1"),
    "portone_amounts": ("whole", "point"),
    "portone_hiding": ("single", "all", "none"),
    "portone_until_visible": ("absent", "ready"),
    "portone_partial_status": ("cancelled", "paid"),
    "portone_unauthorized_body": ("envelope", "html", "empty"),
    "portone_birth": ("optional", "required"),
    "portone_pwd": ("optional", "required"),
    "portone_channel_key_name": ("either", "channel_key", "channelKey", "both"),
    "portone_bypass": ("either", "string", "object"),
    "portone_otp_refusal": ("500", "400", "1"),
    "portone_schedule_list": ("array", "paged"),
}
"""Values of the switches that take one of a few; the first is not always the default."""

KEYIN_CHANNEL: Final = "channel-key-practice-0000-keyin"
IDENTITY_CHANNEL: Final = "channel-key-practice-0000-identity"
_TYPES: Final = ("payment", "api_payment", "certification")


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of GET /users/pg (portone.md 2.10)."""

    type: str
    pg_provider: str
    pg_id: str
    sandbox: bool
    channel_key: str

    def as_json(self) -> dict[str, object]:
        """Return it as GET /users/pg shows it."""
        return {
            "pg_provider": self.pg_provider,
            "pg_id": self.pg_id,
            "sandbox": self.sandbox,
            "type": self.type,
            "channel_name": f"연습 {self.pg_provider}.{self.pg_id}",
            "channel_key": self.channel_key,
        }


def channel_of(text: str) -> Channel:
    """Read `TYPE:PROVIDER.MID:live|test:CHANNEL_KEY`.

    Raises:
        PracticeTrouble: it is not of that form.
    """
    parts = text.split(":")
    provider, dot, mid = parts[1].partition(".") if len(parts) == 4 else ("", "", "")
    if not (dot and provider and mid) or parts[0] not in _TYPES or parts[2] not in ("live", "test"):
        wanted = f"{'|'.join(_TYPES)}:PROVIDER.MID:live|test:CHANNEL_KEY"
        raise PracticeTrouble(f"a channel is {wanted}, not {text!r}")
    return Channel(parts[0], provider, mid, parts[2] == "test", parts[3])


def site_channels(site: str) -> tuple[str, str]:
    """Return the channels a shop with KCP beneath has: key-in and identity check."""
    return (
        f"api_payment:kcp.{site}:test:{KEYIN_CHANNEL}",
        f"certification:kcp_v2.AO6R1:test:{IDENTITY_CHANNEL}",
    )


@dataclass(frozen=True, slots=True)
class PortOneSwitches:
    """How PortOne's side answers where its papers are silent or disagree."""

    portone_strict: bool = False
    """True refuses any field the operations table does not name (400 with its name)."""
    portone_channels: tuple[str, ...] = site_channels("T0000")
    """TYPE:PROVIDER.MID:live|test:CHANNEL_KEY each; the first api_payment is the default PG."""
    portone_duplicate: str = "1"
    """Q1, Q14: a number already paid: 200 with that code, 400, or `accept` (charges twice)."""
    portone_decline: str = "failed"
    """Q2: a decline is code 0 with status failed, or that code with response null."""
    portone_declines_listed: bool = True
    """Q13: False: a declined key-in leaves no record to look up."""
    portone_amounts: str = "whole"
    """Amounts in answers as 1000, or as 1000.0 (`point`)."""
    portone_hiding: str = "single"
    """Q12: what hides test payments without include_sandbox: GET /payments/{imp_uid}, all, none."""
    portone_visible_after_s: float = 0.0
    """Q13: how long a new payment cannot be looked up, in seconds."""
    portone_until_visible: str = "absent"
    """What a look-up finds before: nothing (404), or the payment as `ready`."""
    portone_partial_status: str = "cancelled"
    """Q8: status after a partial cancel."""
    portone_tax_free_needed: bool = True
    """A cancel of a sale with an exempt part without tax_free is refused with 8011."""
    portone_token_life_s: int = 1800
    """Life of a fresh token, in seconds."""
    portone_unauthorized_body: str = "envelope"
    """Q6: body of the 401 for a bad token."""
    portone_birth: str = "optional"
    """By contract: birth on key-in."""
    portone_pwd: str = "optional"  # noqa: S105 - no password, but a rule about one
    """By contract: pwd_2digit on key-in."""
    portone_channel_key_name: str = "either"
    """Q3: the spelling the OTP request takes; `both` wants both, equal."""
    portone_bypass: str = "either"
    """Q3: the form of bypass the OTP request takes."""
    portone_otp_refusal: str = "500"
    """A wrong, expired or early code: HTTP 500, 400, or 200 with code 1."""
    portone_otp_tries: int = 5
    """Wrong codes after which a check is blocked."""
    portone_otp_life_s: int = 180
    """How long a code is good, in seconds."""
    portone_app_waits: int = 1
    """How many confirms of an APP check come before the holder has agreed."""
    portone_schedule_list: str = "array"
    """Lists of schedules: a bare array, or paged as payments are."""
