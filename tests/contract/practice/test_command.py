"""The practice gateway as a program: its ready line, its options, its end, and kills."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from pos_app.practice import Merchant
from pos_app.practice.command import main
from tests.contract.practice.shop import CANCEL, CHARGE, Json, Shop, shop_of

ROOT = Path(__file__).parents[3]


@asynccontextmanager
async def program(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, Json]]:
    """Start the gateway as a program; hand over the process and its ready line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "pos_app.practice",
        *arguments,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield process, json.loads(await process.stdout.readline())
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def post(url: str, path: str, body: Json) -> Json:
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        found = (await http.post(path, json=body)).json()
        assert isinstance(found, dict)
        return found


async def book(url: str) -> Json:
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        found = (await http.get("/book")).json()
        assert isinstance(found, dict)
        return found


def text_of(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_is_ready_and_ends_cleanly(number: signal.Signals) -> None:
    async def run() -> None:
        async with program() as (process, ready):
            assert ready["ready"] is True
            assert ready["pid"] == process.pid
            assert ready["merchant"] is None
            assert ready["url"] == f"http://127.0.0.1:{ready['port']}"
            assert (await book(ready["url"]))["payments"] == []
            process.send_signal(number)
            out, err = await process.communicate()
            assert (process.returncode, out, err) == (0, b"", b"")

    asyncio.run(run())


def test_everything_at_once(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text('{"seed": 5, "rules": [{"on": "cancel", "nth": 1, "do": "http"}]}')

    async def run() -> None:
        folder = str(tmp_path / "shop")
        options = ["--merchant", folder, "--site", "A52Q7", "--faults", str(plan)]
        options += ["--test-limits", "--switch", "masking=zeros", "--switch", "hub_fields=false"]
        async with program(*options, "--host", "::1") as (_, ready):
            assert ready["url"].startswith("http://[::1]:")
            said = ready["merchant"]
            assert said["site_code"] == "A52Q7"
            assert ready["url"] in text_of(said["provision"])
            paths = (Path(said["certificate"]), Path(said["private_key"]))
            shop = shop_of(Merchant("A52Q7", *paths, "changeit"))
            assert (await post(ready["url"], CHARGE, shop.charge()))["res_cd"] == "8129"
            sale = await post(ready["url"], CHARGE, shop.charge(amount="1004", card_expiry="4007"))
            assert sale["card_no"] == "4111110000001111"
            async with httpx.AsyncClient(base_url=ready["url"], trust_env=False) as http:
                assert (await http.post(CANCEL, json=shop.full(sale["tno"]))).status_code == 500
            assert (await book(ready["url"]))["seed"] == 5

    asyncio.run(run())


def test_a_kill_loses_nothing(shop: Shop, tmp_path: Path) -> None:
    path = str(tmp_path / "book.jsonl")

    async def run() -> None:
        async with program("--book", path) as (process, ready):
            sale = await post(ready["url"], CHARGE, shop.charge(card_expiry="4007"))
            await post(ready["url"], CANCEL, shop.partial(sale["tno"], 5000, 55000))
            before = await book(ready["url"])
            process.kill()
            await process.wait()
        async with program("--book", path) as (_, ready):
            assert await book(ready["url"]) == before
            again = await post(ready["url"], CHARGE, shop.charge(card_expiry="4007"))
            assert again["res_cd"] == "8128"

    asyncio.run(run())


def test_the_seed_of_the_command_line_wins(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text('{"seed": 5, "rules": []}')

    async def run() -> None:
        async with program("--faults", str(plan), "--seed", "0") as (_, ready):
            assert (await book(ready["url"]))["seed"] == 0

    asyncio.run(run())


@pytest.mark.parametrize(
    "plan", [None, "{", "[1]", '{"rules": {}}', '[{"on": "charge", "do": "explode"}]']
)
def test_a_plan_that_is_of_no_use(
    tmp_path: Path, plan: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "plan.json"
    if plan is not None:
        path.write_text(plan)
    assert main(["--faults", str(path)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("practice gateway: ")
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(
    "options",
    [
        ["--switch", "masking=none"],
        ["--switch", "nothing"],
        ["--port", "70000"],
        ["--book", "/nowhere/at/all/book"],
        ["--merchant", "/dev/null/shop"],
    ],
)
def test_options_that_are_of_no_use(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(options) == 2
    assert capsys.readouterr().err.startswith("practice gateway: ")


@pytest.mark.parametrize("options", [["--host", "0.0.0.0"], ["--port", "x"], ["--no-such"]])  # noqa: S104 - refused
def test_options_nobody_knows(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(options)
    assert end.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_port_that_is_taken() -> None:
    async def run() -> None:
        async with program() as (_, first):
            second = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "pos_app.practice",
                "--port",
                str(first["port"]),
                cwd=ROOT,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            out, err = await second.communicate()
            assert (second.returncode, out) == (2, b"")
            assert str(first["port"]) in err.decode()

    asyncio.run(run())


async def ask_portone(url: str, shop: Json) -> tuple[list[Json], Json]:
    """Set up as the provision file says; return the channels, and a strict refusal."""
    pair = {name: shop[name] for name in ("imp_key", "imp_secret")}
    token = (await post(url, "/users/getToken", pair))["response"]["access_token"]
    headers = {"Authorization": token}
    async with httpx.AsyncClient(base_url=url, trust_env=False, headers=headers) as http:
        channels = (await http.get("/users/pg")).json()["response"]
        refused = (await http.post("/payments/cancel", json={"impUid": "x"})).json()
    return channels, refused


def test_portone_of_another_site(tmp_path: Path) -> None:
    async def work() -> None:
        arguments = ("--merchant", str(tmp_path), "--site", "A52Q7", "--strict")
        async with program(*arguments) as (_, ready):
            told = text_of(f"{ready['merchant']['folder']}/provision_portone.toml")
            shop = tomllib.loads(told)["gateways"]["portone"]
            channels, refused = await ask_portone(ready["url"], shop)
        assert [row["type"] for row in channels] == ["api_payment", "certification"]
        assert f"{channels[0]['pg_provider']}.{channels[0]['pg_id']}" == shop["pg"] == "kcp.A52Q7"
        assert channels[1]["channel_key"] == shop["identity_channel_key"]
        assert refused["message"].startswith("impUid: ")

    asyncio.run(work())
