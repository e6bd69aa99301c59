"""Whether an object is a Sentry event: by names that nothing else has together."""

from typing import Any

__all__ = ["MARKS", "OLD_NAMES", "detect", "is_event"]

OLD_NAMES = {  # as SDKs of protocol version 6 and older write them
    "sentry.interfaces.Exception": "exception",
    "sentry.interfaces.Message": "logentry",
    "sentry.interfaces.Stacktrace": "stacktrace",
    "sentry.interfaces.Http": "request",
    "sentry.interfaces.User": "user",
    "sentry.interfaces.Template": "template",
    "sentry.interfaces.Query": "query",
    "sentry.interfaces.Breadcrumbs": "breadcrumbs",
    "sentry.interfaces.Contexts": "contexts",
    "sentry.interfaces.Csp": "csp",
}
_OLD = OLD_NAMES.keys()
# Items that are no events, and what no event has: check-ins, sessions, and sessions added up.
_OTHERS = (frozenset({"check_in_id", "monitor_slug"}), frozenset({"sid", "init"}), frozenset({"aggregates", "attrs"}))
MARKS = frozenset({"exception", "logentry", "platform", *_OLD}).union(*_OTHERS)


def detect(record: dict[str, Any]) -> bool:
    """Whether the object is an event, or another item that Sentry's SDKs send."""
    exception = record.get("exception")
    if isinstance(exception, dict) and "values" in exception:
        return True
    if "logentry" in record or not _OLD.isdisjoint(record):
        return True
    if "platform" in record:
        return "event_id" in record or isinstance(record.get("sdk"), dict)
    return not is_event(record)


def is_event(record: dict[str, Any]) -> bool:
    """False for check-ins and sessions, which have no `type`."""
    return not any(record.keys() >= names for names in _OTHERS)
