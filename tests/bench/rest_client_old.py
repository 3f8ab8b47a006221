"""iamport-rest-client 0.9.0 in an environment of its own, driven line by line."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

OLD = "iamport-rest-client==0.9.0"
_ACTS = Path(__file__).with_name("rest_client_acts.py")


def environment(folder: Path) -> Path:
    """Make an environment with the old client in `folder` and return its interpreter.

    Raises `subprocess.CalledProcessError` where pip cannot bring it.
    """
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    subprocess.run([python, "-m", "pip", "install", "-q", OLD], check=True)
    return python


class OldClient:
    """One process with one old client, for the length of an `async with`."""

    def __init__(self, python: Path, url: str, key: str, secret: str) -> None:
        self._command = (str(python), str(_ACTS), f"{url}/", key, secret)
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.communicate()

    async def call(self, name: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Call a method of the old client and return what `rest_client_acts.py` says of it."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"call": name, "args": args, "kwargs": kwargs}
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        await self._process.stdin.drain()
        found: dict[str, Any] = json.loads(await self._process.stdout.readline())
        return found
