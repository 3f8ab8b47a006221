"""A second place that knows how far the ledger reached: the vault.

The lock file beside the ledger knows it after each commit (`ledger/anchor.py`), but goes where the
ledger's folder goes. The vault lies in another folder, and where it has a keyring, that is outside
of the whole data folder; both are told at the start, every few minutes and at the end, never while
a payment waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from pos_app.domain.errors import ShopTrouble
from pos_app.logs.log import log_event, money

if TYPE_CHECKING:
    from pos_app.bootstrap.set_up import SetUpDesk
    from pos_app.ledger.chain import Head
    from pos_app.ledger.store import SqlLedger
    from pos_app.vault import Vault

NAME = "ledger.anchor"
"""The vault's file: place and MAC of the last fact, parted by a blank."""

SEQ_BYTES = 8
"""Of the 32 bytes in the keyring: the place of the fact; the rest is the MAC's beginning."""

AFTER_S, EVERY_S = 5.0, 300.0
"""When the vault is told first, and how often, in seconds: writing it takes a few syncs."""


def known_heads(vault: Vault) -> tuple[Head, ...]:
    """Return the heads that the vault was told last: of its file, and of its keyring.

    The keyring's has the first 48 digits of the MAC only: an entry holds 32 bytes.

    Raises:
        ShopTrouble: the file was changed or cannot be read: then nobody can vouch for the ledger.
    """
    from pos_app.ledger.chain import Head

    heads = []
    kept, mark = vault.get_secret(NAME), vault.remembered()
    if kept is not None:
        seq, _, mac = kept.decode().partition(" ")
        heads.append(Head(int(seq), mac))
    if mark is not None:
        heads.append(Head(int.from_bytes(mark[:SEQ_BYTES], "big"), mark[SEQ_BYTES:].hex()))
    return tuple(heads)


def tell_vault(vault: Vault, head: Head) -> None:
    """Let the vault's file and its keyring know a head; raises `ShopTrouble` as they do."""
    if vault.get_secret(NAME) != _encode(head):
        vault.put_secret(NAME, _encode(head))
    mark = head.seq.to_bytes(SEQ_BYTES, "big") + bytes.fromhex(head.mac)[: 32 - SEQ_BYTES]
    if vault.remembered() != mark:
        vault.remember(mark)


def _encode(head: Head) -> bytes:
    """Return a head as the vault keeps it."""
    return f"{head.seq} {head.mac}".encode()


async def keep_head(vault: Vault, ledger: SqlLedger) -> None:
    """Tell the vault how far the ledger reaches; what is in the way goes to the log only."""
    try:
        head = await ledger.head()
        await asyncio.to_thread(tell_vault, vault, head)
    except ShopTrouble as trouble:
        log_event(money, logging.WARNING, "ledger.anchor_not_kept", code=trouble.code)


async def watch_head(vault: Vault, ledger: SqlLedger) -> None:
    """Tell the vault again and again, until the program ends."""
    await asyncio.sleep(AFTER_S)
    while True:
        await keep_head(vault, ledger)
        await asyncio.sleep(EVERY_S)


def accept_ledger(desk: SetUpDesk, vault: Vault, reason: str) -> Head:
    """Let the ledger count as it is, although it was seen to reach further; say so in the log.

    Raises:
        ShopTrouble: it is not whole, or as `open_ledger`; nothing was accepted.
    """
    settings = desk.load().settings
    with desk.open_ledger(settings, vault, accept=True) as ledger:
        report = asyncio.run(ledger.verify(ledger.start))
        if not report.ok:
            raise ShopTrouble("ledger.chain_broken", seq=report.first_bad_seq or 0)
        head = ledger.accept()
        vault.delete_secret(NAME)  # it may be what is damaged
        tell_vault(vault, head)
    log_event(
        money,
        logging.WARNING,
        "ledger.older_accepted",
        sequence=head.seq,
        reason=" ".join(reason.split())[:200],
    )
    return head
