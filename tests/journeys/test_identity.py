"""The caller is checked with keys only, then charged; nothing personal is left in any file.

The check is PortOne's on the practice gateway, also where the sale goes by KCP.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from tests.journeys.counter import Counter, Line, until

#: Anything but a few passes at the practice gateway; this one is looked for afterwards.
CODE = "864209"
WRONG_CODE, EXPIRED_CODE = "000000", "000001"
BIRTH, DIGIT = "771224", "1"


def sale(counter: Counter, amount: int, **more: object) -> Line:
    """Return a sale whose caller is the card's holder, unless it says otherwise."""
    caller = {"caller_birth": BIRTH, "caller_digit": DIGIT, "caller_code": CODE}
    line = counter.sell(amount)
    return {**line, "birth_or_brn": BIRTH, **caller, **more}


def compulsory(counter: Counter) -> None:
    """Let the shop want a check for every sale."""
    counter.provision()
    both = counter.gateway.provision.with_name(f"{counter.home.name}-identity.toml")
    text = counter.gateway.provision.with_name("provision_both.toml").read_text(encoding="utf-8")
    both.write_text(f"{text}\n[identity]\ncompulsory_above_won = 0\n", encoding="utf-8")
    counter.command("provision", both).check(0)


def identifiers(name: str) -> tuple[str, ...]:
    """Return CI and DI as the practice gateway makes them."""
    known = f"{name}|19{BIRTH[:2]}-{BIRTH[2:4]}-{BIRTH[4:]}|male"
    ci = hashlib.sha512(b"CI" + known.encode()).digest()
    di = hashlib.sha384(b"DI" + known.encode()).digest()
    return tuple(base64.b64encode(one).decode() for one in (ci, di))


def forms(name: str) -> Iterator[tuple[str, re.Pattern[bytes]]]:
    """Yield what may be in no file, by what it is."""
    year, month, day = BIRTH[:2], BIRTH[2:4], BIRTH[4:]
    for what, words in (
        ("birth date", BIRTH),
        ("birth date in full", f"19{year}-{month}-{day}"),
        ("code", CODE),
    ):
        for encoding in ("ascii", "utf-16-le", "utf-16-be"):
            edge = rb"(?<![0-9a-zA-Z])%b(?![0-9a-zA-Z])"
            yield what, re.compile(edge % re.escape(words.encode(encoding)))
    for what, words in zip(("CI", "DI"), identifiers(name), strict=True):
        yield what, re.compile(re.escape(words[:40].encode()))


def left_in(folder: Path, name: str) -> list[str]:
    """Return what is left of a caller in the files below `folder`."""
    wanted = tuple(forms(name))
    return [
        f"{what} in {file.relative_to(folder)}"
        for file in folder.rglob("*")
        if file.is_file()
        for what, form in wanted
        if form.search(file.read_bytes())
    ]


def erased(counter: Counter) -> bool:
    """Tell whether the gateway holds nothing of anybody any more."""
    checks = counter.gateway.book()["portone"]["certifications"]
    return bool(checks) and all(check["deleted"] for check in checks)


def test_a_caller_is_checked_and_charged_by_either_gateway(portone_counter: Counter) -> None:
    counter = portone_counter
    compulsory(counter)
    with counter.clerk() as clerk:
        (unchecked,) = clerk.do(counter.sell(51_000, birth_or_brn=BIRTH))
        assert unchecked["state"] == "REFUSED"
        assert "본인확인" in unchecked["message"]
        wrong, expired = clerk.do(
            sale(counter, 52_000, caller_code=WRONG_CODE),
            sale(counter, 53_000, caller_code=EXPIRED_CODE),
        )
        assert wrong["state"] == expired["state"] == "REFUSED"
        assert "다릅니다" in wrong["message"]
        assert "지났습니다" in expired["message"]
        by_portone, by_kcp, by_app = clerk.do(
            sale(counter, 54_000),
            sale(counter, 55_000, gateway="kcp"),
            sale(counter, 56_000, caller_code="", caller_carrier="kt_mvno"),
        )
        assert {by_portone["state"], by_kcp["state"], by_app["state"]} == {"APPROVED"}
        until(lambda: erased(counter))
        assert clerk.leave() == 0, counter.errors()
    rows = {row["order_no"]: row for row in counter.export()}
    assert rows[by_kcp["order_no"]]["gateway"] == "kcp"
    assert rows[by_portone["order_no"]]["gateway"] == "portone"
    for form in ("csv", "xlsx"):
        out = counter.home / f"books.{form}"
        counter.command("export", "--format", form, "--out", out).check(0)
    counter.command("verify").check(0)
    assert left_in(counter.home, "홍길동") == []


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    for number, (form, what) in enumerate(
        (
            (f'"birth":"{BIRTH}"'.encode(), "birth date"),
            (f" {BIRTH} ".encode("utf-16-le"), "birth date"),
            (b"1977-12-24", "birth date in full"),
            (f"otp={CODE}".encode(), "code"),
            (identifiers("홍길동")[0].encode(), "CI"),
            (identifiers("홍길동")[1].encode(), "DI"),
        )
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "file").write_bytes(b"\0before " + form + b" after")
        assert any(found.startswith(what) for found in left_in(folder, "홍길동")), what
