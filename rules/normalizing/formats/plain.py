"""Plain text, with a stack trace or without one."""

import re

from rules import stacktraces
from rules.coercing import Remarks
from rules.normalizing.contract import TextFormat
from rules.normalizing.draft import Draft
from rules.normalizing.levels import LEVEL_WORDS
from rules.normalizing.times import epoch

__all__ = ["FORMAT", "parse_text"]

_HEAD = 200  # characters at the start in which a level is looked for
_TIME = re.compile(
    r"[\[(]?(\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)[\])]?[\s:|-]{0,5}"
)
_CLOCK = re.compile(r"\d\d:\d\d:\d\d\.\d{3} (?=\[[a-z]{4,9}\] )")  # Elixir's Logger; without a date it says little
_LEVEL = re.compile(
    r"(?<![\w.])(?:level=|severity=)?[\[<(\"]?"
    r"(TRACE|DEBUG|INFO|NOTICE|WARNING|WARN|ERROR|ERR|SEVERE|CRITICAL|CRIT|FATAL|ALERT|EMERG|EMERGENCY|PANIC"
    r"|(?<==)[a-z]{3,9}|(?<=\[)[a-z]{3,9}(?=\])|^panic(?=:)|^fatal(?= error:)|^FATAL ERROR)"
    r"[\]>)\"]?(?!\w)"
)
_REPORTS = ("WARNING: DATA RACE", "WARNING: ThreadSanitizer: ")  # whose first word is no level
_SEPARATORS = " \t:|-"
# [trace-span] [thread] com.acme.Shop:12 - message; com.acme.Shop: message
_LOGGER = re.compile(
    r"(?:\[(?P<trace_id>[0-9a-f]{16,32})?(?:[-,](?P<span_id>[0-9a-f]{16})?)?\] ?)?"
    r"(?:\[(?P<thread>[^\]\n]{1,200})\] )?"
    r"(?P<logger>[A-Za-z_$][\w$-]{0,100}(?:(?:\.|::)[\w$-]{1,100}){1,12})(?::(?P<line>\d{1,7}))?(?: --? | ?: )(?=\S)"
)


def parse_text(text: str, remarks: Remarks) -> Draft:  # noqa: ARG001 every format takes remarks
    """A record of plain text: the trace that it holds, and what stands around it."""
    draft: Draft = {"format": "text"}
    trace = stacktraces.find(text)
    if trace is not None:
        draft["exception"] = trace.exceptions
        draft["stack_trace"] = trace.text
        draft["language"] = trace.language
        if trace.after:
            draft["extra"] = {"after": trace.after}
        text = trace.before
    whole, text = text.rstrip(), text.strip()
    text = _take_time(text, draft)
    text = _take_level(text, draft)
    if trace is not None and trace.severity and "severity" not in draft:
        draft["severity"] = trace.severity
    if "timestamp" in draft and "severity" in draft:
        text = _take_logger(text, draft)
    if text:  # an indented line may be one of a trace that comes line by line
        draft["message"] = whole if whole.lstrip() == text and "\n" not in text else text
    return draft


def _take_time(text: str, draft: Draft) -> str:
    leading = _TIME.match(text)
    at = epoch(leading[1]) if leading else None
    if leading is None or at is None:
        clock = _CLOCK.match(text)
        return text[clock.end() :] if clock else text
    draft["timestamp"] = at
    return text[leading.end() :]


def _take_level(text: str, draft: Draft) -> str:
    """The level, where the text begins with one or has one near its start; a leading one is taken off."""
    if text.startswith(_REPORTS):
        return text
    head = text.partition("\n")[0][:_HEAD]
    for found in _LEVEL.finditer(head):
        level = LEVEL_WORDS.get(found[1].lower().partition(" ")[0])
        if level is not None:
            break
    else:
        return text
    draft["severity"] = level
    rest = text[found.end() :].lstrip(_SEPARATORS)
    leads = found.start() == 0 and (found[0][0].isupper() or found[0][0] in "[<(")
    return rest if leads and rest else text


def _take_logger(text: str, draft: Draft) -> str:
    found = _LOGGER.match(text)
    if found is None:
        return text
    for name in ("logger", "trace_id", "span_id"):
        if found[name]:
            draft[name] = found[name]
    for name in ("thread", "line"):
        if found[name]:
            draft["extra"] = {**draft.get("extra", {}), name: found[name]}
    return text[found.end() :]


FORMAT = TextFormat("text", lambda _: True, lambda text, remarks: [parse_text(text, remarks)])
