"""Logstash's event as loggers write it: logstash-logback-encoder, Log4j 2's LogstashJsonEventLayoutV1, python-logstash.

https://github.com/logfellow/logstash-logback-encoder#standard-fields
https://logging.apache.org/log4j/2.x/manual/json-template-layout.html
"""

import re

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.exceptions import raised
from rules.normalizing.fields import CONTEXT, Names
from rules.normalizing.named import read_named

__all__ = ["FORMAT"]

_NAMES = Names(
    {
        "timestamp": "@timestamp",
        "message": "message",
        "severity": "level level_value",
        "logger": "logger_name",
        "stack_trace": "stack_trace exc_info",
        "hostname": "HOSTNAME source_host host",
        "service": "service springAppName",
        "source_file": "caller_file_name file path",
        "line_number": "caller_line_number line_number lineno",
    },
    CONTEXT,
)
_LEFT_OUT = frozenset({"@version", "level_value", "mdc", "exception"})
_HASH = re.compile(r"<#[0-9a-f]{1,16}> ?")  # of logstash-logback-encoder's `inlineHash`, before each header


def _detect(record: Record) -> bool:
    return "@timestamp" in record and "level" in record and ("logger_name" in record or "message" in record)


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    context = record.get("mdc")
    fields = {name: value for name, value in record.items() if name not in _LEFT_OUT}
    if isinstance(context, dict):
        fields = {**context, **fields}
    draft = read_named(fields, _NAMES, remarks)
    draft["format"] = FORMAT.name
    exception = record.get("exception")
    if isinstance(exception, dict):
        stack = exception.get("stacktrace")
        draft["exception"] = raised(exception.get("exception_class"), exception.get("exception_message"), stack)
        draft.setdefault("stack_trace", stack)
    elif exception is not None:
        draft.setdefault("stack_trace", exception)
    stack = draft.get("stack_trace")
    if isinstance(stack, str) and "<#" in stack:
        draft["stack_trace"] = _HASH.sub("", stack)
    return [draft]


FORMAT = ObjectFormat("logstash", frozenset({"@version"}), _detect, _parse)
