"""Graylog Extended Log Format.

https://go2docs.graylog.org/current/getting_in_log_data/gelf.html
"""

from rules import stacktraces
from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.exceptions import raised
from rules.normalizing.fields import CONTEXT, Names
from rules.normalizing.named import read_named

__all__ = ["FORMAT"]

_NAMES = Names(
    {  # additional fields without their underscore, as the usual libraries name them
        "message": "short_message",
        "timestamp": "timestamp",
        "severity": "level",
        "hostname": "host",
        "service": "service app_name container_name",
        "logger": "logger logger_name log_logger facility",
        "source_file": "file source_file_name pathname",
        "line_number": "line source_line_number lineno",
        "stack_trace": "stack_trace error_stack_trace exception_stack_trace traceback",
        "error_type": "exception_class exception_type",
    },
    CONTEXT,
)
_SPACED = "Traceback (most recent call last):\n\n"
_SAID_TWICE = frozenset({"version", "level_name", "error_type", "error_message"})


def _detect(record: Record) -> bool:
    return "host" in record or "version" in record


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    fields = {name[1:] if name[:1] == "_" else name: value for name, value in record.items() if name != "full_message"}
    draft = read_named({name: fields[name] for name in fields if name not in _SAID_TWICE}, _NAMES, remarks)
    draft["format"] = FORMAT.name
    full = record.get("full_message")
    if isinstance(full, str):
        _put_full(draft, full)
    if "exception" not in draft and ("error_type" in fields or "error_message" in fields):
        draft["exception"] = raised(fields.get("error_type"), fields.get("error_message"), draft.get("stack_trace"))
    return [draft]


def _put_full(draft: Draft, full: str) -> None:
    """The long message: a trace, what the short one is the beginning of, or both."""
    if _SPACED in full:  # as graypy and pygelf join the lines of a traceback
        full = full.replace("\n\n", "\n")
    trace = stacktraces.find(full)
    if trace is not None:
        draft["exception"], draft["language"] = trace.exceptions, trace.language
        draft["stack_trace"] = trace.text
        full = trace.before
    full, short = full.strip(), str(draft.get("message", "")).strip()
    if full.startswith(short):
        draft["message"] = full or short
    elif full:
        draft["extra"] = {**draft.get("extra", {}), "full_message": full}


FORMAT = ObjectFormat("gelf", frozenset({"short_message"}), _detect, _parse)
