"""structlog: `SeawallProcessor()`, before the renderer and before `format_exc_info`.

https://www.structlog.org/en/stable/processors.html
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

from seawall_client.api import add_breadcrumb, current_client
from seawall_client.events.texts import str_of
from seawall_client.hooks.logs import noted, severity_of
from seawall_client.quiet import note

__all__ = ["SeawallProcessor"]

EventDict = MutableMapping[str, Any]
_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "warn": logging.WARNING,
    "error": logging.ERROR,
    "exception": logging.ERROR,
    "critical": logging.CRITICAL,
    "fatal": logging.CRITICAL,
}
_MAX_EVENT = 500
_READ = frozenset({"event", "level", "logger", "exc_info", "stack_info", "timestamp", "seawall_event_id"})


class SeawallProcessor:
    """Captures entries from `event_level` on, notes others as breadcrumbs, and adds `seawall_event_id`.

    The id tells the hook of logging that an entry has been captured already, where structlog hands it on to logging.
    """

    def __call__(self, logger: Any, method: str, entry: EventDict) -> EventDict:  # noqa: ARG002  structlog's signature
        """One log entry."""
        client = current_client()
        if client is None:
            return entry
        level = _LEVELS.get(str(entry.get("level") or method).lower(), logging.INFO)
        try:
            if level >= client.options.event_level:
                entry["seawall_event_id"] = _capture(client, entry, level)
            elif level >= client.options.breadcrumb_level:
                data = {name: value for name, value in entry.items() if name not in _READ}
                category = str(entry.get("logger", "structlog"))
                event = str_of(entry.get("event"), _MAX_EVENT)
                add_breadcrumb(event, category=category, level=severity_of(level), data=data or None)
                noted.text = event
        except Exception:  # noqa: BLE001  see `quiet`
            note("capturing a log entry")
        return entry


def _capture(client: Any, entry: EventDict, level: int) -> str | None:
    fields: dict[str, Any] = {
        "message": entry.get("event"),
        "severity": severity_of(level),
        "logger": entry.get("logger"),
        "mechanism": "structlog",
        "handled": True,
        "extra": {name: value for name, value in entry.items() if name not in _READ},
    }
    if fields["extra"]:
        fields["message_template"] = fields["message"]  # what changes is beside it
    error = _error(entry.get("exc_info"))
    if error is None:
        made: str | None = client.capture_event(fields)
    else:
        made = client.capture_exception(error, **fields)
    return made


def _error(exc_info: Any) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple) and len(exc_info) > 1 and isinstance(exc_info[1], BaseException):
        return exc_info[1]
    return sys.exc_info()[1] if exc_info else None
