"""The message of a Sentry event: text, `logentry`, or `message` as an object, with the template that it was made of.

https://develop.sentry.dev/sdk/foundations/transport/event-payloads/message/
"""

import re
from typing import Any

from models import bounds
from rules.normalizing.draft import Draft

__all__ = ["filled", "put_message"]

_MOST_PARAMS = 50
_WIDE = frozenset("*0123456789.")
_BRACES = re.compile(r"\{(\w{0,40})\}")


def put_message(draft: Draft, record: dict[str, Any]) -> None:
    """Put the event's message, and its template where that says more than the message."""
    entry = record.get("logentry") or record.get("message")
    if isinstance(entry, dict):
        template, message = entry.get("message"), entry.get("formatted")
        params = entry.get("params")
        message = message or filled(template, params)
        if template and (params or message != template):
            draft["message_template"] = template
    else:
        message = entry
    message = message or record.get("message")
    if message and not isinstance(message, dict):
        draft["message"] = message


def filled(template: Any, params: Any) -> Any:
    """The template with its parameters, by the rules of Python's `%` or as `{}`, `{0}` and `{name}`, where they fit."""
    if not isinstance(template, str) or not params:
        return template
    if "%" in template:
        return _percent(template, params)
    return _BRACES.sub(_Filler(params), template, _MOST_PARAMS) if "{" in template else template


def _percent(template: str, params: Any) -> str:
    if template.count("%") > _MOST_PARAMS or _WIDE.intersection(template):
        return template  # widths could make a short template gigabytes long
    values = _short(params)
    try:
        return template % (tuple(values) if isinstance(values, list) else values)
    except (TypeError, ValueError, KeyError, OverflowError):
        return template


def _short(params: Any) -> list[Any] | dict[str, Any]:
    """The parameters as numbers and as texts that are no longer than a message."""
    if isinstance(params, dict):
        return {name: _one_short(value) for name, value in params.items()}
    return [_one_short(value) for value in (params if isinstance(params, list) else [params])]


def _one_short(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float) else str(value)[: bounds.MAX_MESSAGE]


class _Filler:
    """What stands for each pair of braces; those that have no parameter stay."""

    def __init__(self, params: Any) -> None:
        values = _short(params)
        self.named = values if isinstance(values, dict) else {str(at): value for at, value in enumerate(values)}
        self.at = 0

    def __call__(self, found: re.Match[str]) -> str:
        name = found[1]
        if not name:
            name = str(self.at)
            self.at += 1
        return str(self.named[name]) if name in self.named else found[0]
