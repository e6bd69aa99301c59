"""Serilog: the compact format (CLEF), its JsonFormatter, and the formatter of its Elasticsearch sink.

https://github.com/serilog/serilog-formatting-compact#format-details
https://github.com/serilog/serilog/wiki/Formatting-Output
"""

import re
from typing import Any

from models import bounds
from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.dotnet import from_objects, from_text, printed
from rules.normalizing.draft import Draft
from rules.normalizing.fields import CONTEXT, Names
from rules.normalizing.named import read_named
from rules.normalizing.paths import obj

__all__ = ["FORMAT", "rendered"]

_NAMES = Names(
    {
        "timestamp": "@t Timestamp @timestamp",
        "message": "@m RenderedMessage message",
        "message_template": "@mt MessageTemplate messageTemplate",
        "severity": "@l Level level",
        "trace_id": "@tr TraceId",
        "span_id": "@sp SpanId",
        "logger": "SourceContext",
        "hostname": "MachineName",
        "environment": "EnvironmentName",
        "service": "Application @ra.service.name",
        "transaction": "ActionName Endpoint",
        "request_url": "RequestPath",
        "request_method": "RequestMethod",
        "user_id": "UserName",
    },
    CONTEXT,
)
_LEFT_OUT = frozenset({"@i", "@r", "@x", "Properties", "Renderings", "Exception", "exceptions", "fields"})
_HOLE = re.compile(r"\{\{|\}\}|\{[@$]?([\w.]{1,100})(?:,-?\d{1,4})?(?::([^{}]{1,100}))?\}")
_MAX_TEXT = 2 * bounds.MAX_MESSAGE  # of a message while it is made


def _detect(record: Record) -> bool:
    if "@t" in record:
        return not {"@m", "@mt", "@x", "@l", "@i"}.isdisjoint(record)
    return ("MessageTemplate" in record and "Timestamp" in record) or (
        "messageTemplate" in record and "fields" in record
    )


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    properties = {**obj(record.get("Properties")), **obj(record.get("fields"))}
    fields = {name: value for name, value in record.items() if name not in _LEFT_OUT}
    draft = read_named({**properties, **fields}, _NAMES, remarks)
    draft["format"] = FORMAT.name
    if "severity" not in draft and "@t" in record:
        draft["severity"] = "info"  # which the compact format leaves out
    template = draft.get("message_template")
    if isinstance(template, str) and "message" not in draft:
        draft["message"] = rendered(template, properties or fields, record.get("@r"))
    _put_exception(draft, record)
    return [draft]


def _put_exception(draft: Draft, record: Record) -> None:
    thrown = record.get("@x", record.get("Exception"))
    if isinstance(thrown, str) and thrown:
        draft["exception"] = from_text(thrown)
        draft["stack_trace"] = thrown
    listed = record.get("exceptions")
    if isinstance(listed, list):  # the outermost one first
        outer: Record = {}
        for one in reversed([obj(one) for one in listed[: bounds.MAX_EXCEPTIONS]]):
            outer = {**one, "InnerException": outer}
        draft["exception"] = from_objects(outer)
        draft["stack_trace"] = printed(outer)


def rendered(template: str, values: Record, renderings: Any = None) -> str:
    """A message template with its values, https://messagetemplates.org.

    Args:
        template: such as `order {Id} of {@Customer} not stored`.
        values: the properties.
        renderings: the texts of the holes that have a format, in order.
    """
    parts: list[str] = []
    length = end = 0
    formatted = iter(renderings) if isinstance(renderings, list) else iter(())
    for hole in _HOLE.finditer(template[:_MAX_TEXT]):
        text = _filled(hole, values, formatted)
        parts += (template[end : hole.start()], text)
        length += hole.start() - end + len(text)
        end = hole.end()
        if length > _MAX_TEXT:
            break
    return "".join([*parts, template[end:_MAX_TEXT]])


def _filled(hole: re.Match[str], values: Record, formatted: Any) -> str:
    name = hole[1]
    if name is None:
        return hole[0][0]
    value = next(formatted, None) if hole[2] else None
    value = values.get(name) if value is None else value
    if value is None or isinstance(value, dict | list):
        return hole[0]
    return str(value)[:_MAX_TEXT]


_MARKS = frozenset({"@t", "MessageTemplate", "messageTemplate"})
FORMAT = ObjectFormat("serilog", _MARKS, _detect, _parse)
