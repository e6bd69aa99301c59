"""Ruby's Logger: `E, [2025-01-02T03:04:05.123456 #17] ERROR -- orders: message`.

https://docs.ruby-lang.org/en/master/Logger/Formatter.html
"""

import re

from rules.coercing import Remarks
from rules.normalizing.draft import Draft
from rules.normalizing.headed import Head, headed, read_head
from rules.normalizing.ruby_stacks import ruby_frame, ruby_frames

__all__ = ["FORMAT"]

_HEADER = re.compile(
    r"[DIWEFA], \[(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?) ?#(?P<pid>\d{1,10})\] {1,2}"
    r"(?P<level>DEBUG|INFO|WARN|ERROR|FATAL|ANY) -- (?P<logger>[^\n:]{0,200}): ?"
)
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
    lines = text.split("\n")
    first = next((index for index, line in enumerate(lines) if index and _is_frame(line)), None)
    if first is None:
        return
    raised = _RAISED.match("\n".join(lines[:first])[-_LONGEST:])
    frames = ruby_frames([line for line in lines[first:] if _is_frame(line)])
    if raised is None:
        draft["exception"] = [{"frames": frames}]
        draft["message"] = "\n".join(lines[:first]).strip()
    else:
        module, _, kind = raised["type"].rpartition("::")
        exception = {"type": kind, "value": raised["value"], "frames": frames}
        draft["exception"] = [{**exception, "module": module} if module else exception]
        draft["message"] = raised["value"]
    draft["stack_trace"] = text.strip()


_LONGEST = 8_192


def _is_frame(line: str) -> bool:
    return ":in " in line and ruby_frame(line) is not None


FORMAT = headed("ruby-logger", _match, _read)
