"""Kafka Connect: a value with its schema, and the change of a table's row as Debezium tells it.

https://kafka.apache.org/documentation/#connect_transforms (`JsonConverter` with `schemas.enable`)
https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-events
"""

from typing import Any

from rules.coercing import Remarks
from rules.normalizing.contract import Record
from rules.normalizing.decoding import decode
from rules.normalizing.draft import Draft, NotAnError, Unreadable
from rules.normalizing.envelopes.contract import Envelope, Opened
from rules.normalizing.fields import OWN
from rules.normalizing.paths import first_text, obj

__all__ = ["ENVELOPES"]

_VALUE = frozenset({"schema", "payload"})
_NEW = frozenset({"c", "r"})  # a row that was inserted, and one that was there when the connector began
_JSON = frozenset({"exception", "extra", "fingerprint", "request", "tags", "user"})  # fields that are no texts
_OTHER = {"u": "a row that was changed", "d": "a row that was deleted", "t": "a table that was emptied"}


def _detect_value(record: Record) -> bool:
    schema = record["schema"]
    return record.keys() == _VALUE and (schema is None or "type" in obj(schema))


def _open_value(record: Record) -> list[Opened]:
    payload = record["payload"]
    if payload is None:
        raise NotAnError("a value that is null")
    return [Opened(payload, {})]


def _detect_change(record: Record) -> bool:
    op = record["op"]
    return isinstance(op, str) and (op in _NEW or op in _OTHER) and "connector" in obj(record.get("source"))


def _open_change(record: Record) -> list[Opened]:
    """The row as it was inserted: an error that is changed or deleted in its table is none anew."""
    if record["op"] in _OTHER:
        raise NotAnError(_OTHER[record["op"]])
    row = {column: _unpacked(column, value) for column, value in obj(record.get("after")).items()}
    return [Opened(row, _told(record["source"]))]


def _unpacked(column: str, value: Any) -> Any:
    """The object of a column of JSON, which Debezium tells as a text; any other value as it is."""
    if not isinstance(value, str) or OWN.get(column, ("",))[0] not in _JSON or value[:1] not in ("{", "["):
        return value
    try:
        return decode(value.encode("utf-8", "replace"), Remarks())[0]
    except Unreadable:
        return value


def _told(source: Record) -> Draft:
    parts = (first_text(source, "schema", "db"), first_text(source, "table", "collection"))
    table = ".".join(part for part in parts if part)
    context: dict[str, Any] = {
        "service": first_text(source, "name"),
        "timestamp": source.get("ts_ms"),
        "tags": {"table": table} if table else {},
    }
    return {field: value for field, value in context.items() if value}


ENVELOPES = (
    Envelope(frozenset({"schema"}), _detect_value, _open_value),
    Envelope(frozenset({"op"}), _detect_change, _open_change, "debezium"),
)
