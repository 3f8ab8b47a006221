"""A shop whose gateway is the fake of the service tests: it must behave like the real ones."""

from __future__ import annotations

from pos_app.domain import answers as a
from pos_app.domain.card import Card
from pos_app.domain.requests import ChargeRequest
from pos_app.services.ports import Gateway
from tests.contract.gateways.shop import Book, Shop
from tests.helpers.fake_gateway import FakeGateway


class FakeShop(Shop):
    """A shop at nobody's."""

    def __init__(self) -> None:
        super().__init__()
        self.fake = FakeGateway()

    @property
    def gateway(self) -> Gateway:
        return self.fake

    @property
    def book(self) -> Book:
        return self

    def balance(self, request: ChargeRequest) -> int | None:
        """Return what is left of an order's charge."""
        booked = self.fake.book.get(request.order_no)
        return None if booked is None else booked.balance

    def charges(self, request: ChargeRequest) -> int:
        """Return how many charge requests for that order arrived."""
        return self.fake.charges[request.order_no]

    async def hang_up(self) -> None:
        self.fake.answer_with(a.NotSent("refused"))

    async def approve(
        self, request: ChargeRequest | None = None, card: Card | None = None
    ) -> a.ChargeAnswer:
        """Charge; the magic cards tell the fake what to do."""
        number = "" if card is None else bytes(card.number.view()).decode()
        if number == self.magic_lost:
            self.fake.answer_with(a.NoAnswer("reset"), charged=True)
        elif number == self.magic_not_charged:
            self.fake.answer_with(a.NoAnswer("reset"))
        elif number == self.magic_declined:
            refusal = a.Refusal("CC61", "한도초과", "한도 초과", "Over limit", a.Advice.OTHER_CARD)
            self.fake.answer_with(a.Declined(refusal))
        elif number == self.magic_mismatched:
            self.fake.answer_with(a.Mismatched("26112114320000", "amount", "1", "2"), charged=True)
        elif number == self.magic_cancel_lost:
            self.fake.cancel_with(a.NoAnswer("reset"), done=True)
        return await super().approve(request, card)
