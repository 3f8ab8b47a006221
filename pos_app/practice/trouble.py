"""The one error a person who starts or steers the practice gateway can cause."""

from __future__ import annotations


class PracticeTrouble(ValueError):
    """An option, switch, fault plan, folder or book the gateway cannot work with; says which."""
