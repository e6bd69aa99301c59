"""Ruby's Logger: `E, [2025-01-02T03:04:05.123456 #17] ERROR -- orders: message`.

https://docs.ruby-lang.org/en/master/Logger/Formatter.html
"""

import re

from rules.coercing import Remarks
from rules.normalizing.draft import Draft
from rules.normalizing.headed import Head, headed, read_head
from rules.normalizing.ruby_stacks import ruby_exception, split_backtrace

__all__ = ["FORMAT"]

_HEADER = re.compile(
    r"[DIWEFA], \[(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?) ?#(?P<pid>\d{1,10})\] {1,2}"
    r"(?P<level>DEBUG|INFO|WARN|ERROR|FATAL|ANY) -- (?P<logger>[^\n:]{0,200}): ?"
)
_LONGEST = 8_192
_RAISED = re.compile(r"(?P<value>.*) \((?P<type>[A-Z]\w{0,100}(?:::[A-Z]\w{0,100}){0,10})\)\s*$", re.DOTALL)


def _match(text: str) -> Head | None:
    return _HEADER.match(text) if text[1:4] == ", [" else None


def _read(found: Head, text: str, _: Remarks) -> Draft:
    draft = read_head(found, text)
    draft["language"] = "ruby"
    if "exception" not in draft:
        _put_exception(draft, text[found.end() :])
    return draft


def _put_exception(draft: Draft, text: str) -> None:
    """`message (Class)`, and the backtrace below it."""
    head, frames = split_backtrace(text)
    if not frames:
        return
    raised = _RAISED.match(head[-_LONGEST:])
    draft["exception"] = [ruby_exception(raised["type"], raised["value"], frames) if raised else {"frames": frames}]
    draft["message"] = raised["value"] if raised else head.strip()
    draft["stack_trace"] = text.strip()


FORMAT = headed("ruby-logger", "DIWEFA", _match, _read)
