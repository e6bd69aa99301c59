"""From a record's bytes to drafts: the way that all formats share."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import islice
from typing import Any

from models.reasons import DeadReason
from rules import stacktraces
from rules.bounding import Remarks, bound
from rules.normalizing.completing import complete, read_traces
from rules.normalizing.contract import Record
from rules.normalizing.decoding import check_size, decode, decode_loosely, load
from rules.normalizing.draft import Draft, NotAnError, Unreadable
from rules.normalizing.fields import LOGGER
from rules.normalizing.registry import by_bytes, by_content_type, content_type, object_format, text_format

__all__ = ["MAX_EVENTS", "MAX_FIELDS", "normalize"]

MAX_EVENTS = 1_000  # of one record
MAX_FIELDS = 2_000  # of one object that are looked at, beside those whose names are known

Parser = Callable[[], list[Draft]]


def normalize(value: bytes | None, headers: Mapping[str, bytes], hint: str | None = None) -> list[Draft]:
    """The errors in one record, within `models.bounds`; ErrorEvent validates each of them.

    Args:
        value: the record's value.
        headers: of the record; a `content-type` says what it is, where it is known.
        hint: the format's name, where whoever runs us knows it.

    Raises:
        Unreadable: there is no error to be read, with the reason.
        NotAnError: the record is of another kind.
    """
    remarks = Remarks()
    value = check_size(value)
    size = len(value)
    if (named := by_content_type(headers)) is not None:
        return _finish(named.parse(value, headers, remarks), size, remarks)
    try:
        decoded, is_json = load(value, remarks), True
    except ValueError:
        if (found := by_bytes(value, hint)) is not None:  # before it is looked at as text: it may look binary
            return _finish(found.parse(value, headers, remarks), size, remarks)
        decoded, is_json = decode_loosely(value, remarks)
    if isinstance(decoded, dict):
        return _finish(_object(decoded, hint, remarks), size, remarks)
    if not is_json or content_type(headers.get("content-type", b"")) == "text/plain":
        text = value.decode("utf-8", "replace").replace("\0", "") if is_json else decoded
        return _finish(_no_json(text, hint, remarks), size, remarks)
    if isinstance(decoded, list):
        return _many(decoded, size, hint, remarks)
    if isinstance(decoded, str):
        return _finish(_quoted(decoded, hint, remarks), size, remarks)
    raise Unreadable(DeadReason.NOT_TEXT, "the record is a single number, boolean or null")


def _object(record: Record, hint: str | None, remarks: Remarks) -> list[Draft]:
    if len(record) > MAX_FIELDS:
        remarks.add("", "cut", len(record))
        known = {name: record[name] for name in LOGGER.keys() & record.keys()}
        record = {**dict(islice(record.items(), MAX_FIELDS)), **known}
    return object_format(record, hint).parse(record, remarks)


def _no_json(text: str, hint: str | None, remarks: Remarks) -> list[Draft]:
    """Text; where it began as JSON, only a stack trace makes it readable."""
    if text.startswith("{") and stacktraces.find(text) is None:
        raise Unreadable(DeadReason.INVALID_JSON, "the record begins like JSON and is none")
    return text_format(text, hint).parse(text, remarks)


def _quoted(text: str, hint: str | None, remarks: Remarks) -> list[Draft]:
    """A JSON string: an object that was serialized twice, or a trace; any other one is a scalar."""
    if text.lstrip().startswith("{"):
        decoded, _ = decode(text.encode("utf-8", "replace"), remarks)
        if isinstance(decoded, dict):
            return _object(decoded, hint, remarks)
    if stacktraces.find(text) is None:
        raise Unreadable(DeadReason.NOT_TEXT, "the record is a single string")
    return text_format(text, hint).parse(text, remarks)


def _finish(drafts: list[Draft], size: int, remarks: Remarks) -> list[Draft]:
    """What all formats have in common, once drafts are parsed."""
    if len(drafts) == 1:
        return [_finish_one(drafts[0], size, remarks)]
    if not drafts:
        raise NotAnError("the record holds no error")
    return _readable([partial(_finish, [draft], size, Remarks(remarks)) for draft in drafts])


def _finish_one(draft: Draft, size: int, remarks: Remarks) -> Draft:
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


def _many(records: list[Any], size: int, hint: str | None, remarks: Remarks) -> list[Draft]:
    """The errors of a list."""
    if not records:
        raise Unreadable(DeadReason.EMPTY, "the record is an empty list")

    def parser(record: Any) -> Parser:
        def parse() -> list[Draft]:
            if not isinstance(record, dict):
                raise Unreadable(DeadReason.NOT_TEXT, "the record is a list without objects")
            notes = Remarks(remarks)
            return _finish(_object(record, hint, notes), size, notes)

        return parse

    return _readable([parser(record) for record in records])


def _readable(parsers: list[Parser]) -> list[Draft]:
    """The errors of several. What is none is noted in the first one's remarks, as is the rest of a long list."""
    drafts: list[Draft] = []
    refused: list[int] = []
    reason: Unreadable | NotAnError | None = None
    for index, parse in enumerate(parsers[:MAX_EVENTS]):
        try:
            drafts.extend(parse())
        except NotAnError as other:
            reason = reason or other
        except Unreadable as error:
            refused.append(index)
            reason = error
    if not drafts:
        assert reason is not None  # there was at least one parser, and it gave nothing
        raise reason
    notes = Remarks(drafts[0]["remarks"])
    for index in refused:
        notes.add(f"[{index}]", "invalid")
    if len(parsers) > MAX_EVENTS or len(drafts) > MAX_EVENTS:
        notes.add("", "cut", max(len(parsers), len(drafts)))
    drafts[0]["remarks"] = list(notes)
    return drafts[:MAX_EVENTS]
