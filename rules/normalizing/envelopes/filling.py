"""What envelopes say, put into the drafts of what lay in them, where those say nothing themselves."""

from collections.abc import Mapping
from typing import Any

from models import bounds
from rules.coercing import Remarks, string_map
from rules.normalizing.draft import Draft
from rules.normalizing.times import epoch

__all__ = ["fill", "joined"]

_MERGED = frozenset({"tags", "extra"})
_UNTOLD = frozenset({"text", "json"})  # formats of records that had none of their own
_QUIET = frozenset({"debug", "info"})
_SAYING = ("message", "error_type", "exception", "stack_trace")


def joined(outer: Mapping[str, Any], inner: Mapping[str, Any]) -> Mapping[str, Any]:
    """What two envelopes say, one within the other: the inner one counts."""
    if not outer or not inner:
        return outer or inner
    merged = {name: {**outer[name], **inner[name]} for name in _MERGED if name in outer and name in inner}
    return {**outer, **inner, **merged}


def fill(draft: Draft, context: Mapping[str, Any], form: str | None, remarks: Remarks) -> None:
    """Put into the draft what only its envelopes say.

    Args:
        draft: what was read; changed.
        context: what the envelopes say, under ErrorEvent's field names; a `timestamp` in any form.
        form: see `Envelope`.
        remarks: of the event.
    """
    if form is not None and draft["format"] in _UNTOLD:
        draft["format"] = form
    says_nothing = not any(draft.get(field) for field in _SAYING)
    for field, value in context.items():
        if field == "tags":
            draft["tags"] = {**value, **_tags(draft.get("tags"), remarks)}
        elif field == "extra":
            draft["extra"] = {**value, **_object(draft.get("extra"))}
        elif field == "severity":
            _put_severity(draft, value)
        elif field == "timestamp":
            _put_time(draft, value)
        elif field == "error_type":
            if says_nothing:
                draft["error_type"] = value
        elif draft.get(field) in (None, ""):
            draft[field] = value


def _put_severity(draft: Draft, severity: str) -> None:
    """A carrier's level, which may only be that of the stream it read: then an exception is no mere information."""
    if "severity" not in draft and not (severity in _QUIET and (draft.get("exception") or draft.get("stack_trace"))):
        draft["severity"] = severity


def _put_time(draft: Draft, moment: Any) -> None:
    if "timestamp" not in draft and (seconds := epoch(moment)) is not None:
        draft["timestamp"] = seconds


def _tags(given: Any, remarks: Remarks) -> dict[str, Any]:
    if isinstance(given, dict):
        return given
    return string_map(given, bounds.MAX_TAGS, bounds.MAX_TAG_VALUE, "tags", remarks)


def _object(given: Any) -> dict[str, Any]:
    if isinstance(given, dict):
        return given
    return {} if given is None else {"value": given}
