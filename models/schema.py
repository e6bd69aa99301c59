"""The JSON Schema of ErrorEvent, for producers: `python -m models.schema` prints it.

It describes what to write. What is written otherwise is taken too, where its meaning is plain.
"""

import sys
from typing import Any

import orjson

from models.event import ErrorEvent

__all__ = ["ALIASES", "error_event_schema"]

# Other names that are taken for a field, besides its own in camelCase, PascalCase and kebab-case.
ALIASES: dict[str, tuple[str, ...]] = {
    "event_id": ("errorId",),
    "timestamp": ("occurredAt",),
    "service": ("serviceName", "applicationName", "appName"),
    "environment": ("env", "environmentName"),
    "error_type": ("exceptionType", "exceptionClass", "errorClass"),
    "message": ("errorMessage", "exceptionMessage"),
    "exception": ("exceptions",),
    "stack_trace": ("stack", "errorStack"),
    "severity": ("level", "errorLevel"),
    "logger": ("loggerName",),
    "source_file": ("fileName", "filePath"),
    "line_number": ("lineNo",),
    "correlation_id": ("requestId",),
    "instance_id": ("instance",),
    "release": ("appVersion", "applicationVersion"),
    "commit": ("commitSha", "commitHash", "gitCommit"),
    "tags": ("customTags",),
    "extra": ("extraData", "additionalData", "customData"),
}
_REQUEST = (
    "`requestUrl`, `requestMethod` or `httpMethod`, `requestHeaders` and `requestBody` beside it are taken as well"
)
_OURS = frozenset({"format", "received_at", "origin", "culprit", "group_id", "enrichment", "remarks"})
_ID = "https://json-schema.org/draft/2020-12/schema"


def error_event_schema() -> dict[str, Any]:
    """The schema: of a record in our own format, one error."""
    schema = ErrorEvent.model_json_schema()
    properties = schema["properties"]
    for field in _OURS:
        properties[field]["readOnly"] = True
        _describe(properties[field], "added by Seawall")
    for field, names in ALIASES.items():
        _describe(properties[field], "also taken as " + ", ".join(f"`{name}`" for name in (_camel(field), *names)))
    _describe(properties["request"], _REQUEST)
    description = (
        "One error. `message` or `error_type` is required. Every name may be written in camelCase, PascalCase or"
        " kebab-case, too; what has no name here goes to `extra`, and what is too long is cut, with a remark."
    )
    return {
        "$schema": _ID,
        **schema,
        "title": "Seawall error event",
        "description": description,
        "additionalProperties": True,
        "anyOf": [{"required": ["message"]}, {"required": ["error_type"]}],
    }


def _describe(described: dict[str, Any], more: str) -> None:
    known = described.get("description")
    described["description"] = f"{known}; {more}" if known else more


def _camel(field: str) -> str:
    first, *others = field.split("_")
    return first + "".join(word.capitalize() for word in others)


def main() -> None:
    """Print the schema."""
    sys.stdout.write(orjson.dumps(error_event_schema(), option=orjson.OPT_INDENT_2).decode() + "\n")


if __name__ == "__main__":
    main()
