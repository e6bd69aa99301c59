"""Items of Rollbar: https://docs.rollbar.com/reference/create-item."""

from typing import Any

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.formats.notices import frames, language, links, named, obj, put_tags
from rules.normalizing.levels import severity
from rules.normalizing.named import put_user
from rules.normalizing.times import epoch

__all__ = ["FORMAT"]

_BODIES = ("trace", "trace_chain", "message", "crash_report")
_FRAME = {
    "filename": "file", "lineno": "line", "colno": "column", "method": "function", "class_name": "module",
    "locals": "locals",
}  # fmt: skip
_DIRECT = {"environment": "environment", "code_version": "release", "context": "transaction", "uuid": "event_id"}
_REQUEST = {"url": "url", "method": "method", "headers": "headers", "query_string": "query_string"}
_READ = frozenset({
    *_DIRECT, "body", "level", "timestamp", "language", "notifier", "request", "person", "server", "client", "custom",
    "fingerprint", "message", "framework",
})  # fmt: skip


def _detect(record: Record) -> bool:
    data = record.get("data")
    body = (data if isinstance(data, dict) else record).get("body")
    return isinstance(body, dict) and any(isinstance(body.get(name), dict | list) for name in _BODIES)


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    data = record["data"] if isinstance(record.get("data"), dict) else record
    draft: Draft = {"format": FORMAT.name}
    _put_basics(draft, data)
    custom = data.get("custom")
    draft["extra"] = extra = dict(custom) if isinstance(custom, dict) else {"custom": custom} if custom else {}
    _put_body(draft, obj(data.get("body")), remarks)
    _put_places(draft, data)
    if isinstance(data.get("request"), dict):
        _put_request(draft, data["request"])
    if data.get("person"):
        put_user(draft, data["person"])
    for name, value in data.items():
        if name not in _READ and value not in (None, ""):
            extra.setdefault(name, value)
    return [draft]


def _put_basics(draft: Draft, data: dict[str, Any]) -> None:
    for name, field in _DIRECT.items():
        if data.get(name) not in (None, ""):
            draft[field] = data[name]
    draft["severity"] = severity(data.get("level")) or "error"
    if (at := epoch(data.get("timestamp"))) is not None:
        draft["timestamp"] = at
    if spoken := language(data.get("language")):
        draft["language"] = spoken
    if library := named(data.get("notifier")):
        draft["sdk"] = library
    if data.get("fingerprint"):
        draft["fingerprint"] = [data["fingerprint"]]
    put_tags(draft, framework=data.get("framework"))


def _put_body(draft: Draft, body: dict[str, Any], remarks: Remarks) -> None:
    if body.get("telemetry"):
        draft["extra"].setdefault("breadcrumbs", body["telemetry"])
    traces = links(body.get("trace_chain"), remarks) or links([body.get("trace")], remarks)
    if traces:
        draft["exception"] = [_exception(trace, remarks) for trace in traces]
        described = obj(traces[-1].get("exception")).get("description")
        if described:
            draft["message"] = described
        return
    message = body.get("message")
    if isinstance(message, dict):
        draft["message"] = message.get("body")
        for name, value in message.items():
            if name != "body":
                draft["extra"].setdefault(name, value)
        _put_log_record(draft, obj(message.get("record")))
    elif message:
        draft["message"] = message
    if raw := obj(body.get("crash_report")).get("raw"):
        draft["stack_trace"] = raw
        draft.setdefault("message", str(raw).partition("\n")[0])


def _exception(trace: dict[str, Any], remarks: Remarks) -> dict[str, Any]:
    """One trace; the chain begins with what was raised last."""
    raised = obj(trace.get("exception"))
    told = {"type": raised.get("class"), "value": raised.get("message")}
    made = {field: value for field, value in told.items() if value is not None}
    made["frames"] = frames(trace.get("frames"), _FRAME, remarks, newest_first=False)
    return made


def _put_log_record(draft: Draft, log: dict[str, Any]) -> None:
    """What pyrollbar's handler tells of a record of `logging`."""
    for name, field in (("name", "logger"), ("pathname", "source_file"), ("lineno", "line_number")):
        if log.get(name):
            draft[field] = log[name]


def _put_places(draft: Draft, data: dict[str, Any]) -> None:
    """Where it ran: a server, or a browser."""
    server = dict(obj(data.get("server")))
    if server.get("host"):
        draft["hostname"] = server.pop("host")
    for name, field in (("code_version", "release"), ("sha", "commit")):
        if server.get(name):
            draft.setdefault(field, server.pop(name))
    if server:
        draft["extra"].setdefault("server", server)
    client = obj(data.get("client"))
    if client:
        draft["extra"].setdefault("client", client)
        if version := obj(client.get("javascript")).get("code_version"):
            draft.setdefault("release", version)
    spoken = data.get("language")
    if isinstance(spoken, str) and " " in spoken:
        put_tags(draft, runtime=spoken)


def _put_request(draft: Draft, request: dict[str, Any]) -> None:
    made = {field: request[name] for name, field in _REQUEST.items() if request.get(name)}
    body = next((request[name] for name in ("body", "POST", "params") if request.get(name)), None)
    if body is not None:
        made["body"] = body
    query = request.get("GET")
    if isinstance(query, dict) and query and "query_string" not in made and "?" not in str(made.get("url")):
        made["query_string"] = "&".join(f"{name}={value}" for name, value in list(query.items())[:_MOST_PAIRS])
    if made:
        draft["request"] = made
    if request.get("user_ip"):
        draft["extra"].setdefault("client_address", request["user_ip"])


_MOST_PAIRS = 200
FORMAT = ObjectFormat("rollbar", frozenset({"data", "body"}), _detect, _parse)
