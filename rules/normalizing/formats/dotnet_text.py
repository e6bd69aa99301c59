"""Lines of .NET: the console logger of Microsoft.Extensions.Logging, Serilog's and NLog's default layouts.

https://learn.microsoft.com/dotnet/core/extensions/console-log-formatter#simple
https://github.com/serilog/serilog-sinks-console#output-templates
https://github.com/NLog/NLog/wiki/Layouts
"""

import re

from rules.coercing import Remarks
from rules.normalizing.draft import Draft
from rules.normalizing.headed import CLOCK, DATE, DIGITS, Head, behind_time, headed, read_head
from rules.normalizing.logged import put_extra

__all__ = ["FORMAT"]

_INDENT = "\n      "  # below a category, of all lines but those of a stack, which have more
_CONSOLE = re.compile(
    rf"(?:(?P<time>{DATE}|{CLOCK}) ?)?(?P<level>trce|dbug|info|warn|fail|crit): "
    r"(?P<logger>[\w.+`<>,\[\]-]{1,200})\[(?P<pid>-?\d{1,10})\](?:\r?\n {6}| )(?:=> (?P<scopes>[^\n]{0,2000})\n {6})?"
)
_SERILOG = re.compile(
    rf"(?:(?P<time>{DATE}) \[|\[(?P<clock>{CLOCK}) )(?P<level>VRB|DBG|INF|WRN|ERR|FTL)\] "
    r"(?:\[(?P<logger>[\w.+`]{1,200}\.[\w.+`]{1,200})\] )?"
)
_THROWN = re.compile(r"\|(?=[A-Z][\w.+`]{0,200}Exception: )")  # behind the message
_NLOG = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{4})\|(?P<level>TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\|"
    r"(?P<logger>[^|\n]{0,200})\|"
)


_BEHIND_TIME = "[|tdiwfc"


def _match(text: str) -> Head | None:
    first = text[:1]
    if first == "[":
        return _SERILOG.match(text)
    if not first.isdigit():
        return _CONSOLE.match(text)
    behind = behind_time(text).lstrip(" ")[:1]
    form = _SERILOG if behind == "[" else _NLOG if behind == "|" else _CONSOLE
    return form.match(text) if behind and behind in _BEHIND_TIME else None


def _read(found: Head, text: str, _: Remarks) -> Draft:
    if found.re is _CONSOLE:
        text = text[: found.end()] + text[found.end() :].replace("\r\n", "\n").replace(_INDENT, "\n")
    elif found.re is _NLOG:
        text = _THROWN.sub("\n", text, count=1)
    draft = read_head(found, text)
    if found.re is _CONSOLE and "extra" in draft:
        number = draft["extra"].pop("pid", None)
        if number:
            draft["extra"]["event_id"] = number
        if not draft["extra"]:
            del draft["extra"]
        if found["scopes"]:
            put_extra(draft, "scopes", found["scopes"].strip())
    draft.setdefault("language", "csharp")
    return draft


FORMAT = headed("dotnet-text", DIGITS + "[tdiwfc", _match, _read)
