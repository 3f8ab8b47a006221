"""The practice gateway as a program: options, the line that says it is ready, a clean end."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from pos_app.practice import switches
from pos_app.practice.faults import read_plan
from pos_app.practice.merchant import TEST_SITE, Merchant, make_merchant, write_provision
from pos_app.practice.options import LOOPBACK, PracticeOptions
from pos_app.practice.portone.switches import site_channels
from pos_app.practice.server import PracticeServer
from pos_app.practice.trouble import PracticeTrouble

_STOPPED: Final = 0
_UNUSABLE: Final = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the practice gateway to a parser."""
    add = parser.add_argument
    add("--port", type=int, default=0, help="port to listen on; 0 takes any free one")
    add("--host", choices=LOOPBACK, default=LOOPBACK[0], help="loopback address to listen on")
    add("--seed", type=int, help="seed of the fault plan (default: the plan's, else 0)")
    add("--faults", type=Path, metavar="FILE", help="fault plan as JSON")
    add("--book", type=Path, metavar="FILE", help="keep the book in this file")
    add("--merchant", type=Path, metavar="DIR", help="make or reuse certificate and key here")
    add("--site", default=TEST_SITE, help="site code of that certificate")
    add("--test-limits", action="store_true", help="only KCP's test amounts (8129)")
    add("--strict", action="store_true", help="PortOne: refuse fields its table does not name")
    add("--switch", action="append", default=[], metavar="NAME=VALUE", help="see README.md")


def run(namespace: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; return the exit code (2: an option is of no use)."""
    try:
        merchant = _merchant(namespace)
        server = PracticeServer(_options(namespace, merchant))
        return asyncio.run(_serve(server, merchant))
    except PracticeTrouble as trouble:
        print(f"practice gateway: {trouble}", file=sys.stderr)
        return _UNUSABLE


def main(argv: Sequence[str] | None = None) -> int:
    """Run the practice gateway alone."""
    parser = argparse.ArgumentParser(
        prog="pos-app practice-gateway", description="A payment gateway on loopback, for practice."
    )
    add_arguments(parser)
    return run(parser.parse_args(argv))


def _merchant(namespace: argparse.Namespace) -> Merchant | None:
    folder: Path | None = namespace.merchant
    return None if folder is None else make_merchant(folder, site_code=namespace.site)


def _options(namespace: argparse.Namespace, merchant: Merchant | None) -> PracticeOptions:
    rules, plan_seed = read_plan(namespace.faults) if namespace.faults else ([], None)
    wanted: dict[str, object] = {"portone_channels": site_channels(namespace.site)}
    wanted |= dict(switches.from_text(text) for text in namespace.switch)
    if namespace.test_limits:
        wanted["test_limits"] = True
    if namespace.strict:
        wanted["portone_strict"] = True
    seeds = (namespace.seed, plan_seed, 0)
    return PracticeOptions(
        host=namespace.host,
        port=namespace.port,
        seed=next(seed for seed in seeds if seed is not None),
        faults=rules,
        switches=wanted,
        book_path=namespace.book,
        certificates={merchant.site_code: merchant.certificate_path} if merchant else {},
    )


async def _serve(server: PracticeServer, merchant: Merchant | None) -> int:
    stop = asyncio.Event()
    with _signals(stop):
        async with server:
            print(json.dumps(_ready(server, merchant), ensure_ascii=False), flush=True)
            await stop.wait()
    return _STOPPED


def _ready(server: PracticeServer, merchant: Merchant | None) -> dict[str, object]:
    line: dict[str, object] = {
        "ready": True,
        "url": server.url,
        "port": server.port,
        "pid": os.getpid(),
        "merchant": None,
    }
    if merchant is not None:
        line["merchant"] = {
            "folder": str(merchant.certificate_path.parent),
            "site_code": merchant.site_code,
            "certificate": str(merchant.certificate_path),
            "private_key": str(merchant.key_path),
            "provision": str(write_provision(merchant, server.url)),
        }
    return line


@contextlib.contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    """Turn SIGINT and SIGTERM into `stop`, also where the loop cannot watch signals (Windows)."""
    loop = asyncio.get_running_loop()
    before = {
        number: signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
