"""bunyan, for Node.js.

https://github.com/trentm/node-bunyan#log-record-fields
"""

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.fields import Names
from rules.normalizing.logged import LOGGED, put_extra, put_request, read_traceparent, without
from rules.normalizing.named import read_named
from rules.normalizing.node_errors import put_node_error
from rules.normalizing.paths import obj

__all__ = ["FORMAT"]

_NAMES = Names(
    {"timestamp": "time", "message": "msg", "severity": "level", "logger": "name", "hostname": "hostname"},
    LOGGED,
)


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    draft = read_named(without(record, "v", "err", "src", "req"), _NAMES, remarks)
    draft["format"] = FORMAT.name
    draft["language"] = "javascript"
    if draft.get("logger"):
        draft.setdefault("service", draft["logger"])  # the logger's name, which is to be the program's
    read_traceparent(draft)
    source = obj(record.get("src"))
    if source.get("file"):
        draft["source_file"], draft["line_number"] = source["file"], source.get("line")
    if source.get("func"):
        put_extra(draft, "function", source["func"])
    put_request(draft, record.get("req"))
    put_node_error(draft, record.get("err"), remarks)
    return [draft]


def _detect(record: Record) -> bool:
    return type(record.get("level")) is int and "name" in record and "hostname" in record and "time" in record


FORMAT = ObjectFormat("bunyan", frozenset({"v"}), _detect, _parse)
