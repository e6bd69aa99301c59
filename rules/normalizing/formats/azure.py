"""Azure: telemetry of Application Insights, its tables, and resource logs.

https://github.com/microsoft/ApplicationInsights-Home/tree/master/EndpointSpecs/Schemas
https://learn.microsoft.com/azure/azure-monitor/reference/tables/appexceptions
https://learn.microsoft.com/azure/azure-monitor/platform/resource-logs-schema
"""

from typing import Any

import orjson

from models import bounds
from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft, NotAnError
from rules.normalizing.envelopes.azure import resource_name
from rules.normalizing.exceptions import raised
from rules.normalizing.fields import CONTEXT, Names
from rules.normalizing.levels import severity
from rules.normalizing.named import read_named
from rules.normalizing.paths import at, first_text, obj, text_at

__all__ = ["FORMAT"]

_LEVELS = ("debug", "info", "warning", "error", "critical")  # SeverityLevel: Verbose is 0
_TELEMETRY = frozenset({"ExceptionData", "MessageData"})
_TABLES = frozenset({"AppExceptions", "AppTraces"})
_NAMES = Names(
    {
        "timestamp": "time TimeGenerated timestamp",
        "event_id": "ItemId",
        "message": "OuterMessage Message ResultDescription message msg",
        "error_type": "ExceptionType exceptionType",
        "service": "AppRoleName ai.cloud.role appName",
        "instance_id": "AppRoleInstance ai.cloud.roleInstance hostInstanceId roleInstance",
        "trace_id": "OperationId ai.operation.id",
        "span_id": "ParentId ai.operation.parentId",
        "correlation_id": "correlationId CorrelationId functionInvocationId",
        "transaction": "ai.operation.name OperationName functionName",
        "release": "AppVersion ai.application.ver",
        "user_id": "UserAuthenticatedId ai.user.authUserId UserId ai.user.id",
        "session_id": "SessionId ai.session.id",
        "sdk": "SDKVersion ai.internal.sdkVersion",
        "logger": "CategoryName LoggerName",
        "stack_trace": "exceptionDetails",
    },
    CONTEXT,
)
_MAX_PARSED = 65_536  # characters of properties that are JSON in a text
_WELL = frozenset({"success", "succeeded", "0", "started", "accept", "accepted", "ok"})


def _detect(record: Record) -> bool:
    if isinstance(at(record, "data", "baseType"), str):
        return "iKey" in record or "name" in record or "tags" in record
    if _table(record) in _TABLES:
        return True
    return "resourceId" in record and ("category" in record or "operationName" in record)


def _table(record: Record) -> str | None:
    return first_text(record, "Type", "Category", "category")


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    if "data" in record:
        draft = _telemetry(record, remarks)
    elif _table(record) in _TABLES:
        draft = _row(record, remarks)
    else:
        draft = _resource_log(record, remarks)
    draft["format"] = FORMAT.name
    return [{field: value for field, value in draft.items() if value is not None}]


def _telemetry(record: Record, remarks: Remarks) -> Draft:
    kind, data = text_at(record, "data", "baseType"), obj(at(record, "data", "baseData"))
    if kind not in _TELEMETRY:
        raise NotAnError("telemetry without an exception or a message")
    properties = obj(data.get("properties"))
    tags = obj(record.get("tags"))
    fields = {**properties, **tags, "time": record.get("time"), "message": data.get("message")}
    draft = read_named(fields, _NAMES, remarks)
    draft["severity"] = _severity(data.get("severityLevel"), "error" if kind == "ExceptionData" else "info")
    details = data.get("exceptions")
    if isinstance(details, list):
        _put_details(draft, details)
    return draft


def _row(record: Record, remarks: Remarks) -> Draft:
    known = ("SeverityLevel", "Details", "Properties", "Type", "IKey", "TenantId", "SourceSystem", "_ResourceId")
    fields = {name: value for name, value in record.items() if name not in known}
    draft = read_named({**_object(record.get("Properties")), **fields}, _NAMES, remarks)
    fallback = "error" if _table(record) == "AppExceptions" else "info"
    draft["severity"] = _severity(record.get("SeverityLevel"), fallback)
    details = record.get("Details")
    if isinstance(details, str) and len(details) <= _MAX_PARSED:
        details = _json(details)
    if isinstance(details, list):
        _put_details(draft, details)
    return draft


def _put_details(draft: Draft, details: list[Any]) -> None:
    """ExceptionDetails: the outermost exception first, each with a parsed stack or a text."""
    chain: list[dict[str, Any]] = []
    for one in details[: bounds.MAX_EXCEPTIONS]:
        kind, value, parsed = at(one, "typeName") or at(one, "type"), at(one, "message"), at(one, "parsedStack")
        made = raised(kind, value, None if parsed else at(one, "stack") or at(one, "rawStack"))
        if made and isinstance(parsed, list):
            made[-1]["frames"] = [_frame(frame) for frame in reversed(parsed) if isinstance(frame, dict)]
        chain[:0] = made
    if chain:
        draft["exception"] = chain
        draft.pop("error_type", None)  # the chain tells it, without its module


def _frame(raw: Record) -> Record:
    """A StackFrame; its method is `Shop.Orders.Pay`, except in JavaScript, where the assembly is the stack's line."""
    file, line, package = text_at(raw, "fileName"), raw.get("line"), text_at(raw, "assembly") or ""
    module, _, function = (text_at(raw, "method") or "").rpartition(".")
    if package.startswith("at "):
        function = (text_at(raw, "method") or "").replace("<no_method>", "").partition(" [as ")[0]
        module = package = ""
    made = {
        "function": function,
        "module": module,
        "file": file,
        "line": line if type(line) is int and line > 0 else None,
        "package": package,
    }
    return {name: value for name, value in made.items() if value not in (None, "")}


def _resource_log(record: Record, remarks: Remarks) -> Draft:
    properties = _object(record.get("properties"))
    identity = first_text(record, "resourceId")
    known = (
        "level",
        "Level",
        "properties",
        "resultType",
        "operationName",
        "category",
        "resourceId",
        "resultDescription",
    )
    fields = {name: value for name, value in record.items() if name not in known}
    draft = read_named(
        {**{name: properties[name] for name in properties if name != "level"}, **fields}, _NAMES, remarks
    )
    result = first_text(record, "resultType")
    operation = first_text(record, "operationName")
    level = severity(record.get("level") or record.get("Level") or properties.get("level"))
    draft["severity"] = level or ("info" if result is None or result.lower() in _WELL else "error")
    said = first_text(record, "resultDescription") or first_text(properties, "statusMessage", "log", "error")
    if said and said.startswith("{") and (told := obj(_object(said).get("error"))):
        said = first_text(told, "message") or said
        draft.setdefault("error_type", told.get("code"))
    draft["message"] = said or draft.get("message") or " ".join(part for part in (operation, result) if part)
    draft = {"service": resource_name(identity), "transaction": operation, **draft}
    tags = {"category": first_text(record, "category"), "result": result, "resource": identity}
    draft["tags"] = {name: value for name, value in tags.items() if value}
    if "exceptionType" in properties:
        draft["exception"] = raised(
            draft.pop("error_type", None), properties.get("exceptionMessage"), draft.get("stack_trace")
        )
    return draft


def _severity(given: Any, fallback: str) -> str:
    """A SeverityLevel as a number or as a word."""
    if type(given) is int and 0 <= given < len(_LEVELS):
        return _LEVELS[given]
    return severity(given) or fallback if isinstance(given, str) else fallback


def _object(given: Any) -> Record:
    """An object, which some tables hold as a text."""
    return obj(_json(given)) if isinstance(given, str) and len(given) <= _MAX_PARSED else obj(given)


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


_MARKS = frozenset({"data", "resourceId", "Type", "Category", "category"})
FORMAT = ObjectFormat("azure", _MARKS, _detect, _parse)
