"""Events of Kubernetes, bare or as exporters and watches wrap them: warnings are errors, all others are not.

https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
"""

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft, NotAnError
from rules.normalizing.envelopes.kubernetes import workload
from rules.normalizing.paths import at, first_text, obj, text_at
from rules.normalizing.times import epoch

__all__ = ["FORMAT"]

_WRAPPERS = ("event", "object")  # of eventrouter, and of a watch
_OBJECTS = ("involvedObject", "regarding")  # of v1, and of events.k8s.io/v1
_TIMES = ("eventTime", "lastTimestamp", "deprecatedLastTimestamp", "firstTimestamp", "deprecatedFirstTimestamp")
# Reasons that tell of something that does not work; the others warn that it may not.
_FAILURES = ("Failed", "BackOff", "CrashLoop", "OOM", "SystemOOM", "Evicted", "Error", "NodeNotReady", "InvalidDisk")


def _event(record: Record) -> Record:
    return next((obj(record[name]) for name in _WRAPPERS if _is_event(obj(record.get(name)))), record)


def _is_event(record: Record) -> bool:
    return isinstance(record.get("reason"), str) and any(isinstance(record.get(name), dict) for name in _OBJECTS)


def _parse(record: Record, remarks: Remarks) -> list[Draft]:  # noqa: ARG001 every format takes remarks
    event = _event(record)
    if event.get("type") != "Warning":
        raise NotAnError("an event of Kubernetes that is no warning")
    about: Record = next((event[name] for name in _OBJECTS if isinstance(event.get(name), dict)), {})
    name, message = text_at(about, "name") or "", first_text(event, "message", "note")
    reason = first_text(event, "reason") or "Warning"
    moment = next((seconds for name in _TIMES if (seconds := epoch(event.get(name))) is not None), None)
    tags = {"namespace": about.get("namespace"), "kind": about.get("kind"), "object": about.get("name")}
    labels = obj(about.get("labels"))
    count = event.get("count", event.get("deprecatedCount", at(event, "series", "count")))
    draft: Draft = {
        "format": FORMAT.name,
        "event_id": _identity(event),
        "timestamp": moment,
        "service": first_text(labels, "app.kubernetes.io/name", "app") or workload(name),
        "hostname": text_at(event, "source", "host") or text_at(event, "deprecatedSource", "host"),
        "error_type": reason,
        "message": message,
        "message_template": message.replace(name, "{object}") if name and message and name in message else None,
        "severity": "error" if reason.startswith(_FAILURES) else "warning",
        "logger": text_at(event, "source", "component")
        or first_text(event, "reportingComponent", "reportingController"),
        "tags": {name: value for name, value in tags.items() if value},
        "extra": {"count": count, "field": about.get("fieldPath")},
    }
    draft["extra"] = {name: value for name, value in draft["extra"].items() if value}
    return [{field: value for field, value in draft.items() if value is not None}]


def _identity(event: Record) -> str | None:
    """An event is written again with a higher count each time: each version is one."""
    uid, version = text_at(event, "metadata", "uid"), text_at(event, "metadata", "resourceVersion")
    return f"{uid}/{version}" if uid and version else None


FORMAT = ObjectFormat(
    "kubernetes-event",
    frozenset({*_OBJECTS, *_WRAPPERS}),
    lambda record: _is_event(_event(record)),
    _parse,
)
