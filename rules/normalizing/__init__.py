"""Records in any format, read into drafts of ErrorEvents: decode, detect, parse, bound, complete.

One module a format. Whatever the bytes, the outcome is a list of drafts that ErrorEvent takes, or Unreadable.
"""

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from models.reasons import DeadReason
from rules import stacktraces
from rules.bounding import Remarks, bound
from rules.normalizing.completing import complete, read_traces
from rules.normalizing.decoding import MAX_RECORD_BYTES, decode
from rules.normalizing.draft import Draft, Unreadable
from rules.normalizing.fields import LOGGER
from rules.normalizing.jsons import is_own, parse_logger, parse_own
from rules.normalizing.sentry import is_sentry, parse_sentry
from rules.normalizing.text import parse_text

__all__ = ["MAX_EVENTS", "MAX_FIELDS", "MAX_RECORD_BYTES", "Draft", "Unreadable", "normalize"]

MAX_EVENTS = 1_000  # of one record that is a list
MAX_FIELDS = 2_000  # of one object that are looked at, beside those whose names are known


def normalize(value: bytes | None, headers: Mapping[str, bytes]) -> list[Draft]:
    """The errors in one record, within `models.bounds`; ErrorEvent validates each of them.

    Args:
        value: the record's value.
        headers: of the record; a `content-type` of `text/plain` keeps what may be JSON as text.

    Raises:
        Unreadable: there is no error to be read, with the reason.
    """
    remarks = Remarks()
    decoded, is_json = decode(value, remarks)
    size = len(value or b"")
    if isinstance(decoded, dict):
        return [_one(decoded, size, remarks)]
    if not is_json:
        return [_text(decoded, size, remarks)]
    if headers.get("content-type", b"").startswith(b"text/plain") and value is not None:
        return [_finish(parse_text(value.decode("utf-8", "replace").replace("\0", ""), remarks), size, remarks)]
    if isinstance(decoded, list):
        return _many(decoded, size, remarks)
    if isinstance(decoded, str):
        return _quoted(decoded, size, remarks)
    raise Unreadable(DeadReason.NOT_TEXT, "the record is a single number, boolean or null")


def _one(record: dict[str, Any], size: int, remarks: Remarks) -> Draft:
    parse: Callable[[dict[str, Any], Remarks], Draft]
    if len(record) > MAX_FIELDS:
        remarks.add("", "cut", len(record))
        known = {name: record[name] for name in LOGGER.keys() & record.keys()}
        record = {**dict(islice(record.items(), MAX_FIELDS)), **known}
    parse = parse_sentry if is_sentry(record) else parse_own if is_own(record) else parse_logger
    return _finish(parse(record, remarks), size, remarks)


def _finish(draft: Draft, size: int, remarks: Remarks) -> Draft:
    """What all formats have in common, once a draft is parsed."""
    if draft["format"] != "text":
        read_traces(draft)
    draft["remarks"] = remarks
    bounded = bound(draft, size)
    complete(bounded)
    if not (_says(bounded, "message") or _says(bounded, "error_type") or bounded.get("exception")):
        raise Unreadable(DeadReason.NO_ERROR, "the object has neither a message nor a type")
    return bounded


def _says(draft: Draft, field: str) -> bool:
    return bool(draft.get(field, "").strip())


def _text(text: str, size: int, remarks: Remarks) -> Draft:
    """Text that is no JSON, unless it began as some: then only a stack trace makes it readable."""
    if text.startswith("{") and stacktraces.find(text) is None:
        raise Unreadable(DeadReason.INVALID_JSON, "the record begins like JSON and is none")
    return _finish(parse_text(text, remarks), size, remarks)


def _quoted(text: str, size: int, remarks: Remarks) -> list[Draft]:
    """A JSON string: an object that was serialized twice, or a trace; any other one is a scalar."""
    if text.lstrip().startswith("{"):
        inner = text.encode("utf-8", "replace")
        decoded, _ = decode(inner, remarks)
        if isinstance(decoded, dict):
            return [_one(decoded, size, remarks)]
    if stacktraces.find(text) is None:
        raise Unreadable(DeadReason.NOT_TEXT, "the record is a single string")
    return [_finish(parse_text(text, remarks), size, remarks)]


def _many(records: list[Any], size: int, remarks: Remarks) -> list[Draft]:
    """The errors of a list. What is none is noted in the first draft's remarks, as is the rest of a long list."""
    if not records:
        raise Unreadable(DeadReason.EMPTY, "the record is an empty list")
    drafts: list[Draft] = []
    refused: list[int] = []
    reason = Unreadable(DeadReason.NOT_TEXT, "the record is a list without objects")
    for index, record in enumerate(records[:MAX_EVENTS]):
        try:
            if not isinstance(record, dict):
                raise Unreadable(DeadReason.NOT_TEXT, "the record is a list without objects")  # noqa: TRY301 one handler for all
            drafts.append(_one(record, size, Remarks(remarks)))
        except Unreadable as error:
            refused.append(index)
            reason = error
    if not drafts:
        raise reason
    notes = Remarks(drafts[0]["remarks"])
    for index in refused:
        notes.add(f"[{index}]", "invalid")
    if len(records) > MAX_EVENTS:
        notes.add("", "cut", len(records))
    drafts[0]["remarks"] = list(notes)
    return drafts
