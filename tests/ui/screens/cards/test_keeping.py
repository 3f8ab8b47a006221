"""A new card by keys: the consent comes first, and nothing of the card is left behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pos_app.domain import answers as a
from pos_app.domain.card_facts import CardState
from pos_app.domain.payment import PaymentState
from pos_app.ui import text
from pos_app.ui.consent import consent_text
from tests.helpers.fake_cards import REFUSAL
from tests.helpers.fake_gateway import FakeGateway
from tests.ui.screens.cards.counter import ENTER, ESCAPE, Counter, Key, counter
from tests.ui.screens.refund.counter import until

RunAsync = Callable[[Any], Any]


async def begin(at: Counter) -> None:
    """Open the page, say who agrees, and read the text."""
    await at.open()
    at.command(Key.Key_N)
    await at.on(at.screen.keep_page)
    at.type("정하늘")
    at.press(ENTER)
    at.type("01012344410")
    at.press(ENTER)


def type_card(at: Counter) -> None:
    """Type a card as the customer reads it out."""
    at.type("9410110000000073")
    at.type("0729")
    at.type("880715")
    at.press(ENTER)
    at.type("12")


def test_a_card_is_kept_with_keys_only(tmp_path: Path, run_async: RunAsync) -> None:
    async def story() -> None:
        async with counter(tmp_path) as at:
            page = at.screen.keep_page
            await begin(at)
            assert not page.card.isVisibleTo(page), "nothing of the card before the consent"
            assert at.gateway.asked["keep"] == 0
            at.press(ENTER)  # read aloud, and agreed to
            assert page.card.isVisibleTo(page)
            type_card(at)
            at.press(ENTER)  # past the amount, which may stay empty
            at.press(ENTER)
            await at.on(at.screen.card_page)
            (card,) = await at.bench.app.card_desk.find()
            assert (card.state, card.customer_name) == (CardState.KEPT, "정하늘")
            assert (card.wording_version, card.wording_language) == ("1", "ko")
            assert page.card.is_empty()

    run_async(story())


def test_a_sale_and_its_card_in_one(tmp_path: Path, run_async: RunAsync) -> None:
    async def story() -> None:
        async with counter(tmp_path) as at:
            await begin(at)
            at.press(ENTER)
            type_card(at)
            at.type("33000")
            at.press(ENTER)
            at.type("꽃다발")
            at.press(ENTER, ENTER, ENTER)  # months, then the big key
            await until(lambda: at.went)
            ((name, payment_id),) = at.went
            paid = await at.bench.app.history.payment(payment_id)  # type: ignore[arg-type]  # an id
            assert (name, paid.state) == ("sale", PaymentState.APPROVED)
            assert paid.customer_uid in at.gateway.kept

    run_async(story())


def test_leaving_the_page_wipes_the_card(tmp_path: Path, run_async: RunAsync) -> None:
    async def story() -> None:
        async with counter(tmp_path) as at:
            await begin(at)
            at.press(ENTER)
            type_card(at)
            assert not at.screen.keep_page.card.is_empty()
            at.press(ESCAPE)
            await at.on(at.screen.list)
            assert at.screen.keep_page.card.is_empty()
            assert at.bench.ledger.log == []

    run_async(story())


def test_nobody_agrees_without_a_name(tmp_path: Path, run_async: RunAsync) -> None:
    async def story() -> None:
        async with counter(tmp_path) as at:
            page = at.screen.keep_page
            await at.open()
            at.command(Key.Key_N)
            await at.on(page)
            at.press(ENTER, ENTER, ENTER)
            assert not page.consented
            assert page.name.error()

    run_async(story())


def test_a_refusal_says_why_and_what_stands(tmp_path: Path, run_async: RunAsync) -> None:
    async def story() -> None:
        async with counter(tmp_path) as at:
            at.gateway.say("keep", a.Refused(REFUSAL))
            await begin(at)
            at.press(ENTER)
            type_card(at)
            at.press(ENTER, ENTER)
            await at.on(at.screen.card_page)
            assert at.screen.card_page.verdict() == text.text("cards.state.not_kept.title")
            assert at.screen.card_page.side.offered() == []

    run_async(story())


def test_an_impossible_card_is_said_in_its_field(tmp_path: Path, run_async: RunAsync) -> None:
    async def story() -> None:
        async with counter(tmp_path) as at:
            page = at.screen.keep_page
            await begin(at)
            at.press(ENTER)
            at.type("9410110000000073")
            at.type("0720")
            at.type("880715")
            at.press(ENTER)
            at.type("12")
            at.press(ENTER, ENTER)
            assert page.card.expiry.error()
            assert at.bench.ledger.log == []

    run_async(story())


def test_a_terminal_without_cards_says_why(tmp_path: Path, run_async: RunAsync) -> None:
    async def story() -> None:
        async with counter(tmp_path, gateway=FakeGateway()) as at:
            at.screen.activate()
            assert at.screen.page() is at.screen.nothing
            assert at.screen.nothing.hero.title() == text.text("cards.unable.title")
            at.press(ESCAPE)
            assert at.went == [("sale", "")]

    run_async(story())


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_text_names_shop_and_gateway(language: text.Language) -> None:
    text.use_language(language)
    read = consent_text("봄날꽃집", "portone")
    assert "봄날꽃집" in read.words
    assert "PortOne" in read.words
    assert "{" not in read.words
    assert read.consent.wording_language == language
