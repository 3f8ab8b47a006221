"""Switches logging on: a rotating file of JSON lines, and the last lines in memory."""

from __future__ import annotations

import collections
import contextlib
import datetime as dt
import json
import logging
import logging.handlers
import os
import sys
import traceback
import unicodedata
from io import TextIOWrapper
from pathlib import Path
from typing import Final

from pos_app.logs import log
from pos_app.logs.redact import RedactingFilter, redact

FILE_NAME: Final = "pos-app.log"
FILE_BYTES_MAX: Final = 2_000_000
FILES_KEPT: Final = 5
LINES_KEPT: Final = 500

#: Libraries that print addresses, headers or bodies below WARNING (models.md 2.4). They stay
#: capped in debug mode, too: what they would say there is what must never be written.
CAPPED: Final = (
    "alembic",
    "asyncio",
    "h11",
    "httpcore",
    "httpx",
    "keyring",
    "qasync",
    "secretstorage",
    "sqlalchemy",
)

_memory: collections.deque[str] = collections.deque(maxlen=LINES_KEPT)
_installed: list[logging.Handler] = []


def escape_controls(line: str) -> str:
    r"""Return `line` with every control, format and separator character written as \\uXXXX.

    `json.dumps` escapes the first 32 only. A newline, a direction mark or a NEXT LINE in a name
    must not make a second line, or one that reads differently from what it is.
    """
    if line.isascii() and line.isprintable():
        return line
    return "".join(
        f"\\u{ord(letter):04x}"
        if unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and ord(letter) < 0x10000
        else letter
        for letter in line
    )


class JsonLineFormatter(logging.Formatter):
    """Makes one JSON object of a record: at, level, subject, event, and its fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without an end of line."""
        entry: dict[str, object] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(
                timespec="milliseconds"
            ),
            "level": record.levelname,
            "subject": record.name,
            "event": redact(record.getMessage()),
            **log.fields_of(record),
        }
        if record.exc_info and record.exc_info[1] is not None:
            entry["failure"] = describe_failure(record.exc_info[1])
        return escape_controls(json.dumps(entry, ensure_ascii=False, default=str))


def describe_failure(failure: BaseException) -> list[dict[str, object]]:
    """Return an exception and what caused it: kind, redacted text, and places without variables."""
    described: list[dict[str, object]] = []
    seen: set[int] = set()
    current: BaseException | None = failure
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        places = traceback.extract_tb(current.__traceback__, limit=-20)
        described.append(
            {
                "kind": type(current).__qualname__,
                "text": redact(str(current))[: log.TEXT_MAX * 2],
                "where": [f"{Path(at.filename).name}:{at.lineno} {at.name}" for at in places],
            }
        )
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )
    return described


class PrivateRotatingFile(logging.handlers.RotatingFileHandler):
    """A rotating log file that only its owner can read, and whose failure harms nobody.

    A full disk must not stop a payment: the first failure is said once on standard error, without
    the line that could not be written, and counted in `lost`.
    """

    lost = 0

    def _open(self) -> TextIOWrapper:
        """Open the file with mode 0600, also where a looser one is there already."""
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with contextlib.suppress(OSError):  # not ours, or a file system without modes
            Path(self.baseFilename).chmod(0o600)
        return TextIOWrapper(os.fdopen(descriptor, "ab"), encoding="utf-8")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Count the line as lost; the first time, say so."""
        self.lost += 1
        if self.lost == 1 and sys.stderr is not None:
            kind = sys.exc_info()[0]
            sys.stderr.write(f"log line lost: {kind.__name__ if kind else 'unknown'}\n")


class _Memory(logging.Handler):
    """Keeps the last lines for a report of trouble."""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the formatted line."""
        _memory.append(self.format(record))


def set_up_logging(folder: Path, *, debug: bool) -> Path:
    """Write logs into `folder` from now on and return the file; called again, it moves there.

    The folder is made (0700) if it is not there. Our subjects log from INFO, with `debug` from
    DEBUG; everybody else from WARNING.

    Raises:
        OSError: the folder or the file cannot be made or written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = PrivateRotatingFile(
        folder / FILE_NAME, maxBytes=FILE_BYTES_MAX, backupCount=FILES_KEPT, encoding="utf-8"
    )
    shut_down_logging()
    _memory.clear()
    root = logging.getLogger()
    for handler in (file, _Memory()):
        handler.setFormatter(JsonLineFormatter())
        handler.addFilter(RedactingFilter())
        root.addHandler(handler)
        _installed.append(handler)
    root.setLevel(logging.WARNING)
    for name in CAPPED:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger(log.ROOT).setLevel(logging.DEBUG if debug else logging.INFO)
    return folder / FILE_NAME


def shut_down_logging() -> None:
    """Close the file and take our handlers away; the last lines stay in memory."""
    root = logging.getLogger()
    while _installed:
        handler = _installed.pop()
        root.removeHandler(handler)
        # On a full disk the last lines cannot be written; that was said once, and harms nobody.
        with contextlib.suppress(OSError):
            handler.close()


def last_lines() -> tuple[str, ...]:
    """Return the last lines logged since `set_up_logging`, oldest first, already redacted."""
    return tuple(_memory)
