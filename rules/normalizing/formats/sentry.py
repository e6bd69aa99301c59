"""The event body that Sentry's SDKs send."""

from typing import Any

from models import bounds
from rules.coercing import Remarks, string_map
from rules.normalizing.contract import ObjectFormat
from rules.normalizing.draft import Draft, NotAnError
from rules.normalizing.exceptions import read_exceptions, read_frames
from rules.normalizing.levels import severity
from rules.normalizing.named import put_user
from rules.normalizing.times import epoch

__all__ = ["FORMAT", "parse_event"]

_PLATFORMS = {"node": "javascript", "cocoa": "objc", "other": None}
_OLD_NAMES = {  # as SDKs of protocol version 5 and older write them
    "sentry.interfaces.Exception": "exception",
    "sentry.interfaces.Message": "logentry",
    "sentry.interfaces.Stacktrace": "stacktrace",
    "sentry.interfaces.Http": "request",
    "sentry.interfaces.User": "user",
}
_COMMIT_LENGTH = 40
_HEX = frozenset("0123456789abcdef")
_DIRECT = {
    "event_id": "event_id",
    "environment": "environment",
    "release": "release",
    "server_name": "hostname",
    "logger": "logger",
    "transaction": "transaction",
    "fingerprint": "fingerprint",
    "tags": "tags",
}
_READ_OR_DROPPED = {
    *_DIRECT, "timestamp", "level", "platform", "sdk", "exception", "threads", "stacktrace", "message", "logentry",
    "user", "request", "extra", "contexts", "breadcrumbs", "modules", "type", "_meta", "_metrics", "received",
    "version", "errors", "transaction_info", "project", "key_id",
}  # fmt: skip


def _detect(record: dict[str, Any]) -> bool:
    """Whether the object is a Sentry event: by names that nothing else has together."""
    exception = record.get("exception")
    if isinstance(exception, dict) and "values" in exception:
        return True
    if "logentry" in record or not _OLD_NAMES.keys().isdisjoint(record):
        return True
    return "platform" in record and ("event_id" in record or isinstance(record.get("sdk"), dict))


def parse_event(record: dict[str, Any], remarks: Remarks) -> Draft:
    """A Sentry event.

    Raises:
        NotAnError: it is a transaction, a session or the like.
    """
    if record.get("type") in ("transaction", "session", "check_in", "profile", "replay_event"):
        raise NotAnError("a Sentry item that is no error")
    if not _OLD_NAMES.keys().isdisjoint(record):
        record = {_OLD_NAMES.get(key, key): value for key, value in record.items()}
    draft: Draft = {"format": "sentry"}
    for name, field in _DIRECT.items():
        value = record.get(name)
        if value is not None and value != "":
            draft[field] = value
    if isinstance(draft.get("tags"), list):
        draft["tags"] = string_map(draft["tags"], bounds.MAX_TAGS, bounds.MAX_TAG_VALUE, "tags", remarks)
    _put_basics(draft, record, remarks)
    _put_message(draft, record)
    _put_stacks(draft, record, remarks)
    draft["extra"] = _extra(record)
    if record.get("request"):
        draft["request"] = _request(record["request"], draft["extra"])
    if record.get("user"):
        put_user(draft, record["user"])
    _put_service(draft, record)
    return draft


def _put_basics(draft: Draft, record: dict[str, Any], remarks: Remarks) -> None:
    if (given := record.get("timestamp")) is not None:
        at = epoch(given)
        if at is None:
            remarks.add("timestamp", "invalid")
        else:
            draft["timestamp"] = at
    draft["severity"] = severity(record.get("level")) or "error"
    platform = record.get("platform")
    if isinstance(platform, str) and (language := _PLATFORMS.get(platform, platform)) and platform != "native":
        draft["language"] = language
    sdk = record.get("sdk")
    if isinstance(sdk, dict) and isinstance(sdk.get("name"), str):
        draft["sdk"] = f"{sdk['name']}/{sdk['version']}" if sdk.get("version") else sdk["name"]
    trace = _object(_object(record.get("contexts")).get("trace"))
    for name in ("trace_id", "span_id"):
        if trace.get(name):
            draft[name] = trace[name]


def _put_message(draft: Draft, record: dict[str, Any]) -> None:
    """`logentry` (or `message` as an object) with its template; `message` as text."""
    entry = record.get("logentry") or record.get("message")
    if isinstance(entry, dict):
        template, formatted = entry.get("message"), entry.get("formatted")
        params = entry.get("params")
        if template and (formatted or params):
            draft["message_template"] = template
        entry = formatted or _filled(template, params)
    message = entry or record.get("message")
    if message and not isinstance(message, dict):
        draft["message"] = message


def _filled(template: Any, params: Any) -> Any:
    """The template with its parameters, by the rules of Python's `%`, where they fit."""
    if not isinstance(template, str) or not params or "%" not in template or template.count("%") > _MOST_PARAMS:
        return template
    values = params if isinstance(params, dict) else tuple(params) if isinstance(params, list) else (params,)
    if _WIDE.intersection(template):  # widths could make a short template gigabytes long
        return template
    try:
        return template % values
    except (TypeError, ValueError, KeyError, OverflowError):
        return template


_MOST_PARAMS = 50
_WIDE = frozenset("*0123456789.")


def _put_stacks(draft: Draft, record: dict[str, Any], remarks: Remarks) -> None:
    chain = read_exceptions(record.get("exception"), remarks)
    if not chain or not any(one.get("frames") for one in chain):
        frames = _thread_frames(record, remarks)
        if frames and chain:
            chain[-1]["frames"] = frames
        elif frames:
            chain = [{"frames": frames}]
    if chain:
        draft["exception"] = chain


def _thread_frames(record: dict[str, Any], remarks: Remarks) -> list[dict[str, Any]]:
    """The stack of the thread that crashed, or else of the one that reported; or the event's own."""
    threads = record.get("threads")
    values = threads.get("values") if isinstance(threads, dict) else threads
    threads = [thread for thread in values if isinstance(thread, dict)] if isinstance(values, list) else []
    for mark in ("crashed", "current"):
        for thread in threads:
            frames = _object(thread.get("stacktrace")).get("frames")
            if thread.get(mark) and isinstance(frames, list):
                return read_frames(frames, remarks)
    frames = _object(record.get("stacktrace")).get("frames")
    return read_frames(frames, remarks) if isinstance(frames, list) else []


def _request(request: Any, extra: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(request, dict):
        return {"url": request}
    made = {name: request[name] for name in ("url", "method", "headers") if request.get(name)}
    query = request.get("query_string")
    if isinstance(query, dict | list):
        pairs = list(query.items()) if isinstance(query, dict) else query
        query = "&".join(
            "=".join(map(str, pair)) if isinstance(pair, list | tuple) else str(pair) for pair in pairs[:200]
        )
    if query:
        made["query_string"] = query
    if request.get("data") is not None:
        made["body"] = request["data"]
    rest = {name: request[name] for name in ("cookies", "env", "fragment") if request.get(name)}
    if rest:
        extra["request"] = rest
    return made


def _extra(record: dict[str, Any]) -> dict[str, Any]:
    """What has no field of ours: the event's extra, its contexts and breadcrumbs, and names we do not know."""
    given = record.get("extra")
    extra = dict(given) if isinstance(given, dict) else {"extra": given} if given else {}
    for name in ("contexts", "breadcrumbs"):
        value = record.get(name)
        if isinstance(value, dict) and isinstance(value.get("values"), list):
            value = value["values"]
        if value:
            extra.setdefault(name, value)
    for name, value in record.items():
        if name not in _READ_OR_DROPPED and value is not None and value != "":
            extra.setdefault(name, value)
    return extra


def _put_service(draft: Draft, record: dict[str, Any]) -> None:
    """Sentry knows projects, not services: a tag, the app's name, or the package in `package@version` say most."""
    release = draft.get("release")
    tags = draft.get("tags")
    tags = tags if isinstance(tags, dict) else {}
    app = _object(_object(record.get("contexts")).get("app"))
    named = next((name for key in ("service", "service.name", "app") if (name := tags.get(key))), None)
    service = named or app.get("app_name") or (_package(release) if isinstance(release, str) else None)
    if service:
        draft["service"] = service
    if isinstance(release, str) and len(release) == _COMMIT_LENGTH and _HEX.issuperset(release):
        draft["commit"] = release


def _package(release: str) -> str | None:
    package, at, _ = release.rpartition("@")
    return package if at else None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


_MARKS = frozenset({"exception", "logentry", "platform", *_OLD_NAMES})
FORMAT = ObjectFormat("sentry", _MARKS, _detect, lambda record, remarks: [parse_event(record, remarks)])
