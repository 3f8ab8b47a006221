"""The lines of a slip: what is on it and in which order, on the screen and on every paper.

Content follows kcp.md 5.6. The words are handed in, because the catalogues belong to the window;
nothing here knows of fonts or millimetres.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pos_app.domain.card import Brand
from pos_app.domain.errors import Bug
from pos_app.domain.money import Won
from pos_app.domain.order import KST
from pos_app.domain.receipt import Receipt, ReceiptKind
from pos_app.printing import cleaning
from pos_app.printing.cleaning import printable, typed

#: Looks a message id up and fills its parameters in: `words("slip.won", amount="88,000")`.
Words = Callable[..., str]

LIVE = "live"
#: Environments with a mark of their own; any other one that is not live is practice.
_MARKED = {"staging": "slip.mark.staging", "loopback": "slip.mark.staging"}
_PRACTICE_MARK = "slip.mark.practice"
_GATEWAYS = frozenset({"kcp", "portone"})
_BRANDS = frozenset(brand.value for brand in Brand)
#: A QR code of this many bytes still prints at 0.4 mm a module on the narrow roll.
_URL_BYTES_MAX = 300


class Style(StrEnum):
    """What part a line plays; each paper decides how that looks."""

    MARK = "mark"
    TITLE = "title"
    NAME = "name"
    NOTE = "note"
    ROW = "row"
    TOTAL = "total"
    RULE = "rule"
    NOTICE = "notice"
    QR = "qr"


@dataclass(frozen=True, slots=True)
class SlipLine:
    """One line of the slip.

    Attributes:
        style: its part.
        message_id: which line it is, whatever the language; "" for a rule.
        label: words at the left of ROW and TOTAL, the caption of QR, else "".
        value: the text; of QR the address to encode.
    """

    style: Style
    message_id: str = ""
    label: str = ""
    value: str = ""


RULE = SlipLine(Style.RULE)


def slip_lines(receipt: Receipt, words: Words, *, page_url: str = "") -> tuple[SlipLine, ...]:
    """Return every line of the slip from top to bottom.

    Args:
        receipt: the data.
        words: finds the words of a message id.
        page_url: address of the gateway's own page of this slip, for the QR code; "" for none.

    Raises:
        Bug: the address is not one, or the receipt's times are naive.
    """
    return tuple(_Composer(receipt, words, page_url).lines())


def slip_text(lines: Sequence[SlipLine]) -> str:
    """Return the slip as plain text, for a screen reader: one `label: value` a line."""
    spoken = []
    for line in lines:
        if line.style is Style.RULE:
            continue
        value = line.label if line.style is Style.QR else line.value
        labelled = line.label and line.style is not Style.QR
        spoken.append(f"{line.label}: {value}" if labelled else value)
    return "\n".join(spoken)


@dataclass(frozen=True, slots=True)
class _Composer:
    """Builds the lines of one receipt, block by block."""

    receipt: Receipt
    words: Words
    page_url: str

    def lines(self) -> Iterator[SlipLine]:
        """Yield all blocks in their order."""
        yield from self._environment_mark()
        if self.receipt.reprint:
            yield self._line(Style.MARK, "slip.mark.reprint")
        title = "slip.title.cancel" if self.receipt.is_cancel else "slip.title.sale"
        yield self._line(Style.TITLE, title)
        yield from self._merchant()
        yield RULE
        yield from self._transaction()
        yield RULE
        yield from self._amounts()
        yield RULE
        yield from self._origin()
        yield from self._notices()
        yield from self._page()
        yield from self._environment_mark()

    def _line(self, style: Style, message_id: str, **params: object) -> SlipLine:
        """Return a line that is words alone."""
        return SlipLine(style, message_id, "", self.words(message_id, **params))

    def _row(self, message_id: str, value: str) -> Iterator[SlipLine]:
        """Yield a labelled line, unless there is nothing to say."""
        if value:
            yield SlipLine(Style.ROW, message_id, self.words(message_id), value)

    def _environment_mark(self) -> Iterator[SlipLine]:
        """Yield the mark of a slip that is worth nothing; it stands first and last."""
        environment = self.receipt.environment
        if environment != LIVE:
            yield self._line(Style.MARK, _MARKED.get(environment, _PRACTICE_MARK))
        elif self.receipt.sandbox:
            yield self._line(Style.MARK, "slip.mark.test")

    def _merchant(self) -> Iterator[SlipLine]:
        """Yield who sells; the business number must be there for the buyer's input VAT."""
        merchant = self.receipt.merchant
        registration = self._joined(
            ("slip.merchant.number", cleaning.business_number(merchant.business_number)),
            ("slip.merchant.owner", printable(merchant.owner)),
        )
        phone = self._joined(("slip.merchant.phone", cleaning.phone_number(merchant.phone)))
        for style, message_id, value in (
            (Style.NAME, "slip.merchant.name", printable(merchant.name)),
            (Style.NOTE, "slip.merchant.number", registration),
            (Style.NOTE, "slip.merchant.address", printable(merchant.address)),
            (Style.NOTE, "slip.merchant.phone", phone),
        ):
            if value:
                yield SlipLine(style, message_id, "", value)

    def _joined(self, *parts: tuple[str, str]) -> str:
        """Return the parts that are there, with their words, on one line."""
        return " · ".join(self.words(name, value=value) for name, value in parts if value)

    def _transaction(self) -> Iterator[SlipLine]:
        """Yield what happened, with which card, for which order."""
        receipt = self.receipt
        yield from self._row("slip.kind", self.words(f"slip.kind.{receipt.kind.value}"))
        yield from self._row("slip.at", _stamp(receipt.at))
        yield from self._row("slip.card", self._card())
        yield from self._row("slip.acquirer", self._acquirer())
        yield from self._row("slip.months", self._months())
        approval = "slip.original_approval_no" if receipt.is_cancel else "slip.approval_no"
        yield from self._row(approval, self._reference(receipt.approval_no))
        if receipt.original_at is not None:
            yield from self._row("slip.original_at", _stamp(receipt.original_at))
        yield from self._row("slip.merchant_no", self._reference(receipt.merchant_no))
        yield from self._row("slip.order_no", self._reference(receipt.order_no))
        yield from self._row("slip.product", typed(receipt.product))
        yield from self._row("slip.buyer", typed(receipt.buyer_name))
        if receipt.is_cancel:
            yield from self._row("slip.reason", typed(receipt.reason))

    def _amounts(self) -> Iterator[SlipLine]:
        """Yield the tax split and the total, negative where money goes back."""
        tax = self.receipt.tax
        sign = "-" if self.receipt.is_cancel else ""
        for message_id, part in (
            ("slip.supply", tax.supply),
            ("slip.vat", tax.vat),
            ("slip.tax_free", tax.tax_free),
        ):
            yield from self._row(message_id, f"{sign if part else ''}{part}")
        total = self._won(tax.total, cancelled=self.receipt.is_cancel)
        yield SlipLine(Style.TOTAL, "slip.total", self.words("slip.total"), total)

    def _origin(self) -> Iterator[SlipLine]:
        """Yield who keyed it in and through whom it went."""
        receipt = self.receipt
        yield from self._row("slip.operator", typed(receipt.operator))
        known = receipt.gateway in _GATEWAYS
        gateway = self.words(f"gateway.name.{receipt.gateway}") if known else typed(receipt.gateway)
        yield from self._row("slip.gateway", gateway)
        yield from self._row("slip.gateway_ref", self._reference(receipt.gateway_ref))

    def _notices(self) -> Iterator[SlipLine]:
        """Yield what the paper is good for."""
        if self.receipt.kind is ReceiptKind.SALE:
            yield self._line(Style.NOTICE, "slip.notice.keyed")
            if self.receipt.environment == LIVE:
                yield self._line(Style.NOTICE, "slip.notice.tax")
                yield self._line(Style.NOTICE, "slip.notice.keep")
        else:
            yield self._line(Style.NOTICE, "slip.notice.cancel")

    def _page(self) -> Iterator[SlipLine]:
        """Yield the QR code of the gateway's own slip page, if its address is known."""
        url = self.page_url
        if not url:
            return
        plain = url.isascii() and url.isprintable() and " " not in url
        if not plain or len(url) > _URL_BYTES_MAX or not url.startswith(("https://", "http://")):
            raise Bug("slip.page_url", length=len(url))
        yield SlipLine(Style.QR, "slip.qr", self.words("slip.qr"), url)

    def _card(self) -> str:
        """Return issuer and masked number."""
        issuer = self.receipt.issuer
        if issuer in _BRANDS:
            issuer = self.words(f"slip.brand.{issuer}")
        number = cleaning.card_number(self.receipt.card_masked)
        return " ".join(part for part in (typed(issuer), number) if part)

    def _acquirer(self) -> str:
        """Return who collects the slip, where that is not the issuer itself."""
        acquirer = typed(self.receipt.acquirer)
        return "" if acquirer == typed(self.receipt.issuer) else acquirer

    def _months(self) -> str:
        """Return lump sum, or the months and whether they bear interest."""
        months = self.receipt.months
        if months.is_lump_sum:
            return self.words("slip.months.lump_sum")
        kind = "slip.months.interest_free" if self.receipt.interest_free else "slip.months.count"
        return self.words(kind, count=months.count)

    def _won(self, amount: Won, *, cancelled: bool) -> str:
        """Return an amount with its unit."""
        return self.words("slip.won_back" if cancelled else "slip.won", amount=str(amount))

    def _reference(self, text: str) -> str:
        """Return a number that someone may have to type again: whole, cleaned."""
        return cleaning.reference(text, self.receipt.card_masked)


def _stamp(moment: dt.datetime) -> str:
    """Return day and time in Korea to the second: `2026-11-21 14:32:07`."""
    if moment.tzinfo is None:
        raise Bug("slip.naive_time")
    return f"{moment.astimezone(KST):%Y-%m-%d %H:%M:%S}"
