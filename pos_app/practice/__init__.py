"""The practice gateway: a program of its own that imports nothing of ours.

A payment gateway on loopback that reads the vendors' papers for itself, keeps its own book and can
misbehave on request. README.md beside this file says how to steer it.
"""

from __future__ import annotations

from pos_app.practice.merchant import Merchant, make_merchant, write_provision
from pos_app.practice.options import PracticeOptions
from pos_app.practice.server import PracticeServer
from pos_app.practice.trouble import PracticeTrouble

__all__ = [
    "Merchant",
    "PracticeOptions",
    "PracticeServer",
    "PracticeTrouble",
    "make_merchant",
    "write_provision",
]
