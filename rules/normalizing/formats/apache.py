"""Apache's error log, of 2.2 and of 2.4.

https://httpd.apache.org/docs/2.4/mod/core.html#errorlogformat
"""

import re

from rules.coercing import Remarks
from rules.normalizing.draft import Draft
from rules.normalizing.headed import Head, headed, read_head
from rules.normalizing.logged import put_extra

__all__ = ["FORMAT"]

_LEVEL = r"(?P<level>emerg|alert|crit|error|warn|notice|info|debug|trace[1-8])"
_HEADER = re.compile(
    r"\[(?P<time>[A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d(?:\.\d{1,9})? \d{4})\] "
    rf"\[(?:(?P<logger>[\w-]{{0,60}}):)?{_LEVEL}\] (?:\[pid (?P<pid>\d{{1,10}})(?::tid (?P<thread>\d{{1,20}}))?\] )?"
)
# In any order: mod_proxy.c(123): (111)Connection refused: [client 10.1.2.3:4] AH00957: [remote 10.1.2.3:4]
_PART = re.compile(
    r"(?:(?P<file>[\w.-]{1,60}\.c(?:pp)?)\((?P<line>\d{1,7})\): |\[client (?P<client>[^\]\s]{1,100})\] "
    r"|\[remote (?P<remote>[^\]\s]{1,100})\] |\[host (?P<host>[^\]\s]{1,200})\] |(?P<code>AH\d{5}): "
    r"|(?P<reason>\(\d{1,5}\)[^:\n]{1,200}: ))"
)
_MAX_PARTS = 6
_REFERER = ", referer: "


def _read(found: Head, text: str, _: Remarks) -> Draft:
    at = found.end()
    parts: dict[str, str] = {}
    for _part in range(_MAX_PARTS):
        part = _PART.match(text, at)
        if part is None:
            break
        parts.update({name: value for name, value in part.groupdict().items() if value is not None})
        at = part.end()
    message = parts.get("reason", "") + text[at:]
    draft = read_head(found, text[: found.end()] + message)
    if "file" in parts:
        draft["source_file"], draft["line_number"] = parts["file"], int(parts["line"])
    if "code" in parts:
        draft["tags"] = {"code": parts["code"]}
    if "host" in parts:
        draft["hostname"] = parts["host"]
    for name in ("client", "remote"):
        if name in parts:
            put_extra(draft, name, parts[name])
    message, referred, referer = str(draft.get("message", "")).rpartition(_REFERER)
    if referred and "\n" not in referer:
        draft["message"] = message
        draft["request"] = {"headers": {"referer": referer}}
    return draft


FORMAT = headed("apache", "[", _HEADER.match, _read)
