"""Syslog messages as they go over the wire, or stand in files: RFC 5424, and the many forms before it.

https://www.rfc-editor.org/rfc/rfc5424#section-6
https://www.rfc-editor.org/rfc/rfc3164#section-4
https://www.rfc-editor.org/rfc/rfc6587#section-3.4 (several messages in one stream)
https://www.cisco.com/c/en/us/td/docs/routers/access/wireless/software/guide/SysMsgLogging.html
"""

import re
from typing import Any

from rules.normalizing.draft import Draft
from rules.normalizing.envelopes.contract import Opened
from rules.normalizing.levels import LEVEL_WORDS

__all__ = ["opened_syslog"]

_MAX_MESSAGES = 1_000
_MAX_ELEMENTS = 50  # of structured data
_NIL = "-"
_COUNT = re.compile(r"(\d{1,7}) (?=<\d{1,3}>)")
_PRIORITY = re.compile(r"<(\d{1,3})>(?:(1) )?")
_HIGHEST = 191
_FACILITIES = (
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp",
    "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
)  # fmt: skip
_SEVERITIES = ("critical", "critical", "critical", "error", "warning", "info", "info", "debug")
_FIELDS = re.compile(r"(\S{1,64}) (\S{1,255}) (\S{1,255}) (\S{1,128}) (\S{1,255}) ?")
_ELEMENT = re.compile(r"\[([^\s=\]\"]{1,64})")
_PARAMETER = re.compile(r' ([^\s=\]"]{1,64})="((?:[^"\\\]]|\\.){0,8192})"')
_BOM = "\ufeff"
_ISO = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK = r"\d\d:\d\d:\d\d(?:\.\d{1,9})?"
_BSD = rf"(?:\d{{4}} )?{_MONTH} {{1,2}}\d{{1,2}} (?:\d{{4}} )?{_CLOCK}(?: \d{{4}})?(?: [A-Z]{{3,4}}(?=:))?"
_STAMP = re.compile(rf"(?:\d{{1,10}}: )?[*.]?({_ISO}|{_BSD}):? ")  # Cisco counts, and marks clocks that may be wrong
_HOST = re.compile(r"([A-Za-z0-9][\w.:%-]{0,254}(?<!:)|\d[\d.]{6,14}) ")
_TAG = re.compile(r"([A-Za-z0-9_(][\w./()@+-]{0,127})(?:\[([^\]\s]{1,64})\]: ?|:(?: |$))")
_SYSTEM = frozenset({"kernel", "sudo", "su"})  # programs that give no process
_CISCO = re.compile(r"%([A-Z0-9_-]{1,60}-[0-7]-[A-Z0-9_]{1,60}): ")


def opened_syslog(text: str) -> list[Opened] | None:
    """The messages of a text; None where it is none of syslog's."""
    first = text[:1]
    if first == "<":
        message = _message(text)
        return None if message is None else [message]
    if first.isdigit() and _COUNT.match(text) is not None:
        return _counted(text) or None
    if first.isalpha() and text[3:4] == " ":
        return _of_file(text)
    return _of_file(text) if first.isdigit() and text[10:11] == "T" else None


def _counted(text: str) -> list[Opened]:
    """Each message behind the number of its bytes; of text that is no ASCII, they are counted as such."""
    data = text.encode()
    made: list[Opened] = []
    at = 0
    while at < len(data) and len(made) < _MAX_MESSAGES:
        count = _COUNT.match(data[at : at + 16].decode("latin-1"))
        if count is None:
            break
        start = at + count.end()
        at = start + int(count[1])
        message = _message(data[start:at].decode("utf-8", "replace"))
        if message is not None:
            made.append(message)
        at += len(data[at : at + 1]) - len(data[at : at + 1].lstrip())
    return made


def _message(text: str) -> Opened | None:
    priority = _PRIORITY.match(text)
    if priority is None or int(priority[1]) > _HIGHEST:
        return None
    facility, severity = divmod(int(priority[1]), 8)
    told: Draft = {"severity": _SEVERITIES[severity], "extra": {"facility": _FACILITIES[facility]}}
    rest = text[priority.end() :].rstrip("\0\n")
    return _new(rest, told) if priority[2] else _old(rest, told)


def _new(text: str, told: Draft) -> Opened | None:
    """RFC 5424: `time host program process id [data] message`."""
    fields = _FIELDS.match(text)
    if fields is None:
        return None
    names = ("timestamp", "hostname", "service", "pid", "msgid")
    values = {name: value for name, value in zip(names, fields.groups(), strict=True) if value != _NIL}
    told["extra"] |= {name: values.pop(name) for name in ("pid", "msgid") if name in values}
    data, at = _data(text, fields.end())
    told["extra"] |= data
    message = text[at:].removeprefix(" ").removeprefix(_BOM)
    return Opened(message if message.strip() else text[fields.end() : at], {**told, **values})


def _data(text: str, at: int) -> tuple[dict[str, Any], int]:
    """Structured data, and where it ends."""
    if text.startswith(_NIL, at):
        return {}, at + 1
    elements: dict[str, Any] = {}
    for _ in range(_MAX_ELEMENTS):
        element = _ELEMENT.match(text, at)
        if element is None:
            break
        at = element.end()
        parameters: dict[str, str] = {}
        while (parameter := _PARAMETER.match(text, at)) is not None:
            parameters[parameter[1]] = re.sub(r'\\(["\\\]])', r"\1", parameter[2])
            at = parameter.end()
        elements[element[1]] = parameters
        at += text.startswith("]", at)
    return elements, at


def _old(text: str, told: Draft) -> Opened:
    """What came before: time, host and tag, each of which may be absent."""
    at = 0
    stamp = _STAMP.match(text)
    if stamp is not None:
        told["timestamp"] = stamp[1]
        at = stamp.end()
        host = _HOST.match(text, at)
        if host is not None and _tag(text, at) is None:
            told["hostname"] = host[1]
            at = host.end()
    return Opened(text[_tagged(text, at, told) :].strip(), told)


def _tagged(text: str, at: int, told: Draft) -> int:
    """Take the program's name and process off; where the message begins."""
    cisco = _CISCO.match(text, at)
    if cisco is not None:
        told["extra"]["msgid"] = cisco[1]
        return cisco.end()
    tag = _tag(text, at)
    if tag is None:
        return at
    told["service"] = tag[1].strip("()")
    if tag[2]:
        told["extra"]["pid"] = tag[2]
    return tag.end()


def _tag(text: str, at: int) -> re.Match[str] | None:
    """`program[process]: `; a level is none."""
    tag = _TAG.match(text, at)
    return None if tag is None or (tag[2] is None and tag[1].lower() in LEVEL_WORDS) else tag


def _of_file(text: str) -> list[Opened] | None:
    """A line of a file such as /var/log/syslog: it has no priority, so that time, host and tag must all be there."""
    stamp = _STAMP.match(text)
    host = _HOST.match(text, stamp.end()) if stamp is not None else None
    tag = _tag(text, host.end()) if host is not None else None
    if stamp is None or host is None or tag is None or host[1].lower() in LEVEL_WORDS:
        return None
    if text[0].isdigit() and tag[2] is None and tag[1] not in _SYSTEM:
        return None  # other lines begin with a time like this one
    told: Draft = {"timestamp": stamp[1], "hostname": host[1], "extra": {}}
    return [Opened(text[_tagged(text, host.end(), told) :].strip(), told)]
