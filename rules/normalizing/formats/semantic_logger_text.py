"""Lines of Semantic Logger, for Ruby: `time E [pid:thread file:line] [tags] {named tags} (1.2ms) Name -- message`.

https://github.com/reidmorrison/semantic_logger/blob/master/lib/semantic_logger/formatters/default.rb
"""

import re

from rules.coercing import Remarks
from rules.normalizing.draft import Draft
from rules.normalizing.headed import DIGITS, Head, headed, read_head
from rules.normalizing.logged import put_caller, put_extra
from rules.normalizing.ruby_stacks import ruby_exception, split_backtrace

__all__ = ["FORMAT"]

_HEADER = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,9}) (?P<level>[TDIWEF]) "
    r"\[(?P<pid>\d{1,10}):(?P<thread>[^\]\n]{1,200}?)(?: (?P<place>[^\s\]]{1,200}:\d{1,7}))?\] "
    r"(?:\[(?P<tags>[^\]\n]{0,500})\] )?(?:\{(?P<named_tags>[^\n}]{0,500})\} )?(?:\((?P<duration>[\w.]{1,20})\) )?"
    r"(?P<logger>[A-Z][\w:]{0,200}) -- "
)
_EXCEPTION = "Exception: "
_BETWEEN = " -- "


def _match(text: str) -> Head | None:
    return _HEADER.match(text) if text[19:20] == "." else None


def _read(found: Head, text: str, _: Remarks) -> Draft:
    draft = read_head(found, text[: found.end()])
    draft["language"] = "ruby"
    put_caller(draft, found["place"])
    for name in ("tags", "named_tags", "duration"):
        if found[name]:
            put_extra(draft, name, found[name])
    body = text[found.end() :]
    message, _sep, raised = f"{_BETWEEN}{body}".partition(f"{_BETWEEN}{_EXCEPTION}")
    if raised:
        head, frames = split_backtrace(raised)
        kind, _sep, value = head.partition(": ")
        draft["exception"] = [ruby_exception(kind[:_NAME], value, frames)]
        draft["stack_trace"] = raised.strip()
    message, separator, payload = message.removeprefix(_BETWEEN).partition(f"{_BETWEEN}{{")
    if separator:
        put_extra(draft, "payload", f"{{{payload}".strip())
    if message.strip():
        draft["message"] = message.strip()
    return draft


_NAME = 200  # characters of a type's name

FORMAT = headed("semantic-logger-text", DIGITS, _match, _read)
