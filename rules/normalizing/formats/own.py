"""Our own schema, in any spelling."""

from rules.coercing import Remarks
from rules.normalizing.contract import ObjectFormat, Record
from rules.normalizing.draft import Draft
from rules.normalizing.fields import OWN
from rules.normalizing.named import read_named

__all__ = ["FORMAT"]

_MARKS = frozenset(
    {"error_type", "errorType", "errorMessage", "serviceName", "applicationName", "appName", "customTags"}
)


def _detect(record: Record) -> bool:
    return not _MARKS.isdisjoint(record) or record.keys() <= OWN.keys()


def _parse(record: Record, remarks: Remarks) -> list[Draft]:
    draft = read_named(record, OWN, remarks)
    draft["format"] = FORMAT.name
    return [draft]


FORMAT = ObjectFormat("seawall", frozenset(OWN), _detect, _parse)
