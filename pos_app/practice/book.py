"""The gateway's own truth: what was charged, what was cancelled, what is left.

It never learns a card number: a payment comes in with its mask already made (first six and last
four digits). Every change goes to the file behind it before anyone is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Final

from pos_app.practice.clock import KST, day, stamp
from pos_app.practice.keeping import Keeping
from pos_app.practice.trouble import PracticeTrouble

FULL: Final = "STSC"
PARTIAL: Final = "STPC"
APPROVED: Final = "STSR"
_NUMBERS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Cancel:
    """One cancel that was carried out; amounts in won."""

    no: int
    seq_no: str
    kind: str
    amount: int
    balance_after: int
    time: str
    by: str
    """`client`, `admin` (behind the client's back) or `gateway` (on its own)."""
    tax: tuple[int, ...] = ()
    """Supply, VAT and tax-free part of it, for a mixed-tax sale."""


@dataclass(slots=True)
class Payment:
    """One approved charge; amounts in won."""

    tno: str
    order_no: str
    site_cd: str
    amount: int
    quota: str
    card_masked: str
    app_no: str
    app_time: str
    partcanc_yn: str
    details: dict[str, str]
    """The other reply fields that an inquiry shows again (card company, interest, tax)."""
    aftermath: dict[str, object] = field(default_factory=dict)
    """What magic has in store for later requests about this payment."""
    cancels: list[Cancel] = field(default_factory=list)

    @property
    def balance(self) -> int:
        """What can still be cancelled, in won."""
        return self.amount - sum(cancel.amount for cancel in self.cancels)

    @property
    def state(self) -> str:
        """The vendor's stat_ca_cd (kcp.md 4.6)."""
        if not self.cancels:
            return APPROVED
        return FULL if self.balance == 0 else PARTIAL

    @property
    def approved_at(self) -> datetime:
        """When it was approved, to the second."""
        return datetime.strptime(self.app_time, "%Y%m%d%H%M%S").replace(tzinfo=KST)

    def as_json(self) -> dict[str, object]:
        """Return what `GET /book` shows of it."""
        return {
            "gateway": "kcp",
            "tno": self.tno,
            "order_no": self.order_no,
            "site_cd": self.site_cd,
            "amount": self.amount,
            "balance": self.balance,
            "quota": self.quota,
            "state": self.state,
            "card_masked": self.card_masked,
            "card_cd": self.details.get("card_cd", ""),
            "card_name": self.details.get("card_name", ""),
            "app_no": self.app_no,
            "app_time": self.app_time,
            "partcanc_yn": self.partcanc_yn,
            "cancels": [asdict(cancel) for cancel in self.cancels],
        }


class Book:
    """All payments of all sites, by tno."""

    def __init__(self, keeping: Keeping) -> None:
        """Start empty; `take` brings back what the file holds."""
        self._keeping = keeping
        self._payments: dict[str, Payment] = {}
        self._orders: set[tuple[str, str]] = set()
        self._last_number = 0

    def take(self, line: Mapping[str, object]) -> None:
        """Take one line of the file into account.

        Raises:
            PracticeTrouble: it does not fit what came before it.
        """
        kind, value = line.get("is"), line.get("value")
        try:
            if kind == "payment" and isinstance(value, dict):
                payment = Payment(**value)
                self._payments[payment.tno] = payment
                self._orders.add((payment.site_cd, payment.order_no))
            elif kind == "cancel" and isinstance(value, dict):
                self._payments[str(line["tno"])].cancels.append(Cancel(**value))
            elif kind == "order" and isinstance(value, list):
                self._orders.add((str(value[0]), str(value[1])))
        except (KeyError, TypeError, IndexError) as error:
            raise PracticeTrouble(f"the book holds a line that does not fit: {error!r}") from error

    def payments(self) -> Iterable[Payment]:
        """Return every payment, oldest first."""
        return self._payments.values()

    def find(self, site_cd: str, tno: str) -> Payment | None:
        """Return the payment of this site with this number."""
        payment = self._payments.get(tno)
        return payment if payment is not None and payment.site_cd == site_cd else None

    def get(self, tno: str) -> Payment | None:
        """Return the payment with this number, whatever its site."""
        return self._payments.get(tno)

    def find_by_order(self, site_cd: str, order_no: str, date: str) -> Payment | None:
        """Return the first payment of that order number approved on that KST date (yyyyMMdd)."""
        for payment in self._payments.values():
            same = payment.site_cd == site_cd and payment.order_no == order_no
            if same and payment.app_time[:8] == date:
                return payment
        return None

    def order_used(self, site_cd: str, order_no: str) -> bool:
        """Say whether this order number was used before, approved or not."""
        return (site_cd, order_no) in self._orders

    def use_order(self, site_cd: str, order_no: str) -> None:
        """Remember that this order number is used up."""
        if (site_cd, order_no) not in self._orders:
            self._keeping.add({"is": "order", "value": [site_cd, order_no]})
            self._orders.add((site_cd, order_no))

    def approve(self, payment: Payment) -> None:
        """Add an approved charge."""
        line = {name: value for name, value in asdict(payment).items() if name != "cancels"}
        self._keeping.add({"is": "payment", "value": line})
        self._payments[payment.tno] = payment
        self._orders.add((payment.site_cd, payment.order_no))

    def cancel(
        self, payment: Payment, amount: int, *, by: str, now: datetime, tax: tuple[int, ...] = ()
    ) -> Cancel:
        """Cancel `amount` won of `payment`; the caller has checked that the vendor allows it.

        Raises:
            PracticeTrouble: it is not between one won and the balance.
        """
        if not 1 <= amount <= payment.balance:
            raise PracticeTrouble(f"{amount} won of {payment.balance} cannot be cancelled")
        left = payment.balance - amount
        kind = FULL if left == 0 and not payment.cancels else PARTIAL
        number = len(payment.cancels) + 1
        done = Cancel(
            number, f"{payment.tno[:8]}{number:06d}", kind, amount, left, stamp(now), by, tax
        )
        self._keeping.add({"is": "cancel", "tno": payment.tno, "value": asdict(done)})
        payment.cancels.append(done)
        return done

    def next_tno(self, now: datetime) -> str:
        """Return a fresh 14-digit number: the KST date and a number that is never 000000.

        The number starts from the time of day, so that a gateway without a file does not give the
        same numbers again after a restart.
        """
        local = now.astimezone(KST)
        second = local.hour * 3600 + local.minute * 60 + local.second
        number = max(second * 10 + 1, self._last_number + 1) % _NUMBERS
        while number == 0 or f"{day(now)}{number:06d}" in self._payments:
            number = (number + 1) % _NUMBERS
        self._last_number = number
        return f"{day(now)}{number:06d}"

    def totals(self) -> dict[str, int]:
        """Return won approved, cancelled and left over all payments."""
        approved = sum(payment.amount for payment in self._payments.values())
        net = sum(payment.balance for payment in self._payments.values())
        return {"approved": approved, "cancelled": approved - net, "net": net}


def approval_number(tno: str) -> str:
    """Return eight digits that look like a card company's approval number, fixed by the tno."""
    return f"{int(hashlib.sha256(tno.encode()).hexdigest()[:12], 16) % 100_000_000:08d}"
