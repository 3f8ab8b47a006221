"""The end of the chain, known outside the database file too, so that an older ledger is noticed.

A database that was put back, cut, or robbed of its `-wal` is sound in itself: only somebody who
remembers a newer end can tell. Two remember. The lock file beside the ledger has two slots, written
in turn after each commit; and whoever opens the ledger may bring a head that lies elsewhere (the
vault), for a folder that was exchanged as a whole.

A slot can be older than the committed ledger, never newer: it is written when the commit is on the
disk already, and a slot that was torn by a power cut has no valid seal, so that the other one
counts, or neither. That is why it needs no sync of its own, and a sale pays for one small write
into memory. After a kill without a power cut the system still has it, which is when a deleted
`-wal` loses facts.
"""

from __future__ import annotations

import logging

from sqlalchemy import Connection, select

from pos_app.domain.errors import ShopTrouble
from pos_app.ledger.chain import Chain, Head
from pos_app.ledger.lock import SLOT_BYTES, InstanceLock
from pos_app.ledger.schema import facts
from pos_app.logs import log, log_event


class Anchor:
    """Writes the two slots of one open ledger."""

    def __init__(self, lock: InstanceLock, chain: Chain) -> None:
        """Go on with the slot that does not hold the newest head."""
        self._lock = lock
        self._chain = chain
        self._told = False
        found = [_decode(slot, chain) for slot in lock.slots()]
        first, second = (-1 if head is None else head.seq for head in found)
        self._next = 0 if first <= second else 1
        self._newest = found[1 - self._next]

    def note(self, head: Head) -> None:
        """Remember `head`, which is committed; a disk that refuses leaves the older one."""
        if head == self._newest:
            return
        try:
            self._lock.write_slot(self._next, _encode(head, self._chain))
        except OSError as error:
            if not self._told:
                self._told = True
                kind = type(error).__name__
                log_event(log.ledger, logging.WARNING, "ledger.anchor_not_written", error=kind)
            return
        self._next, self._newest = 1 - self._next, head

    def reset(self, head: Head) -> None:
        """Remember `head` and nothing newer: an older ledger was accepted.

        Raises:
            OSError: the disk refuses.
        """
        for number in (0, 1):
            self._lock.write_slot(number, _encode(head, self._chain))
        self._newest = head


def remembered(
    slots: tuple[bytes, ...], chain: Chain, elsewhere: tuple[Head, ...]
) -> tuple[Head, ...]:
    """Return the heads that slots with a valid seal remember, and those kept elsewhere."""
    heads = [head for slot in slots if (head := _decode(slot, chain)) is not None]
    return (*heads, *elsewhere)


def is_anchored(head: Head, anchor: Head) -> bool:
    """Tell whether `anchor` remembers this head; it may know the first digits of the MAC only."""
    return head.seq == anchor.seq and bool(anchor.mac) and head.mac.startswith(anchor.mac)


def check_anchors(connection: Connection, chain: Chain, anchors: tuple[Head, ...]) -> None:
    """Check that the ledger has what it was once seen to have.

    Raises:
        ShopTrouble: `ledger.rolled_back`: an older ledger lies in its place, or its end is gone.
    """
    for anchor in sorted(anchors, key=lambda head: head.seq, reverse=True):
        mac = connection.scalar(select(facts.c.mac).where(facts.c.seq == anchor.seq))
        reached = Head(anchor.seq, mac or "") if anchor.seq else chain.start()
        if not is_anchored(reached, anchor):
            raise ShopTrouble("ledger.rolled_back", seq=anchor.seq)


def _encode(head: Head, chain: Chain) -> bytes:
    """Return a slot: place, MAC, seal, a line feed; filled up with blanks before it."""
    text = f"{head.seq} {head.mac} {chain.seal_of_anchor(head)}"
    return text.ljust(SLOT_BYTES - 1).encode() + b"\n"


def _decode(slot: bytes, chain: Chain) -> Head | None:
    """Return the head in a slot, None if it holds none of ours."""
    parts = slot.decode("ascii", "replace").split()
    if len(parts) != 3 or not (parts[0].isascii() and parts[0].isdecimal()) or len(parts[0]) > 18:
        return None
    head = Head(seq=int(parts[0]), mac=parts[1])
    return head if chain.is_anchor(head, parts[2]) else None
