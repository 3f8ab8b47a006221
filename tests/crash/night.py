"""Kill the program at every point, by one command: `python -m tests.crash.night`.

    --gateway kcp|portone          whose points (KCP's with and without inquiry by order number)
    --gateway migration            migrations alone
    --gateway both                 all of these, unless told otherwise
    --points N                     not all: those around each send, and so many more a gateway;
                                   of a migration its system calls, and so many lines
    --every-call                   a draw, too, has every system call of stories and recoveries
    --story NAME ...               only these (`stories.py`)
    --seed S --workers N

The last line of standard output is one JSON object with the figures; the exit status is 0 when
nothing failed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections.abc import Sequence
from typing import TypeAlias

from tests.crash import calls
from tests.crash.campaign import SHOPS, Case, Result, plan, run, workshop
from tests.crash.migrating import Migration
from tests.crash.points import Point
from tests.crash.stories import STORIES

_FAILURES_SHOWN = 20
_TOLD_EVERY = 200
_MIGRATION, _BOTH = "migration", "both"


def main(argv: Sequence[str] | None = None) -> int:
    """Run; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.night", description=__doc__)
    parser.add_argument("--gateway", choices=(*SHOPS, _MIGRATION, _BOTH), default=_BOTH)
    parser.add_argument("--story", nargs="+", choices=[story.name for story in STORIES])
    parser.add_argument("--points", type=int, default=0)
    parser.add_argument("--every-call", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args(argv)
    if not calls.supported():
        print("this machine cannot stop system calls: lines and awaits only", file=sys.stderr)
    gateways = tuple(name for name in SHOPS if asked.gateway in {name, _BOTH})
    cases, old = [], []
    with workshop() as shop:
        for gateway in gateways:
            cases += plan(
                shop,
                gateway,
                asked.points,
                asked.seed,
                asked.story or (),
                every_call=asked.every_call,
            )
        if asked.gateway in {_MIGRATION, _BOTH}:
            old = Migration(shop.folder).points(asked.points, asked.seed)
    print(f"{len(cases)} cases, {len(old)} migrations", file=sys.stderr)
    shares = [
        (cases[number :: asked.workers], old[number :: asked.workers])
        for number in range(asked.workers)
    ]
    result = _in_workers(shares)
    for failure in result.failures[:_FAILURES_SHOWN]:
        print(failure, file=sys.stderr)
    done = {
        "machine": "crash",
        "figures": dict(sorted(result.figures.items())),
        "failed": len(result.failures),
    }
    print(json.dumps(done))
    return 1 if result.failures else 0


_Share: TypeAlias = "tuple[Sequence[Case], Sequence[Point]]"


def _in_workers(shares: Sequence[_Share]) -> Result:
    """Run each share in a process of its own and put the results together."""
    result = Result()
    running = [_fork(share) for share in shares]
    for process, handle in running:
        with os.fdopen(handle, "rb") as pipe:
            said = pipe.read()
        os.waitpid(process, 0)
        answer = json.loads(said or '{"figures": {}, "failures": ["a worker ended"]}')
        result.figures.update(answer["figures"])
        result.failures += answer["failures"]
    return result


def _tell(done: int, of: int) -> None:
    """Say how far a worker is."""
    if done % _TOLD_EVERY == 0:
        print(f"{done} of {of} cases", file=sys.stderr, flush=True)


def _fork(share: _Share) -> tuple[int, int]:
    """Start a worker; return its process and where its result comes from."""
    read, write = os.pipe()
    worker = os.fork()
    if worker:
        os.close(write)
        return worker, read
    os.close(read)
    status = 1
    try:
        with workshop() as shop:
            result = run(shop, share[0], _tell)
            if share[1]:
                result.failures += Migration(shop.folder).run(share[1], result.figures)
        with os.fdopen(write, "w") as pipe:
            json.dump({"figures": result.figures, "failures": result.failures}, pipe)
        status = 0
    except BaseException:  # noqa: BLE001 - this process ends here, whatever it was
        traceback.print_exc()
    finally:
        os._exit(status)


if __name__ == "__main__":
    sys.exit(main())
