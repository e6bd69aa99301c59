"""From a record's bytes to drafts: the way that all formats share."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple

from models.reasons import DeadReason
from rules import stacktraces
from rules.bounding import Remarks, bound
from rules.normalizing.colours import without_colours
from rules.normalizing.completing import complete, read_traces
from rules.normalizing.contract import Record
from rules.normalizing.decoding import check_size, decode, decode_loosely, load
from rules.normalizing.draft import Draft, NotAnError, Unreadable
from rules.normalizing.envelopes import (
    Envelope,
    Opened,
    dead_letter,
    envelope_of,
    fill,
    joined,
    opened_syslog,
    stripped,
    told_by_headers,
)
from rules.normalizing.fields import LOGGER
from rules.normalizing.registry import by_bytes, by_content_type, content_type, object_format, text_format

__all__ = ["MAX_EVENTS", "MAX_FIELDS", "normalize"]

MAX_EVENTS = 1_000  # of one record
MAX_FIELDS = 2_000  # of one object that are looked at, beside those whose names are known
MAX_NESTING = 3  # envelopes within each other that are opened

Parser = Callable[[], list[Draft]]


class _Source(NamedTuple):
    """What is known of a value besides itself."""

    size: int  # in bytes
    hint: str | None
    context: Mapping[str, Any] = MappingProxyType({})  # what the envelopes around it say
    form: str | None = None  # see Envelope
    depth: int = 0  # envelopes around it


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
    source = _Source(len(value or b""), hint)
    if headers:
        if (failure := dead_letter(value, headers)) is not None:
            return _finish([failure], source, remarks)
        source = source._replace(context=told_by_headers(headers))
    return _value(check_size(value), headers, source, remarks)


def _value(value: bytes, headers: Mapping[str, bytes], source: _Source, remarks: Remarks) -> list[Draft]:
    if (named := by_content_type(headers)) is not None:
        return _finish(named.parse(value, headers, remarks), source, remarks)
    try:
        decoded, is_json = load(value, remarks), True
    except ValueError:
        if (found := by_bytes(value, source.hint)) is not None:  # before it is looked at as text: it may look binary
            return _finish(found.parse(value, headers, remarks), source, remarks)
        decoded, is_json = decode_loosely(value, remarks)
    if isinstance(decoded, dict):
        return _object(decoded, source, remarks)
    if not is_json or content_type(headers.get("content-type", b"")) == "text/plain":
        text = value.decode("utf-8", "replace").replace("\0", "") if is_json else decoded
        return _no_json(text, source, remarks)
    if isinstance(decoded, list):
        return _many(decoded, source, remarks)
    if isinstance(decoded, str):
        return _quoted(decoded, source, remarks)
    raise Unreadable(DeadReason.NOT_TEXT, "the record is a single number, boolean or null")


def _object(record: Record, source: _Source, remarks: Remarks) -> list[Draft]:
    if source.depth < MAX_NESTING and (envelope := envelope_of(record)) is not None:
        return _open(envelope, record, source, remarks)
    if len(record) > MAX_FIELDS:
        remarks.add("", "cut", len(record))
        known = {name: record[name] for name in LOGGER.keys() & record.keys()}
        record = {**dict(islice(record.items(), MAX_FIELDS)), **known}
    return _finish(object_format(record, source.hint).parse(record, remarks), source, remarks)


def _open(envelope: Envelope, record: Record, source: _Source, remarks: Remarks) -> list[Draft]:
    """The errors in what lay in an envelope."""
    within = source._replace(form=envelope.form or source.form, depth=source.depth + 1)
    return _opened(envelope.open(record), within, remarks)


def _opened(opened: list[Opened], within: _Source, remarks: Remarks) -> list[Draft]:
    if len(opened) == 1:
        return _inner(opened[0], within, remarks)
    if not opened:
        raise NotAnError("the envelope is empty")
    return _readable([partial(_inner, one, within, Remarks(remarks)) for one in opened])


def _inner(opened: Opened, source: _Source, remarks: Remarks) -> list[Draft]:
    inner, context = opened
    source = source._replace(context=joined(source.context, context))
    if isinstance(inner, str):
        return _line(inner, source, remarks)
    if isinstance(inner, dict):
        return _object(inner, source, remarks)
    if isinstance(inner, list):
        return _many(inner, source, remarks)
    raise Unreadable(DeadReason.NOT_TEXT, "the envelope holds a single number or boolean")


def _line(text: str, source: _Source, remarks: Remarks) -> list[Draft]:
    """A text that somebody carried: JSON, or a line with a head of its own."""
    source = source._replace(size=max(source.size, len(text)))  # it may have been packed
    if "\0" in text:  # it may have been bytes
        remarks.add("", "nul", len(text))
        text = text.replace("\0", "")
    text = text.strip("\r\n").removeprefix("@cee:")  # the mark of JSON in syslog
    if not text.strip():
        raise NotAnError("an empty line")
    if text.lstrip()[0] == "{":
        decoded, _ = decode(text.encode("utf-8", "replace"), remarks)
        if isinstance(decoded, dict):
            return _object(decoded, source, remarks)
    return _text(text, source, remarks)


def _text(text: str, source: _Source, remarks: Remarks) -> list[Draft]:
    text = without_colours(text)
    if source.depth < MAX_NESTING and (written := stripped(text)) is not None:
        return _inner(Opened(*written), source._replace(depth=source.depth + 1), remarks)
    if source.depth < MAX_NESTING and (messages := opened_syslog(text)) is not None:
        return _opened(messages, source._replace(form="syslog", depth=source.depth + 1), remarks)
    return _finish(text_format(text, source.hint).parse(text, remarks), source, remarks)


def _no_json(text: str, source: _Source, remarks: Remarks) -> list[Draft]:
    """Text; where it began as JSON, only a stack trace makes it readable."""
    if text.startswith("{") and stacktraces.find(text) is None:
        raise Unreadable(DeadReason.INVALID_JSON, "the record begins like JSON and is none")
    return _text(text, source, remarks)


def _quoted(text: str, source: _Source, remarks: Remarks) -> list[Draft]:
    """A JSON string: an object that was serialized twice, or a trace; any other one is a scalar."""
    if text.lstrip().startswith("{"):
        decoded, _ = decode(text.encode("utf-8", "replace"), remarks)
        if isinstance(decoded, dict):
            return _object(decoded, source, remarks)
    if stacktraces.find(text) is None:
        raise Unreadable(DeadReason.NOT_TEXT, "the record is a single string")
    return _text(text, source, remarks)


def _finish(drafts: list[Draft], source: _Source, remarks: Remarks) -> list[Draft]:
    """What all formats have in common, once drafts are parsed."""
    if len(drafts) == 1:
        return [_finish_one(drafts[0], source, remarks)]
    if not drafts:
        raise NotAnError("the record holds no error")
    source = _shared(source)
    return _readable([partial(_finish, [draft], source, Remarks(remarks)) for draft in drafts])


def _finish_one(draft: Draft, source: _Source, remarks: Remarks) -> Draft:
    if draft["format"] != "text":
        read_traces(draft)
    if source.depth or source.context:
        fill(draft, source.context, source.form, remarks)
    draft["remarks"] = remarks
    bounded = bound(draft, source.size)
    complete(bounded)
    if not (_says(bounded, "message") or _says(bounded, "error_type") or bounded.get("exception")):
        raise Unreadable(DeadReason.NO_ERROR, "the object has neither a message nor a type")
    return bounded


def _shared(source: _Source) -> _Source:
    """The source of several errors: the id of what was around all of them is none of theirs."""
    return source._replace(context={field: value for field, value in source.context.items() if field != "event_id"})


def _says(draft: Draft, field: str) -> bool:
    return bool(draft.get(field, "").strip())


def _many(records: list[Any], source: _Source, remarks: Remarks) -> list[Draft]:
    """The errors of a list."""
    if not records:
        raise Unreadable(DeadReason.EMPTY, "the record is an empty list")
    source = _shared(source) if len(records) > 1 else source

    def parser(record: Any) -> Parser:
        def parse() -> list[Draft]:
            if not isinstance(record, dict):
                raise Unreadable(DeadReason.NOT_TEXT, "the record is a list without objects")
            return _object(record, source, Remarks(remarks))

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
