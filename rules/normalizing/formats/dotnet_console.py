"""What Microsoft.Extensions.Logging's JSON console writes.

https://learn.microsoft.com/dotnet/core/extensions/console-log-formatter#json
"""

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.dotnet import from_text
from rules.normalizing.draft import Draft
from rules.normalizing.fields import CONTEXT, Names
from rules.normalizing.named import read_named
from rules.normalizing.paths import obj

__all__ = ["FORMAT"]

_NAMES = Names(
    {
        "timestamp": "Timestamp",
        "message": "Message",
        "message_template": "{OriginalFormat}",
        "severity": "LogLevel",
        "logger": "Category",
        "request_url": "RequestPath",
        "transaction": "ActionName",
    },
    CONTEXT,
)
_MAX_SCOPES = 20


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    state = {name: value for name, value in obj(record.get("State")).items() if name != "Message"}
    scopes = record.get("Scopes")
    for scope in scopes[:_MAX_SCOPES] if isinstance(scopes, list) else ():
        named = {name: value for name, value in obj(scope).items() if name not in ("Message", "{OriginalFormat}")}
        state = {**named, **state}
    fields = {name: value for name, value in record.items() if name not in ("State", "Scopes", "Exception")}
    draft = read_named({**state, **fields}, _NAMES, remarks)
    draft["format"] = FORMAT.name
    thrown = record.get("Exception")
    if isinstance(thrown, str) and thrown:
        draft["exception"] = from_text(thrown)
        draft["stack_trace"] = thrown
    return [draft]


FORMAT = ObjectFormat(
    "dotnet-console",
    frozenset({"LogLevel"}),
    lambda record: "Category" in record and "EventId" in record,
    _parse,
)
