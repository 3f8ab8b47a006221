"""Every request the client makes is as PortOne itself describes it, and none is left out."""

from __future__ import annotations

import asyncio

import pytest

from tests.contract.portone_description.calls import (
    ON_PURPOSE,
    every_request,
    requests_on_purpose,
)
from tests.contract.portone_description.check import (
    faults_of,
    judged,
    never_asked,
    paths_in_source,
    table,
)
from tests.contract.portone_description.mock import Mock
from tests.contract.portone_description.shaped import needs_description, sources
from tests.helpers.wiretap import Sent


@needs_description
@pytest.mark.slow
def test_every_request_is_as_described() -> None:
    sent = asyncio.run(every_request())
    with Mock(*sources()) as mock:
        rows = judged(mock, sent)
    assert not faults_of(rows), table(rows)


@needs_description
@pytest.mark.slow
def test_what_leaves_the_description_does_so_on_purpose_and_in_nothing_else() -> None:
    requests = asyncio.run(requests_on_purpose())
    with Mock(*sources()) as mock:
        found = {what: faults_of(judged(mock, sent)) for what, sent in requests.items()}
    expected = {
        what: [f"POST /certifications/otp/request: {fault}"]
        for what, (_, fault) in ON_PURPOSE.items()
    }
    assert found == expected


def test_every_path_in_the_source_is_asked_for() -> None:
    assert never_asked(paths_in_source(), asyncio.run(every_request())) == []


def test_a_path_nobody_asks_for_is_found() -> None:
    paths = {"/payments/", "/receipts/"}
    assert never_asked(paths, [Sent("GET", "/payments/imp_1", {})]) == ["/receipts/"]
