"""The tables: facts (the truth), and what is folded from them for lists, search and export.

Only plain SQL types, so that SQLite and PostgreSQL run the same statements: truth values are 0 or
1, times are ISO 8601 text in UTC with microseconds (equal lengths, so they sort), names are text.
Triggers belong to the migrations, because they differ by engine (`migrations/triggers_v0001.py`).

In `facts` the column `payment_id` is the id of whatever the fact belongs to: a payment, or a stream
(`domain/streams.py`) beside it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

#: "POSL": marks the file as our ledger (SQLite `application_id`).
APPLICATION_ID = 0x504F534C
#: Newest schema this program knows: the number of the last migration (SQLite `user_version`).
SCHEMA_VERSION = 3

#: Constraints have names, because only what has a name can be changed by a later migration.
METADATA = MetaData(
    naming_convention={
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

#: 64 bits everywhere: amounts have twelve digits. STRICT tables of SQLite know INTEGER only.
_LONG = BigInteger().with_variant(Integer(), "sqlite")


def _words(name: str) -> Column[str]:
    """Return a text column that may be empty but is never missing."""
    return Column(name, Text, nullable=False)


def _amount(name: str) -> Column[int]:
    """Return a column of won."""
    return Column(name, _LONG, nullable=False)


def _flag(name: str) -> Column[int]:
    """Return a column of 0 or 1; its table checks that."""
    return Column(name, Integer, nullable=False)


facts = Table(
    "facts",
    METADATA,
    # From 1 without a gap, given by us inside the transaction: a sequence would leave holes.
    Column("seq", _LONG, primary_key=True, autoincrement=False),
    _words("payment_id"),
    Column("version", Integer, nullable=False),
    _words("kind"),
    _words("body"),
    _words("at"),
    _words("operator"),
    _words("approver"),
    _words("counter"),
    _words("prev_mac"),
    _words("mac"),
    CheckConstraint("seq > 0", name="seq"),
    CheckConstraint("version > 0", name="version"),
    UniqueConstraint("payment_id", "version"),
    sqlite_strict=True,
)

payments = Table(
    "payments",
    METADATA,
    Column("payment_id", Text, primary_key=True),
    # Place of the first fact: the order of payments, whatever the wall clock did.
    Column("first_seq", _LONG, nullable=False, unique=True),
    _words("sale_id"),
    _words("order_no"),
    _words("order_date"),
    _words("gateway"),
    _words("environment"),
    _words("site"),
    _words("state"),
    Column("version", Integer, nullable=False),
    _flag("live"),
    _flag("open"),
    _amount("amount"),
    _amount("tax_free"),
    Column("months", Integer, nullable=False),
    _amount("refunded"),
    _amount("balance"),
    _words("product"),
    _words("buyer_name"),
    _words("buyer_phone"),
    _words("buyer_email"),
    _words("card_masked"),
    _words("card_brand"),
    _words("last4"),
    _words("approval_no"),
    _words("gateway_ref"),
    _words("issuer"),
    _words("person_needed"),
    _words("unwanted"),
    _words("operator"),
    _words("counter"),
    _words("created_at"),
    Column("settled_at", Text),
    _words("changed_at"),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("tax_free >= 0 AND tax_free <= amount", name="tax_free"),
    CheckConstraint("refunded >= 0 AND balance >= 0", name="refunded"),
    CheckConstraint("refunded + balance = amount", name="balance"),
    CheckConstraint("months = 0 OR months BETWEEN 2 AND 36", name="months"),
    CheckConstraint("version > 0", name="version"),
    CheckConstraint("live IN (0, 1)", name="live"),
    CheckConstraint("open IN (0, 1)", name="open"),
    UniqueConstraint("order_no", "site"),
    sqlite_strict=True,
)

refunds = Table(
    "refunds",
    METADATA,
    Column("refund_id", Text, primary_key=True),
    Column("payment_id", Text, ForeignKey("payments.payment_id"), nullable=False),
    _words("state"),
    _flag("live"),
    _amount("amount"),
    _amount("tax_free"),
    _amount("balance_before"),
    _flag("partial"),
    Column("tries", Integer, nullable=False),
    _words("reason"),
    _words("serial"),
    _words("operator"),
    _words("approver"),
    _words("created_at"),
    Column("settled_at", Text),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("tax_free >= 0 AND tax_free <= amount", name="tax_free"),
    CheckConstraint("balance_before >= amount", name="balance_before"),
    CheckConstraint("live IN (0, 1)", name="live"),
    CheckConstraint("partial IN (0, 1)", name="partial"),
    sqlite_strict=True,
)

#: What a search reads from end to end; narrow, so that a million payments pass in a blink.
search_texts = Table(
    "search_texts",
    METADATA,
    Column(
        "first_seq",
        _LONG,
        ForeignKey("payments.first_seq"),
        primary_key=True,
        autoincrement=False,
    ),
    _words("words"),
    sqlite_strict=True,
)

#: One row a stream, folded from its facts: records beside payments, whatever kind they are.
streams = Table(
    "streams",
    METADATA,
    Column("stream_id", Text, primary_key=True),
    Column("first_seq", _LONG, nullable=False, unique=True),
    _words("kind"),
    _words("key"),
    _words("owner"),
    _words("state"),
    Column("version", Integer, nullable=False),
    _flag("open"),
    Column("due_at", Text),
    _words("words"),
    _words("created_at"),
    _words("changed_at"),
    CheckConstraint("version > 0", name="version"),
    CheckConstraint("open IN (0, 1)", name="open"),
    UniqueConstraint("kind", "key"),
    sqlite_strict=True,
)

#: One row: the last fact's place and MAC under a seal of their own, so that a cut tail shows.
ledger_head = Table(
    "ledger_head",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", _LONG, nullable=False),
    _words("mac"),
    _words("seal"),
    CheckConstraint("id = 1", name="one_row"),
    sqlite_strict=True,
)

#: What the ledger says of itself: `install_id`, and `genesis`, the value the chain starts from.
ledger_meta = Table(
    "ledger_meta",
    METADATA,
    Column("name", Text, primary_key=True),
    _words("value"),
    sqlite_strict=True,
)

# Rule R6: one live attempt a sale, one live refund a payment, enforced here and not by buttons.
# The migration that makes them says the same for PostgreSQL; said here, SQLAlchemy would load all
# of its PostgreSQL dialects at each start.
Index(
    "uq_payments_live_sale",
    payments.c.sale_id,
    unique=True,
    sqlite_where=payments.c.live == 1,
)
Index(
    "uq_refunds_live_payment",
    refunds.c.payment_id,
    unique=True,
    sqlite_where=refunds.c.live == 1,
)
Index("ix_payments_open", payments.c.open, payments.c.first_seq)
Index("ix_payments_card", payments.c.card_masked, payments.c.amount, payments.c.first_seq)
Index("ix_payments_amount", payments.c.amount, payments.c.first_seq)
Index("ix_payments_created", payments.c.created_at, payments.c.first_seq)
Index("ix_refunds_payment", refunds.c.payment_id)
Index("ix_streams_open", streams.c.kind, streams.c.open, streams.c.first_seq)
Index("ix_streams_owner", streams.c.kind, streams.c.owner, streams.c.first_seq)
Index("ix_streams_due", streams.c.kind, streams.c.due_at)
