"""What people say of errors: items of envelopes and the form of SDKs, as records for the topic of feedback.

https://develop.sentry.dev/sdk/data-model/envelope-items/#user-report
https://develop.sentry.dev/application-architecture/feedback-architecture/
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import orjson

from gateway.contract import Received, Record

__all__ = ["feedback_record"]

MAX_COMMENT = 4_096  # characters: Sentry's limit
MAX_TEXT = 2_048
_ID_BYTES = 16


def feedback_record(kind: str, item: Mapping[str, Any], received: Received) -> Record | None:
    """A record of what was said; None where nothing was.

    Args:
        kind: `user_report`, or `feedback`: an event with what was said in its contexts.
        item: the payload.
        received: the request.
    """
    said = _of_context(item) if kind == "feedback" else _of_report(item)
    if not said.get("comments"):
        return None
    # The same words of the same error are the same feedback, however often they are sent.
    same = repr((received.project, sorted(said.items()))).encode(errors="replace")
    feedback_id = blake2b(same, digest_size=_ID_BYTES).hexdigest()
    told = {
        **said,
        "feedback_id": feedback_id,
        "project": received.project,
        "environment": _text(item.get("environment")) or received.environment,
        "at": received.at,
    }
    value = orjson.dumps({name: one for name, one in told.items() if one is not None})
    return Record(value, feedback_id.encode())


def _of_report(item: Mapping[str, Any]) -> dict[str, str]:
    return _given(
        comments=_text(item.get("comments"), MAX_COMMENT),
        name=_text(item.get("name")),
        email=_text(item.get("email")),
        event_id=_text(item.get("event_id")),
    )


def _of_context(item: Mapping[str, Any]) -> dict[str, str]:
    contexts = item.get("contexts")
    said = contexts.get("feedback") if isinstance(contexts, Mapping) else None
    if not isinstance(said, Mapping):
        return {}
    return _given(
        comments=_text(said.get("message"), MAX_COMMENT),
        name=_text(said.get("name")),
        email=_text(said.get("contact_email")),
        event_id=_text(said.get("associated_event_id")),
        url=_text(said.get("url")),
        own_id=_text(item.get("event_id")),  # of what was said
    )


def _given(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}


def _text(value: object, limit: int = MAX_TEXT) -> str | None:
    return value[:limit].strip() or None if isinstance(value, str) else None
