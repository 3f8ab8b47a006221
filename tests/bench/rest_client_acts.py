"""Calls of iamport-rest-client, one JSON line each, run by the interpreter that has it.

It pins requests==2.26.0, so it lives in an environment of its own and nothing of ours is imported
here. In: `{"call": "pay_onetime", "args": [...], "kwargs": {...}}`. Out: `{"returned": ...}` or
`{"raised": "KeyError", "said": "..."}`, what a program that uses it would see.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any


def outcome(client: Any, order: dict[str, Any]) -> dict[str, Any]:
    """Return what one call gave, exceptions included."""
    try:
        called = getattr(client, order["call"])
        return {"returned": called(*order.get("args", ()), **order.get("kwargs", {}))}
    except Exception as error:  # noqa: BLE001 - whatever it raises is the result
        said = {key: value for key, value in vars(error).items() if isinstance(value, (int, str))}
        return {"raised": type(error).__name__, "said": str(said or error)}


def main() -> None:
    """Answer each line of standard input by one of standard output; arguments: address, keys."""
    url, key, secret = sys.argv[1:]
    # By name at run time: only the environment made for it has the module.
    client = importlib.import_module("iamport").Iamport(key, secret, url)
    for line in sys.stdin:
        print(json.dumps(outcome(client, json.loads(line)), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
