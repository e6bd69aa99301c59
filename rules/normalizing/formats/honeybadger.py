"""Notices of Honeybadger: https://docs.honeybadger.io/api/reporting-exceptions/."""

from typing import Any

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.formats.notices import frames, join_words, links, named, obj, put_tags, texts
from rules.normalizing.times import epoch

__all__ = ["FORMAT"]

_FRAME = {"file": "file", "number": "line", "column": "column", "method": "function", "class": "module", "args": "args"}
_SERVER = {"environment_name": "environment", "hostname": "hostname", "revision": "release"}
_COMMIT = frozenset("0123456789abcdef")
_COMMIT_LENGTHS = range(7, 41)
_CGI_HEADER = "HTTP_"


def _detect(record: Record) -> bool:
    error = record.get("error")
    if not isinstance(error, dict) or error.keys().isdisjoint(("class", "backtrace")):
        return False
    return isinstance(record.get("server"), dict) and not record.keys().isdisjoint(("notifier", "request"))


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    error = obj(record.get("error"))
    draft: Draft = {"format": FORMAT.name, "severity": "error", "extra": {}}
    if error.get("token"):
        draft["event_id"] = error["token"]
    if error.get("fingerprint"):
        draft["fingerprint"] = [error["fingerprint"]]
    if library := named(record.get("notifier")):
        draft["sdk"] = library
    causes = [_exception(cause, remarks) for cause in links(error.get("causes"), remarks)]
    draft["exception"] = [*causes, _exception(error, remarks)]
    _put_server(draft, dict(obj(record.get("server"))))
    _put_request(draft, obj(record.get("request")), texts(error.get("tags")))
    if request_id := obj(record.get("correlation_context")).get("request_id"):
        draft["correlation_id"] = request_id
    for name, value in (
        ("breadcrumbs", obj(record.get("breadcrumbs")).get("trail")),
        ("details", record.get("details")),
    ):
        if value:
            draft["extra"].setdefault(name, value)
    return [draft]


def _put_server(draft: Draft, server: dict[str, Any]) -> None:
    for name, field in _SERVER.items():
        if server.get(name):
            draft[field] = server.pop(name)
    if (at := epoch(server.pop("time", None))) is not None:
        draft["timestamp"] = at
    release = draft.get("release")
    if isinstance(release, str) and len(release) in _COMMIT_LENGTHS and _COMMIT.issuperset(release):
        draft["commit"] = release
    if server:
        draft["extra"]["server"] = server


def _exception(raw: dict[str, Any], remarks: Remarks) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, field in (("class", "type"), ("message", "value")):
        if raw.get(name) not in (None, ""):
            made[field] = raw[name]
    made["frames"] = frames(raw.get("backtrace"), _FRAME, remarks, newest_first=True)
    return made


def _put_request(draft: Draft, request: dict[str, Any], tags: list[str]) -> None:
    """The request, and what the program told beside it: context, user and tags."""
    context = dict(obj(request.get("context")))
    if context.get("user_id") not in (None, ""):
        draft["user_id"] = str(context.pop("user_id"))
    put_tags(draft, tags=", ".join(dict.fromkeys([*tags, *texts(context.pop("tags", None))])))
    if transaction := join_words(request.get("component"), request.get("action"), by="#"):
        draft["transaction"] = transaction
    variables = request.get("local_variables")
    if isinstance(variables, dict) and variables and (calls := draft["exception"][-1]["frames"]):
        calls[-1]["locals"] = variables
    cgi = dict(obj(request.get("cgi_data")))
    made = {"url": request.get("url"), "method": cgi.pop("REQUEST_METHOD", None), "body": request.get("params")}
    headers = {
        name[len(_CGI_HEADER) :].replace("_", "-").title(): cgi.pop(name)
        for name in [*cgi]
        if name.startswith(_CGI_HEADER)
    }
    made = {field: value for field, value in {**made, "headers": headers}.items() if value}
    if made:
        draft["request"] = made
    told = {**context, "cgi": cgi, "session": request.get("session")}
    draft["extra"].update({name: value for name, value in told.items() if value not in (None, "", {})})


FORMAT = ObjectFormat("honeybadger", frozenset({"error"}), _detect, _parse)
