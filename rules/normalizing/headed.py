"""Lines of text that a logger began with a head: time, level, logger, thread and the like."""

import re
from collections.abc import Callable
from functools import lru_cache

from rules import stacktraces
from rules.coercing import Remarks
from rules.normalizing.contract import TextFormat
from rules.normalizing.draft import Draft
from rules.normalizing.formats.plain import parse_text
from rules.normalizing.levels import severity
from rules.normalizing.logged import put_caller
from rules.normalizing.times import epoch

__all__ = ["CLOCK", "DATE", "DIGITS", "Head", "behind_time", "headed", "put_body", "read_head"]

Head = re.Match[str]

CLOCK = r"\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?"
DATE = r"\d{4}[-/]\d\d[-/]\d\d[T ]" + CLOCK + r"(?: ?(?:Z|(?:UTC|MSK|[A-Z]{2,3}T)(?![A-Za-z])|[+-]\d\d:?\d\d))?"
DIGITS = "0123456789"
_TIME = re.compile(rf"{DATE}|{CLOCK}")
_LONGEST_TIME = 48
_EXTRA = ("thread", "pid", "function")
_UNSAID = frozenset({"", "-", "null", "undefined"})


def headed(
    name: str, starts: str, match: Callable[[str], Head | None], read: Callable[[Head, str, Remarks], Draft]
) -> TextFormat:
    """A format of lines that have a head.

    Args:
        name: the format's.
        starts: the characters that a head may begin with.
        match: the head of a text; None where it has none that is known.
        read: the draft of a head and of the whole text.
    """

    def parse(text: str, remarks: Remarks) -> list[Draft]:
        found = match(text)
        if found is None:  # somebody only said that it is of the format
            return [parse_text(text, remarks)]
        return [{**read(found, text, remarks), "format": name}]

    return TextFormat(name, lambda text: match(text) is not None, parse, starts)


def behind_time(text: str) -> str:
    """The few characters behind the time that a text begins with; none where it begins with none."""
    return _behind_time(text[:_LONGEST_TIME])


@lru_cache(64)  # several formats ask it of the same text
def _behind_time(text: str) -> str:
    found = _TIME.match(text)
    return text[found.end() : found.end() + 4] if found else ""


def read_head(found: Head, text: str) -> Draft:
    """A draft of a head's named groups and of the text behind it.

    Groups: time or clock, level, logger, thread, pid, function, file, line, place (`file:line`), trace_id, span_id,
    service, hostname. Those that are empty say nothing.
    """
    groups = {name: value.strip() for name, value in found.groupdict().items() if value is not None}
    told = {name: value for name, value in groups.items() if value not in _UNSAID}
    draft: Draft = {}
    extra: dict[str, object] = {name: told[name] for name in _EXTRA if name in told}
    if told.get("pid", "").isdigit():
        extra["pid"] = int(told["pid"])
    if moment := told.get("time") or told.get("clock"):
        at = epoch(moment)
        if at is None:
            extra["time"] = moment
        else:
            draft["timestamp"] = at
    level = severity(told.get("level"))
    if level is not None:
        draft["severity"] = level
    for name in ("logger", "trace_id", "span_id", "service", "hostname"):
        if name in told:
            draft[name] = told[name]
    if "file" in told:
        draft["source_file"] = told["file"]
    if "line" in told:
        (draft if "file" in told else extra)["line_number"] = int(told["line"])
    put_caller(draft, told.get("place"))
    if extra:
        draft["extra"] = extra
    put_body(draft, text[found.end() :])
    return draft


def put_body(draft: Draft, text: str) -> None:
    """The message, and the trace in it or below it."""
    trace = stacktraces.find(text)
    if trace is not None:
        draft["exception"] = trace.exceptions
        draft["stack_trace"] = trace.text
        draft["language"] = trace.language
        if trace.after:
            draft["extra"] = {**draft.get("extra", {}), "after": trace.after}
        if trace.severity:
            draft.setdefault("severity", trace.severity)
        text = trace.before
    text = text.strip()
    if text:
        draft["message"] = text
