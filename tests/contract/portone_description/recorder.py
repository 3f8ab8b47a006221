"""A loopback gateway that judges: asks the mock about each request, then answers by another one.

The mock's made-up answers are valid, but no shop could go on from them: "string" is no payment. So
the client hears the practice gateway, and the verdicts are written down beside it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.contract.portone_description.mock import Mock, Sent, Verdict, exchange


@dataclass(frozen=True, slots=True)
class Judged:
    """One request, what the description says of it, and the status the client was answered."""

    sent: Sent
    verdict: Verdict
    status: int


class Recorder:
    """The loopback server, for the length of a `with`.

    Attributes:
        url: what the client takes as its `loopback_url`.
        judged: every request so far, in the order in which they were answered.
    """

    def __init__(self, mock: Mock, upstream: str) -> None:
        self._mock = mock
        self._upstream = upstream.removeprefix("http://").rstrip("/")
        self.judged: list[Judged] = []
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            """One connection, one request: HTTP/1.0, so that no thread waits for a second."""

            def answer(self) -> None:
                """Judge the request, hand it on, and hand the answer back."""
                length = int(self.headers.get("content-length", "0"))
                headers = {name.lower(): value for name, value in self.headers.items()}
                sent = Sent(self.command, self.path, headers, self.rfile.read(length))
                status, told, body = recorder.judge(sent)
                self.send_response(status)
                self.send_header("content-type", told.get("content-type", "application/json"))
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - the library's names

            def log_message(self, *_: Any) -> None:
                """Say nothing: what was asked stands in `judged`."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, name="recorder")
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def judge(self, sent: Sent) -> tuple[int, dict[str, str], bytes]:
        """Write the mock's verdict down and return the upstream gateway's answer."""
        verdict = self._mock.ask(sent)
        status, headers, body = exchange(self._upstream, sent)
        self.judged.append(Judged(sent, verdict, status))
        return status, headers, body
