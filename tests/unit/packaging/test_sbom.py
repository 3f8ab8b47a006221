"""The bill of materials: valid, whole, the same twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import components
import pytest
from components import distributions, locked
from sbom import FILE_NAME, Invalid, bill, validate, write_bill

from tests.house.tree import ROOT
from tests.unit.packaging.test_notices import RUN_LOCK, everything
from tests.unit.packaging.wheels import lock, wheel

BUILT_S = 1_790_000_000


def parts() -> list[components.Component]:
    """Return everything a Windows stage is made of."""
    digest = "ab" * 32
    runtime = components.cpython(
        "3.13.2", ROOT / "LICENSE", sha256=digest, origin="python.org embeddable, pinned hash"
    )
    return [*everything(), runtime, components.launcher("1.2.3", sha256=digest)]


def made(**changes: Any) -> dict[str, Any]:
    """Return the bill of `parts()` as JSON."""
    arguments: dict[str, Any] = {"version": "1.2.3", "built_s": BUILT_S, **changes}
    found: dict[str, Any] = json.loads(bill(parts(), **arguments))
    return found


def test_the_bill_is_valid_and_names_every_part_once() -> None:
    found = made()
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    names = sorted(one["name"] for one in found["components"])
    assert names == sorted(part.name for part in parts())
    assert found["metadata"]["component"]["version"] == "1.2.3"
    assert found["metadata"]["timestamp"] == "2026-09-21T14:13:20+00:00"


def test_each_part_has_version_licence_hash_and_package_url() -> None:
    fixed = locked(RUN_LOCK)
    by_name = {one["name"]: one for one in made()["components"]}
    httpx = by_name["httpx"]
    assert httpx["purl"] == f"pkg:pypi/httpx@{fixed['httpx'].version}"
    assert {one["content"] for one in httpx["hashes"]} == set(fixed["httpx"].sha256)
    assert httpx["licenses"] == [{"license": {"id": "BSD-3-Clause"}}]
    assert by_name["CPython"]["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    assert by_name["Qt"]["type"] == "framework"
    inside = {one["name"] for one in by_name["cryptography"]["components"]}
    assert "openssl" in inside, "what a wheel has linked in is part of the program"


def test_the_bill_is_the_same_for_the_same_parts_in_any_order() -> None:
    first = bill(parts(), version="1.2.3", built_s=BUILT_S)
    assert bill(parts()[::-1], version="1.2.3", built_s=BUILT_S) == first


def test_another_program_has_another_serial_number() -> None:
    serials = {made()["serialNumber"], made(version="1.2.4")["serialNumber"]}
    serials |= {made(built_s=BUILT_S + 1)["serialNumber"]}
    assert len(serials) == 3


def test_a_part_the_schema_refuses_makes_no_bill() -> None:
    with pytest.raises(Invalid, match=r"CycloneDX 1\.6"):
        bill([components.launcher("1", sha256="no hash")], version="1", built_s=BUILT_S)


def test_a_bill_that_is_none_is_refused() -> None:
    text = bill(parts(), version="1.2.3", built_s=BUILT_S)
    with pytest.raises(Invalid, match=r"CycloneDX 1\.6"):
        validate(text.replace('"specVersion"', '"specVersoin"'))


def test_the_time_comes_from_the_build_and_must_be_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel(tmp_path / "lib", "good", "License-Expression: MIT", texts={"LICENSE": "You may."})
    found = distributions(tmp_path / "lib", lock(tmp_path, "good"))
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    with pytest.raises(Invalid, match="SOURCE_DATE_EPOCH"):
        write_bill(tmp_path, found, version="1")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(Invalid, match="yesterday"):
        write_bill(tmp_path, found, version="1")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(BUILT_S))
    assert write_bill(tmp_path, found, version="1") == tmp_path / FILE_NAME
