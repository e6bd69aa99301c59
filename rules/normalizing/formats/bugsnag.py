"""Events of Bugsnag's notifiers: https://bugsnagerrorreportingapi.docs.apiary.io/."""

from typing import Any

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft, NotAnError
from rules.normalizing.formats.notices import frames, join_words, language, links, named, obj, objects, put_tags
from rules.normalizing.levels import severity
from rules.normalizing.named import put_user
from rules.normalizing.times import epoch
from rules.stacktraces.parsed import split_type

__all__ = ["FORMAT"]

_FRAME = {
    "file": "file", "lineNumber": "line", "columnNumber": "column", "method": "function", "inProject": "in_app",
    "frameAddress": "address", "machoFile": "package",
}  # fmt: skip
_MOST = 1_001  # events: one more than are kept of a record, so that it is noted
_SESSIONS = frozenset({"sessionCounts", "sessions"})
_APP = {"version": "release", "releaseStage": "environment", "name": "service", "id": "service"}
_REQUEST = {"url": "url", "httpMethod": "method", "headers": "headers", "body": "body"}
_KEPT = ("metaData", "breadcrumbs", "featureFlags", "severityReason")
_DOTTED = frozenset({"python", "java", "kotlin", "scala"})  # languages whose types are told with their modules


def _detect(record: Record) -> bool:
    if not isinstance(record.get("notifier"), dict):
        return False
    return isinstance(record.get("events"), list) or not _SESSIONS.isdisjoint(record)


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    """The events of a notification.

    Raises:
        NotAnError: it holds sessions.
    """
    library = named(record.get("notifier"))
    drafts = [_event(event, library, remarks) for event in objects(record.get("events"))[:_MOST]]
    if not drafts:
        raise NotAnError("sessions of Bugsnag")
    return drafts


def _event(event: dict[str, Any], library: str | None, remarks: Remarks) -> Draft:
    draft: Draft = {"format": FORMAT.name, "severity": severity(event.get("severity")) or "error"}
    if library:
        draft["sdk"] = library
    for name, field in (("context", "transaction"), ("groupingHash", "fingerprint")):
        if event.get(name):
            draft[field] = [event[name]] if field == "fingerprint" else event[name]
    draft["extra"] = {name: event[name] for name in _KEPT if event.get(name)}
    _put_exceptions(draft, event, remarks)
    _put_app(draft, event)
    _put_device(draft, obj(event.get("device")))
    _put_request(draft, obj(event.get("request")))
    if isinstance(event.get("user"), dict) and event["user"]:
        put_user(draft, event["user"])
    if session := obj(event.get("session")).get("id"):
        draft["session_id"] = session
    for name, field in (("traceId", "trace_id"), ("spanId", "span_id")):
        if told := obj(event.get("correlation")).get(name):
            draft[field] = told
    return draft


def _put_exceptions(draft: Draft, event: dict[str, Any], remarks: Remarks) -> None:
    """The chain: the notifiers put what was raised first, and its causes after it."""
    raw = links(event.get("exceptions"), remarks)
    if not raw:
        return
    spoken = language(raw[-1].get("type"))
    if spoken and spoken not in {"c", "native"}:
        draft["language"] = spoken
    chain = [_exception(one, spoken, remarks) for one in raw]
    if isinstance(event.get("unhandled"), bool):
        chain[-1]["handled"] = not event["unhandled"]
    draft["exception"] = chain


def _exception(raw: dict[str, Any], spoken: str | None, remarks: Remarks) -> dict[str, Any]:
    made: dict[str, Any] = {}
    kind = raw.get("errorClass")
    if isinstance(kind, str) and kind:
        made["type"] = kind
        if spoken in _DOTTED:
            made["type"], module = split_type(kind)
            if module:
                made["module"] = module
    value = raw.get("message") if raw.get("message") is not None else raw.get("errorMessage")
    if value is not None:
        made["value"] = value
    made["frames"] = frames(raw.get("stacktrace"), _FRAME, remarks, newest_first=True)
    if spoken == "java":
        for frame in made["frames"]:
            _split_method(frame)
    return made


def _split_method(frame: dict[str, Any]) -> None:
    """`com.acme.Shop.pay` as module and function."""
    method = frame.get("function")
    if isinstance(method, str) and "." in method:
        frame["module"], _, frame["function"] = method.rpartition(".")


def _put_app(draft: Draft, event: dict[str, Any]) -> None:
    app = dict(obj(event.get("app")))
    for name, field in _APP.items():
        if app.get(name):
            draft.setdefault(field, app.pop(name))
    if event.get("releaseStage"):
        draft.setdefault("environment", event["releaseStage"])
    put_tags(draft, **{"app.type": app.pop("type", None)})
    if app:
        draft["extra"]["app"] = app


def _put_device(draft: Draft, device: dict[str, Any]) -> None:
    device = dict(device)
    if device.get("hostname"):
        draft["hostname"] = device.pop("hostname")
    if (at := epoch(device.pop("time", None))) is not None:
        draft["timestamp"] = at
    versions = device.pop("runtimeVersions", None)
    runtime = next((join_words(*pair) for pair in obj(versions).items()), None)
    put_tags(
        draft,
        os=join_words(device.pop("osName", None), device.pop("osVersion", None)),
        browser=join_words(device.pop("browserName", None), device.pop("browserVersion", None)),
        device=device.pop("model", None),
        runtime=runtime,
    )
    if device:
        draft["extra"]["device"] = device


def _put_request(draft: Draft, request: dict[str, Any]) -> None:
    made = {field: request[name] for name, field in _REQUEST.items() if request.get(name)}
    if made:
        draft["request"] = made
    rest = {name: value for name, value in request.items() if name not in _REQUEST and value}
    if rest:
        draft["extra"]["request"] = rest


FORMAT = ObjectFormat("bugsnag", frozenset({"events", *_SESSIONS}), _detect, _parse)
