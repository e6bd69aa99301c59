"""nginx's error log.

https://nginx.org/en/docs/ngx_core_module.html#error_log
"""

import re

from rules.coercing import Remarks
from rules.normalizing.draft import Draft
from rules.normalizing.headed import DIGITS, Head, headed, read_head
from rules.normalizing.logged import put_extra

__all__ = ["FORMAT"]

_HEADER = re.compile(
    r"(?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(?P<level>emerg|alert|crit|error|warn|notice|info|debug)\] "
    r"(?P<pid>\d{1,10})#(?P<thread>\d{1,20}): (?:\*(?P<connection>\d{1,20}) )?"
)
_FIELD = re.compile(
    r', (client|server|request|subrequest|upstream|host|referrer|login|while): ("[^"\n]{0,8192}"|[^,\n]{0,1024})'
)
_CONTEXT = ", client: "
_MAX_FIELDS = 12
_REQUEST_WORDS = 2  # the method and the URL, before the protocol


def _match(text: str) -> Head | None:
    return _HEADER.match(text) if text[4:5] == "/" else None


def _read(found: Head, text: str, _: Remarks) -> Draft:
    draft = read_head(found, text)
    message = draft.get("message")
    if isinstance(message, str) and (start := message.rfind(_CONTEXT)) >= 0:
        draft["message"] = message[:start]
        _put_context(draft, message, start)
    return draft


def _put_context(draft: Draft, text: str, at: int) -> None:
    fields: dict[str, str] = {}
    for _ in range(_MAX_FIELDS):
        field = _FIELD.match(text, at)
        if field is None:
            break
        fields[field[1]] = field[2].strip('"')
        at = field.end()
    words = fields.pop("request", "").split(" ")
    headers = {
        header: fields.pop(name) for name, header in (("host", "host"), ("referrer", "referer")) if name in fields
    }
    request: dict[str, object] = {"headers": headers} if headers else {}
    if len(words) >= _REQUEST_WORDS:
        request["method"], request["url"] = words[:_REQUEST_WORDS]
    if request:
        draft["request"] = request
    for name, value in fields.items():
        put_extra(draft, name, value)
    rest = text[at:].strip(" ,")
    if rest:
        put_extra(draft, "after", rest)


FORMAT = headed("nginx", DIGITS, _match, _read)
