"""Entries of systemd's journal as JSON (`journalctl -o json`, and shippers that read it).

https://systemd.io/JOURNAL_EXPORT_FORMATS/
https://www.freedesktop.org/software/systemd/man/latest/systemd.journal-fields.html
"""

from typing import Any

from rules.normalizing.contract import Record
from rules.normalizing.envelopes.contract import Envelope, Opened
from rules.normalizing.levels import severity
from rules.normalizing.paths import first_text, number

__all__ = ["ENVELOPES"]

_MARKS = frozenset(
    {"__REALTIME_TIMESTAMP", "_TRANSPORT", "_SYSTEMD_UNIT", "_BOOT_ID", "SYSLOG_IDENTIFIER", "_HOSTNAME"}
)
_TRUSTED = frozenset({"_TRANSPORT", "_EXE", "_CMDLINE", "_PID", "_UID", "MESSAGE_ID", "ERRNO", "CONTAINER_TAG"})
_INFO = "6"  # what the journal writes for lines that a service prints


def _open(record: Record) -> list[Opened]:
    unit = first_text(record, "_SYSTEMD_USER_UNIT", "_SYSTEMD_UNIT", "UNIT") or ""
    container = first_text(record, "CONTAINER_NAME")
    extra = {name.lstrip("_").lower(): value for name, value in record.items() if _is_extra(name, value)}
    context: dict[str, Any] = {
        "service": container or _service(unit) or first_text(record, "SYSLOG_IDENTIFIER", "_COMM"),
        "hostname": first_text(record, "_HOSTNAME"),
        "instance_id": first_text(record, "CONTAINER_ID"),
        "timestamp": first_text(record, "_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP"),
        "severity": _severity(record),
        "logger": first_text(record, "LOGGER"),
        "source_file": first_text(record, "CODE_FILE"),
        "line_number": number(record.get("CODE_LINE")),
        "tags": {"unit": unit} if unit else None,
        "extra": extra,
    }
    line = _text(record["MESSAGE"])
    trace = _text(record.get("EXCEPTION_TEXT"))  # of Python's systemd.journal
    if trace and trace not in line:
        line = f"{line}\n{trace}"
    return [Opened(line, {field: value for field, value in context.items() if value})]


def _text(value: Any) -> str:
    """A field's value: a text, a list of bytes where it is not UTF-8, or a list of values where there are several."""
    if isinstance(value, list) and value and all(type(byte) is int and byte in range(256) for byte in value):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, list):
        value = next((one for one in value if isinstance(one, str)), None)
    return value if isinstance(value, str) else ""


def _service(unit: str) -> str | None:
    """`shop@eu.service` is the service `shop@eu`; a login's scope is none."""
    name, _, kind = unit.rpartition(".")
    return name if kind == "service" and not name.startswith("user@") else None


def _severity(record: Record) -> str | None:
    priority = record.get("PRIORITY")
    if record.get("_TRANSPORT") == "stdout" and priority == _INFO:
        return "info"
    return severity(priority) if isinstance(priority, str) else None


def _is_extra(name: str, value: Any) -> bool:
    """What the program itself has said, and what tells the process."""
    if name in _TRUSTED:
        return True
    known = ("MESSAGE", "PRIORITY", "CODE_FILE", "CODE_LINE", "EXCEPTION_TEXT", "LOGGER")
    return not name.startswith(("_", "SYSLOG_", "CONTAINER_")) and name not in known and value not in (None, "")


ENVELOPES = (Envelope(frozenset({"MESSAGE"}), lambda record: not _MARKS.isdisjoint(record), _open, "journald"),)
