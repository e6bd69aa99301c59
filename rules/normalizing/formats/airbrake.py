"""Notices of Airbrake: https://docs.airbrake.io/docs/devops-tools/api/#create-notice-v3."""

from typing import Any

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.formats.notices import frames, join_words, language, links, named, obj, put_tags
from rules.normalizing.levels import severity
from rules.normalizing.named import put_user

__all__ = ["FORMAT"]

_FRAME = {"file": "file", "line": "line", "column": "column", "function": "function"}
_DIRECT = {
    "environment": "environment", "hostname": "hostname", "version": "release", "revision": "commit",
    "messagePattern": "message_template",
}  # fmt: skip
_REQUEST = {"url": "url", "httpMethod": "method", "headers": "headers"}
_READ = frozenset({
    *_DIRECT, *_REQUEST, "notifier", "language", "os", "component", "action", "route", "severity", "user", "userAgent",
    "userId", "userName", "userEmail",
})  # fmt: skip
_USER = {"userId": "id", "userName": "name", "userEmail": "email"}


def _detect(record: Record) -> bool:
    errors = record.get("errors")
    if not isinstance(errors, list) or not errors or not isinstance(errors[0], dict):
        return False
    return "backtrace" in errors[0] and (isinstance(record.get("context"), dict) or "notifier" in record)


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    context = obj(record.get("context"))
    draft: Draft = {"format": FORMAT.name, "severity": severity(context.get("severity")) or "error"}
    for name, field in _DIRECT.items():
        if context.get(name):
            draft[field] = context[name]
    if spoken := language(context.get("language")):
        draft["language"] = spoken
    if library := named(context.get("notifier") or record.get("notifier")):
        draft["sdk"] = library
    draft["exception"] = [_exception(error, remarks) for error in links(record.get("errors"), remarks)]
    if draft["exception"] and "messagePattern" in context:  # a log: pybrake's handler puts the logger's name for a type
        draft["logger"] = draft["exception"][-1].pop("type", None)
    transaction = context.get("route") or join_words(context.get("component"), context.get("action"), by="#")
    if transaction:
        draft["transaction"] = transaction
    runtime = context.get("language")
    put_tags(draft, os=context.get("os"), runtime=runtime if "/" in str(runtime) else None)
    _put_extra(draft, record, context)
    user = context.get("user") or {by: context[name] for name, by in _USER.items() if context.get(name)}
    if user:
        put_user(draft, user)
    return [draft]


def _exception(error: dict[str, Any], remarks: Remarks) -> dict[str, Any]:
    """One error; what was raised comes first, and its causes after it."""
    made: dict[str, Any] = {}
    for name, field in (("type", "type"), ("message", "value")):
        if error.get(name) not in (None, ""):
            made[field] = error[name]
    made["frames"] = frames(error.get("backtrace"), _FRAME, remarks, newest_first=True)
    return made


def _put_extra(draft: Draft, record: Record, context: dict[str, Any]) -> None:
    extra: dict[str, Any] = {name: record[name] for name in ("params", "session", "environment") if record.get(name)}
    request = {field: context[name] for name, field in _REQUEST.items() if context.get(name)}
    if context.get("userAgent"):
        request["headers"] = {"User-Agent": context["userAgent"], **obj(request.get("headers"))}
    if request:
        draft["request"] = request
    rest = {name: value for name, value in context.items() if name not in _READ and value}
    if rest:
        extra["context"] = rest
    draft["extra"] = extra


FORMAT = ObjectFormat("airbrake", frozenset({"errors"}), _detect, _parse)
