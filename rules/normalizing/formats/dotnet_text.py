"""Lines of .NET: the console logger of Microsoft.Extensions.Logging, Serilog's and NLog's default layouts.

https://learn.microsoft.com/dotnet/core/extensions/console-log-formatter#simple
https://github.com/serilog/serilog-sinks-console#output-templates
https://github.com/NLog/NLog/wiki/Layouts
"""

import re

from rules.coercing import Remarks
from rules.normalizing.draft import Draft
from rules.normalizing.headed import CLOCK, DATE, Head, headed, read_head

__all__ = ["FORMAT"]

_INDENT = "\n      "  # below a category, of all lines but those of a stack, which have more
_CONSOLE = re.compile(
    rf"(?:(?P<time>{DATE}|{CLOCK}) ?)?(?P<level>trce|dbug|info|warn|fail|crit): "
    r"(?P<logger>[\w.+`<>,\[\]-]{1,200})\[(?P<pid>-?\d{1,10})\](?:\r?\n {6}| )(?:=> [^\n]{0,2000}\n {6})?"
)
_SERILOG = re.compile(
    rf"(?:(?P<time>{DATE}) \[|\[(?P<clock>{CLOCK}) )(?P<level>VRB|DBG|INF|WRN|ERR|FTL)\] "
    r"(?:\[(?P<logger>[\w.+`]{1,200}\.[\w.+`]{1,200})\] )?"
)
_NLOG = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{4})\|(?P<level>TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\|"
    r"(?P<logger>[^|\n]{0,200})\|"
)


def _match(text: str) -> Head | None:
    first = text[:1]
    if first in "tdiwfc":
        return _CONSOLE.match(text)
    if first == "[":
        return _SERILOG.match(text)
    return _SERILOG.match(text) or _NLOG.match(text) or _CONSOLE.match(text) if first.isdigit() else None


def _read(found: Head, text: str, _: Remarks) -> Draft:
    if found.re is _CONSOLE:
        text = text[: found.end()] + text[found.end() :].replace("\r\n", "\n").replace(_INDENT, "\n")
    draft = read_head(found, text)
    if found.re is _CONSOLE and "extra" in draft:
        number = draft["extra"].pop("pid", None)
        if number:
            draft["extra"]["event_id"] = number
    draft.setdefault("language", "csharp")
    return draft


FORMAT = headed("dotnet-text", _match, _read)
