"""Prism, the mock server made of the strict description, asked for a verdict on one request."""

from __future__ import annotations

import http.client
import json
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from tests.contract.portone_description.rewrite import Operation, openapi_of, operations_of
from tests.helpers.wiretap import Sent

#: How long Prism may take to read the description and listen.
START_S = 60.0
#: How long one verdict may take.
ANSWER_S = 60.0
_LISTENING = "Prism is listening on "


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the description says of one request.

    Attributes:
        operation: "POST /payments/cancel"; the bare request line where it names none.
        faults: what is not as described; empty for a valid request.
        answer: status and body that the mock gave.
    """

    operation: str
    faults: tuple[str, ...]
    answer: tuple[int, bytes]


class Mock:
    """Prism serving the strict description, for the length of a `with`.

    Raises `RuntimeError` with Prism's own words where it does not come up.
    """

    def __init__(self, description: Path, prism: Path) -> None:
        self._openapi = openapi_of(json.loads(description.read_text(encoding="utf-8")))
        self.operations = operations_of(self._openapi)
        self._prism = prism
        self._folder = tempfile.TemporaryDirectory()
        self._process: subprocess.Popen[str] | None = None
        self._said: list[str] = []
        self._up = threading.Event()
        self._reader = threading.Thread(target=self._read, name="prism")
        self._address = ""

    def __enter__(self) -> Self:
        document = Path(self._folder.name) / "strict.json"
        document.write_text(json.dumps(self._openapi, ensure_ascii=False), encoding="utf-8")
        self._process = subprocess.Popen(
            [self._prism, "mock", "--errors", "-h", "127.0.0.1", "-p", "0", document],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self._reader.start()
        if not self._up.wait(START_S) or not self._address:
            self.__exit__()
            raise RuntimeError("Prism does not listen: " + "".join(self._said[-20:]))
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._reader.join()
            assert self._process.stdout is not None
            self._process.stdout.close()
        self._folder.cleanup()

    def _read(self) -> None:
        """Read what Prism says to the end, so that it never waits for a full pipe."""
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.append(line)
            if _LISTENING in line:
                self._address = line.split(_LISTENING)[1].strip().removeprefix("http://")
                self._up.set()
        self._up.set()

    def ask(self, sent: Sent) -> Verdict:
        """Return the verdict: Prism's, and ours on the query, of which it lets strange parts by."""
        status, headers, body = _exchange(self._address, sent)
        operation = self._operation(sent)
        faults = [] if status < 400 else _faults(status, headers, body)
        if operation is not None:
            given = parse_qsl(urlsplit(sent.target).query, keep_blank_values=True)
            strange = sorted({name for name, _ in given} - operation.query)
            faults += [f"query: no parameter {name}" for name in strange]
        name = operation.name if operation else f"{sent.method} {sent.target}"
        return Verdict(name, tuple(faults), (status, body))

    def _operation(self, sent: Sent) -> Operation | None:
        for operation in self.operations:
            if operation.method == sent.method and operation.pattern.fullmatch(sent.path):
                return operation
        return None


def _exchange(address: str, sent: Sent) -> tuple[int, dict[str, str], bytes]:
    """Send a request to "host:port" as it is, to the letter; return status, headers and body."""
    connection = http.client.HTTPConnection(address, timeout=ANSWER_S)
    kept = {name: value for name, value in sent.headers.items() if name not in _HOP_BY_HOP}
    try:
        connection.putrequest(sent.method, sent.target, skip_accept_encoding=True)
        for name, value in kept.items():
            connection.putheader(name, value)
        if sent.body:
            connection.putheader("content-length", str(len(sent.body)))
        connection.endheaders(sent.body or None)
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


#: Headers that belong to one connection, not to the request.
_HOP_BY_HOP = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding"}


def _faults(status: int, headers: Mapping[str, str], body: bytes) -> list[str]:
    """Return Prism's complaints: in a header where the operation has its own 400, else a body."""
    if "sl-violations" in headers:
        return [_told(fault) for fault in json.loads(headers["sl-violations"])]
    try:
        said = json.loads(body)
    except ValueError:
        return [f"HTTP {status}"]
    listed = said.get("validation") or []
    return [_told(fault) for fault in listed] or [f"HTTP {status}: {said.get('title', said)}"]


def _told(fault: dict[str, Any]) -> str:
    return f"{'.'.join(fault['location'])}: {fault['message']}"
