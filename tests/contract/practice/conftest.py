"""One shop for all tests here: making keys takes longer than the tests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pos_app.practice import Merchant, make_merchant
from tests.contract.practice.shop import NOW, Shop, shop_of


@pytest.fixture(scope="session")
def merchant(tmp_path_factory: pytest.TempPathFactory) -> Merchant:
    # Valid at NOW as well as today, for the tests that start a program with the real clock.
    folder = tmp_path_factory.mktemp("merchant")
    return make_merchant(folder, now=NOW - timedelta(days=30), days=3650)


@pytest.fixture(scope="session")
def other_merchant(tmp_path_factory: pytest.TempPathFactory) -> Merchant:
    return make_merchant(tmp_path_factory.mktemp("other"), now=NOW)


@pytest.fixture(scope="session")
def shop(merchant: Merchant) -> Shop:
    return shop_of(merchant)


@pytest.fixture(scope="session")
def other_shop(other_merchant: Merchant) -> Shop:
    return shop_of(other_merchant)
