"""PostgreSQL's log as JSON, and what the rows of its CSV log have in common with it.

https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-JSONLOG
"""

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.fields import Names
from rules.normalizing.named import read_named

__all__ = ["FORMAT", "read_postgres"]

_NAMES = Names(
    {
        "timestamp": "timestamp",
        "message": "message",
        "severity": "error_severity",
        "logger": "backend_type",
        "session_id": "session_id",
        "source_file": "file_name",
        "line_number": "file_line_num",
    }
)
_SUCCESS = "00000"
_TAGS = {"state_code": "sqlstate", "dbname": "database", "user": "database_user", "application_name": "application"}


def read_postgres(record: Record, remarks: Remarks) -> Draft:
    """An object with the names of PostgreSQL's JSON log."""
    tags = {tag: str(record[name]) for name, tag in _TAGS.items() if record.get(name) not in (None, "")}
    draft = read_named({name: value for name, value in record.items() if name not in _TAGS}, _NAMES, remarks)
    if tags.get("sqlstate") == _SUCCESS:
        del tags["sqlstate"]
    if tags:
        draft["tags"] = tags
    return draft


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    draft = read_postgres(record, remarks)
    draft["format"] = FORMAT.name
    return [draft]


FORMAT = ObjectFormat("postgresql", frozenset({"error_severity"}), lambda record: "message" in record, _parse)
