"""NLog's JsonLayout. Its attributes are named by whoever sets it up: it is known by its exceptions and properties.

https://github.com/NLog/NLog/wiki/JsonLayout
https://github.com/NLog/NLog/wiki/Exception-Layout-Renderer
"""

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.dotnet import from_objects, from_text, printed
from rules.normalizing.draft import Draft
from rules.normalizing.fields import CONTEXT, Names
from rules.normalizing.named import read_named
from rules.normalizing.paths import obj

__all__ = ["FORMAT"]

_NAMES = Names(
    {
        "timestamp": "time timestamp longdate date datetime",
        "message": "message msg",
        "message_template": "message_template raw_message",
        "severity": "level",
        "logger": "logger logger_name",
        "hostname": "machinename machine_name host",
        "source_file": "callsite_filename",
        "line_number": "callsite_linenumber line",
        "request_url": "url aspnet_request_url",
        "request_method": "aspnet_request_method",
    },
    CONTEXT,
)
_EXCEPTIONS, _PROPERTIES = ("exception", "Exception"), ("eventProperties", "EventProperties", "event_properties")
_SCOPES = ("scopeProperties", "mdlc", "ScopeProperties")
_OF_EXCEPTIONS = frozenset({"HResult", "TargetSite", "InnerException", "StackTrace"})


def _detect(record: Record) -> bool:
    if any(isinstance(record.get(name), dict) for name in _PROPERTIES):
        return "level" in record or "Level" in record
    return any(not _OF_EXCEPTIONS.isdisjoint(obj(record.get(name))) for name in _EXCEPTIONS)


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    fields = {name: value for name, value in record.items() if name not in (*_EXCEPTIONS, *_PROPERTIES, *_SCOPES)}
    for name in (*_PROPERTIES, *_SCOPES):
        fields = {**obj(record.get(name)), **fields}
    draft = read_named(fields, _NAMES, remarks)
    draft["format"] = FORMAT.name
    thrown = next((record[name] for name in _EXCEPTIONS if record.get(name)), None)
    if isinstance(thrown, dict):
        draft["exception"] = from_objects(thrown)
        draft["stack_trace"] = printed(thrown)
    elif isinstance(thrown, str):
        draft["exception"] = from_text(thrown)
        draft["stack_trace"] = thrown
    return [draft]


FORMAT = ObjectFormat("nlog", frozenset({*_EXCEPTIONS, *_PROPERTIES}), _detect, _parse)
