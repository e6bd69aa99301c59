"""Syslog messages as JSON: rsyslog's `jsonmesg` and usual templates, syslog-ng's `format-json`, Fluentd's input.

https://www.rsyslog.com/doc/configuration/properties.html
https://syslog-ng.github.io/admin-guide/110_Template_and_rewrite/000_Customize_message_format/005_Template_functions/012_format-json
"""

from typing import Any

from rules.normalizing.contract import Record
from rules.normalizing.envelopes.contract import Envelope, Opened
from rules.normalizing.levels import severity
from rules.normalizing.paths import first_text

__all__ = ["ENVELOPES"]

_LINES = ("msg", "message", "MESSAGE", "rawmsg")
_PROGRAMS = ("programname", "app-name", "appname", "app_name", "PROGRAM", "ident", "program", "syslogtag", "tag")
_HOSTS = ("hostname", "host", "HOST", "source", "logsource", "fromhost", "HOST_FROM")
_TIMES = ("timereported", "timestamp", "@timestamp", "ISODATE", "DATE", "time", "timegenerated")
_LEVELS = ("syslogseverity-text", "severity_label", "severity", "syslogseverity", "PRIORITY", "level", "LEVEL")
_PROCESSES = ("procid", "PID", "pid")
_KNOWN = frozenset(
    {*_LINES, *_PROGRAMS, *_HOSTS, *_TIMES, *_LEVELS, *_PROCESSES, "inputname", "fromhost-ip", "pri", "facility",
     "syslogfacility", "syslogfacility-text", "pri-text", "protocol-version", "uuid", "iut", "@version", "type",
     "facility_label", "priority", "FACILITY", "LEGACY_MSGHDR", "SOURCE", "TAGS", "SOURCEIP"}
)  # fmt: skip
_UNSAID = ("-", "", None)  # RFC 5424's nil


def _open(record: Record) -> list[Opened]:
    line = first_text(record, *_LINES) or ""
    context: dict[str, Any] = {
        "service": _program(record),
        "hostname": first_text(record, *_HOSTS),
        "timestamp": next((record[name] for name in _TIMES if record.get(name)), None),
        "severity": next((level for name in _LEVELS if (level := _severity(record.get(name)))), None),
        "extra": {name: value for name, value in record.items() if name not in _KNOWN and value not in _UNSAID},
    }
    process = next((str(record[name]) for name in _PROCESSES if record.get(name) not in _UNSAID), None)
    if process is not None:
        context["extra"]["pid"] = process
    return [Opened(line.strip(), {field: value for field, value in context.items() if value})]


def _severity(given: Any) -> str | None:
    return severity(given) if given is not None else None


def _program(record: Record) -> str | None:
    """The program's name; `shop[17]:` is a tag with it."""
    given = first_text(record, *_PROGRAMS)
    return given.partition("[")[0].rstrip(": ") if given else None


def _detect(record: Record) -> bool:
    if first_text(record, *_LINES) is None:
        return False
    if "PROGRAM" in record or "syslogtag" in record or "rawmsg" in record:
        return True
    if "ident" in record:
        return "host" in record and "level" not in record
    return "facility" in record or "syslogfacility" in record or "facility_label" in record


ENVELOPES = (
    Envelope(
        frozenset({"syslogtag", "rawmsg", "programname", "PROGRAM", "ident", "facility_label"}),
        _detect,
        _open,
        "syslog-json",
    ),
)
