"""What tests of the identity check say often: a caller, a code, a check that was passed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from pos_app.domain import identity as i
from pos_app.domain.card import SecretDigits
from pos_app.services.identity_desk import Caller, CheckedCaller
from tests.helpers.fake_app import Bench, make_bench
from tests.helpers.fake_gateway import FakeGateway
from tests.helpers.fake_identity import RIGHT_CODE


def caller(birth: str = "880715", seventh: str = "2", **more: Any) -> Caller:
    """Return somebody; the card of `make_card` is theirs."""
    given: dict[str, Any] = {
        "name": "정하늘",
        "phone": "01012344410",
        "birth": birth,
        "gender_digit": seventh,
        "carrier": i.Carrier.SKT,
        "mvno": False,
        "code_by": i.CodeBy.SMS,
    }
    return Caller(**{**given, **more})


def bench_of(folder: Path, **more: Any) -> Bench:
    """Make a bench whose gateway checks identities."""
    return make_bench(folder, **{"gateway": FakeGateway(identity_check=True), **more})


def code(digits: bytes = RIGHT_CODE) -> SecretDigits:
    """Return a code as typed."""
    return SecretDigits(bytearray(digits))


async def checked(bench: Bench, who: Caller | None = None) -> CheckedCaller:
    """Check somebody and return what the sale is bound to."""
    await bench.app.identity.ask(who or caller())
    assert isinstance(await bench.app.identity.confirm(code()), i.IdentityConfirmed)
    bound = bench.app.identity.bound
    assert bound is not None
    return bound


async def settle(bench: Bench) -> None:
    """Let the background do what it has to do at once."""
    for _ in range(200):
        await asyncio.sleep(0)
    assert bench.errors == []
