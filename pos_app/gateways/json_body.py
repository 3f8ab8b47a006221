"""A JSON request body in one buffer that can be overwritten, card digits and codes included.

Ordinary values are escaped by `json.dumps`. What must not outlive the request is lent as views of
its own buffers, needs no escaping, and never becomes a `str` (security.md section 2).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from pos_app.domain.errors import Bug


@dataclass(frozen=True, slots=True, repr=False)
class Lent:
    """A JSON string put together from buffers of others: ASCII digits and signs between them."""

    pieces: Sequence[bytes | memoryview]


#: Name and value; anything but `Lent` is what `json.dumps` takes.
Field = tuple[str, object]


def json_body(fields: Sequence[Field]) -> bytearray:
    """Assemble a JSON object in one buffer of exactly its length, for the caller to have wiped.

    Raises:
        Bug: `gateway.body_not_whole_numbers`, a float among the values.
    """
    pieces: list[bytes | memoryview] = []
    for index, (name, value) in enumerate(fields):
        pieces.append(f'{"," if index else "{"}"{name}":'.encode("ascii"))
        if isinstance(value, Lent):
            pieces += [b'"', *value.pieces, b'"']
        elif isinstance(value, float):
            raise Bug("gateway.body_not_whole_numbers", field=name)
        else:
            pieces.append(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    pieces.append(b"}" if fields else b"{}")
    body = bytearray(sum(len(piece) for piece in pieces))
    # Through a view: assigning to a slice of a bytearray would make a copy of the digits first.
    with memoryview(body) as target:
        at = 0
        for piece in pieces:
            target[at : at + len(piece)] = piece
            at += len(piece)
    return body
