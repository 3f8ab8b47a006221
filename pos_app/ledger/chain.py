"""The chain: each fact carries an HMAC over itself and the one before it.

Whoever edits, drops, adds or reorders facts without the key breaks the chain at that place, and
`verify` names it. The key lies in the vault; the chain starts from a value bound to the
installation. Source: money-safety.md 10 (recovery ladder), security.md 4.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
from dataclasses import dataclass

import msgspec

from pos_app.domain.errors import Bug

#: 256 bits, as the vault makes them (`Vault.ledger_key`).
KEY_BYTES = 32

# What is signed begins with what it is, so that no MAC can stand for another kind of thing.
_GENESIS = b"pos-app ledger genesis 1\n"
_FACT = b"pos-app ledger fact 1\n"
_HEAD = b"pos-app ledger head 1\n"
_ANCHOR = b"pos-app ledger anchor 1\n"
_SPOOL = b"pos-app ledger spool 1\n"


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends: the last fact's place (0 before the first) and MAC (hex)."""

    seq: int
    mac: str


@dataclass(frozen=True, slots=True)
class Line:
    """A fact as it is stored; the fields are the columns of `facts`."""

    seq: int
    payment_id: str
    version: int
    kind: str
    body: str
    at: str
    operator: str
    approver: str
    counter: str
    prev_mac: str
    mac: str


class Chain:
    """Makes and checks MACs with one key for one installation."""

    def __init__(self, key: bytes, install_id: str) -> None:
        """Keep the key.

        Args:
            key: 32 bytes from the vault.
            install_id: name of this installation, from the vault.

        Raises:
            Bug: the key has another length.
        """
        if len(key) != KEY_BYTES:
            raise Bug("ledger.key_length", length=len(key))
        self._key = key
        self.install_id = install_id
        self.genesis = self._mac(_GENESIS, install_id.encode())

    def start(self) -> Head:
        """Return the head of a ledger without facts."""
        return Head(seq=0, mac=self.genesis)

    def mac_of(self, line: Line) -> str:
        """Return the MAC that `line` must carry."""
        content = msgspec.json.encode(
            [
                line.seq,
                line.payment_id,
                line.version,
                line.kind,
                line.body,
                line.at,
                line.operator,
                line.approver,
                line.counter,
            ]
        )
        return self._mac(_FACT, line.prev_mac.encode(), b"\n", content)

    def signed(self, line: Line) -> Line:
        """Return `line` with its MAC."""
        return dataclasses.replace(line, mac=self.mac_of(line))

    def is_whole(self, line: Line) -> bool:
        """Tell whether `line` is what was once stored."""
        return hmac.compare_digest(self.mac_of(line).encode(), line.mac.encode())

    def seal_of(self, head: Head) -> str:
        """Return the seal of a head, without which an older one could be put in its place."""
        return self._mac(_HEAD, f"{head.seq}\n{head.mac}".encode())

    def is_sealed(self, head: Head, seal: str) -> bool:
        """Tell whether `seal` belongs to `head`."""
        return hmac.compare_digest(self.seal_of(head).encode(), seal.encode())

    def seal_of_anchor(self, head: Head) -> str:
        """Return the seal of a head that is remembered outside the database (`anchor.py`)."""
        return self._mac(_ANCHOR, f"{head.seq}\n{head.mac}".encode())

    def is_anchor(self, head: Head, seal: str) -> bool:
        """Tell whether `seal` belongs to a head that was remembered."""
        return hmac.compare_digest(self.seal_of_anchor(head).encode(), seal.encode())

    def seal_of_spooled(self, record: bytes) -> str:
        """Return the seal of a record in the spool (`spool.py`)."""
        return self._mac(_SPOOL, record)

    def is_spooled_by_us(self, record: bytes, seal: bytes) -> bool:
        """Tell whether `seal` belongs to a record in the spool."""
        return hmac.compare_digest(self.seal_of_spooled(record).encode(), seal)

    def _mac(self, *parts: bytes) -> str:
        """Return HMAC-SHA256 over the parts, as 64 hex digits."""
        return hmac.new(self._key, b"".join(parts), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the chain does not hold, and how."""

    seq: int
    why: str


class Walk:
    """Checks lines one after another from the first, as they are read page by page."""

    def __init__(self, chain: Chain) -> None:
        """Start before the first fact."""
        self._chain = chain
        self.head = chain.start()

    def step(self, line: Line) -> Break | None:
        """Take the next line; return what is wrong with it, or None and move on."""
        expected = self.head.seq + 1
        if line.seq != expected:
            return Break(seq=expected, why="gap")
        if line.prev_mac != self.head.mac:
            return Break(seq=line.seq, why="order")
        if not self._chain.is_whole(line):
            return Break(seq=line.seq, why="mac")
        self.head = Head(seq=line.seq, mac=line.mac)
        return None
