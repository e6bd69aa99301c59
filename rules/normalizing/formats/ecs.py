"""Elastic Common Schema, dotted, nested, or both.

https://www.elastic.co/docs/reference/ecs/ecs-field-reference
https://github.com/elastic/ecs-logging/blob/main/spec/spec.json
"""

from typing import Any

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.exceptions import raised, read_stack_text
from rules.normalizing.fields import CONTEXT, Names
from rules.normalizing.named import read_named
from rules.normalizing.paths import at, text_of_lines

__all__ = ["FORMAT"]

_NAMES = Names(
    {
        "event_id": "event.id",
        "timestamp": "@timestamp event.created",
        "service": "service.name",
        "environment": "service.environment",
        "hostname": "host.name host.hostname",
        "instance_id": "service.node.name kubernetes.pod.name container.id",
        "trace_id": "trace.id",
        "span_id": "span.id",
        "correlation_id": "http.request.id",
        "message": "message",
        "severity": "log.level log.syslog.severity.name",
        "logger": "log.logger",
        "transaction": "transaction.name",
        "source_file": "log.origin.file.name",
        "line_number": "log.origin.file.line",
        "user_id": "user.id user.name user.email",
        "request_url": "url.full url.original url.path",
        "request_method": "http.request.method",
        "request_body": "http.request.body.content",
        "query_string": "url.query",
        "release": "service.version",
        "tags": "labels",
    },
    CONTEXT,
)
_ERROR, _LABEL = "error.", "labels."


def _detect(record: Record) -> bool:
    if "ecs.version" in record or type(record.get("ecs")) is dict:
        return True
    return "@timestamp" in record and ("log.level" in record or at(record, "log", "level") is not None)


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    given = record.get("error")
    error: Record = dict(given) if isinstance(given, dict) else {} if given is None else {"message": given}
    labels: Record = {}
    rest: Record = {}
    for name, value in record.items():
        if name.startswith(_ERROR):
            error[name.removeprefix(_ERROR)] = value
        elif name.startswith(_LABEL):
            labels[name.removeprefix(_LABEL)] = value
        elif name not in ("ecs.version", "ecs", "error"):
            rest[name] = value
    if labels:
        given = rest.get("labels")
        rest["labels"] = {**given, **labels} if isinstance(given, dict) else labels
    draft = read_named(rest, _NAMES, remarks)
    draft["format"] = FORMAT.name
    original = at(draft, "extra", "log", "original")
    if original is not None and original == draft.get("message"):
        del draft["extra"]["log"]["original"]  # an object of ours: what is left of the record's
    if error:
        _put_error(draft, error)
    return [draft]


def _put_error(draft: Draft, error: dict[str, Any]) -> None:
    stack = text_of_lines(error.pop("stack_trace", None))
    kind = error.pop("type", None)
    chain = read_stack_text(error.get("cause"))  # as the loggers for Node write it
    if chain:
        del error["cause"]
    chain += raised(kind, error.pop("message", None), stack)
    if chain:
        draft["exception"] = chain
    if stack:
        draft["stack_trace"] = stack
    rest = {name: value for name, value in error.items() if value not in (None, "", kind)}
    if rest:
        draft["extra"] = {**draft.get("extra", {}), "error": rest}


FORMAT = ObjectFormat("ecs", frozenset({"ecs.version", "ecs", "log.level", "log"}), _detect, _parse)
