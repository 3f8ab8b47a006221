"""Logging by subject, with fields from an allow-list and card digits taken out."""

from __future__ import annotations

from pos_app.logs.log import log_event
from pos_app.logs.setup import last_lines, set_up_logging, shut_down_logging

__all__ = ["last_lines", "log_event", "set_up_logging", "shut_down_logging"]
