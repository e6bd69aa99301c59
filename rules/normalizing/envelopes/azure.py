"""Azure: what diagnostic settings send to Event Hubs, and lines of App Service within.

https://learn.microsoft.com/azure/azure-monitor/platform/resource-logs-schema
"""

from typing import Any

from rules.normalizing.contract import Record
from rules.normalizing.envelopes.contract import Envelope, Opened
from rules.normalizing.levels import severity
from rules.normalizing.paths import first_text, text_at

__all__ = ["ENVELOPES", "resource_name"]

_CONSOLES = ("AppServiceConsoleLogs", "ContainerAppConsoleLogs", "ContainerAppConsoleLogs_CL")
_MARKS = ("resourceId", "ResourceId", "operationName", "OperationName", "category", "Category", "_ResourceId")
_MAX_RECORDS = 10_000


def resource_name(identity: object) -> str | None:
    """The last part of `/SUBSCRIPTIONS/…/SITES/SHOP`, in lower case as Azure takes it."""
    return identity.rstrip("/").rpartition("/")[2].lower() if isinstance(identity, str) and identity else None


def _open_console(record: Record) -> list[Opened]:
    line = first_text(record, "resultDescription", "ResultDescription", "Log", "Log_s") or text_at(
        record, "properties", "Log"
    )
    context: dict[str, Any] = {
        "timestamp": first_text(record, "time", "TimeGenerated"),
        "service": first_text(record, "ContainerAppName_s") or resource_name(first_text(record, "resourceId")),
        "severity": severity(first_text(record, "level", "Level")),
        "hostname": first_text(record, "Host", "containerId"),
    }
    return [Opened(line or "", {field: value for field, value in context.items() if value})]


def _detect_console(record: Record) -> bool:
    return first_text(record, "category", "Category", "Type") in _CONSOLES


def _detect_many(record: Record) -> bool:
    records = record["records"]
    if not isinstance(records, list) or not records or not isinstance(records[0], dict):
        return False
    return any(name in records[0] for name in _MARKS)


ENVELOPES = (
    Envelope(
        frozenset({"records"}),
        _detect_many,
        lambda record: [Opened(one, {}) for one in record["records"][:_MAX_RECORDS]],
    ),
    Envelope(
        frozenset({"resultDescription", "ResultDescription", "Log", "Log_s", "properties"}),
        _detect_console,
        _open_console,
        "azure",
    ),
)
