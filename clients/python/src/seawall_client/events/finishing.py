"""A draft made into an event: what costs time and can wait for the thread that sends."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from typing import Any, Callable

from seawall_client.events.chains import chain_of
from seawall_client.events.draft import Draft
from seawall_client.events.fitting import encode, fit
from seawall_client.events.frames import exceptions_of
from seawall_client.events.places import Places
from seawall_client.losses import Losses

__all__ = ["Finisher"]

_Json = dict[str, Any]


class Finisher:
    """Makes drafts into lines of JSON, masked.

    common: what every event of the process says.
    before_send: the user's function; None where there is none.
    mask: changes an event in place.
    """

    def __init__(
        self,
        *,
        places: Places,
        around: int,
        common: _Json,
        losses: Losses,
        mask: Callable[[_Json], None],
        before_send: Callable[[_Json], _Json | None] | None,
    ) -> None:
        self._places = places
        self._around = around
        self._common = common
        self._losses = losses
        self._mask = mask
        self._before_send = before_send

    def finish(self, draft: Draft) -> bytes | None:
        """The event as JSON; None where `before_send` drops it.

        Raises:
            Exception: whatever a user's function raises.
        """
        event = self._event(draft)
        if self._before_send is not None:
            changed = self._before_send(event)
            if changed is None:
                return None
            event = changed
        event = fit(event, ours=draft.has_raised() and self._before_send is None)
        self._mask(event)
        return encode(event)

    def _event(self, draft: Draft) -> _Json:
        event: _Json = {**self._common, **draft.fields}
        event["timestamp"] = _iso(event["timestamp"])
        if "hostname" in event:
            event.setdefault("instance_id", f"{event['hostname']}:{os.getpid()}")
        raised = draft.raised if draft.error is None else chain_of(draft.error)
        if raised:
            event["exception"] = exceptions_of(raised, self._places, self._around)
        _put_raised(event, event["exception"][-1] if raised else {})
        if self._common.get("tags"):
            event["tags"] = {**self._common["tags"], **draft.fields.get("tags", {})}
        news = self._losses.news()
        if news is not None:
            event["extra"] = {**event.get("extra", {}), "seawall": {**_own(event), "dropped": news}}
        return event


def _own(event: _Json) -> _Json:
    own = event.get("extra", {}).get("seawall", {})
    return own if isinstance(own, dict) else {}


def _put_raised(event: _Json, last: _Json) -> None:
    """Who caught what was raised last; its type and message, where the event has none of its own."""
    for name in ("handled", "mechanism"):
        value = event.pop(name, None)
        if value is not None:
            last[name] = value
    if "type" in last:
        event.setdefault("error_type", last["type"])
    if not event.get("message"):
        event["message"] = last.get("value", "")


def _iso(told: Any) -> str:
    """A moment as ISO 8601: of seconds since 1970, a date and time, or as it is told. What is none of these is now."""
    if isinstance(told, str):
        return told
    try:
        when = told if isinstance(told, datetime) else datetime.fromtimestamp(told, timezone.utc)
        return when.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
    except (ArithmeticError, OSError, TypeError, ValueError):
        return _iso(datetime.now(timezone.utc))
