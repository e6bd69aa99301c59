"""`/v1/errors`: any format that the job reads, one event or many."""

import re

import orjson

from gateway.contract import Accepted, Endpoint, Received, Record, Refused
from gateway.places import event_id_of
from gateway.protocols.common import (
    bearer,
    checked,
    header,
    json_answer,
    refused_as_detail,
    split_array,
    split_lines,
)
from gateway.protocols.sentry import sentry_key

__all__ = ["ERRORS", "plain_key"]

NDJSON = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-seq"})
TEXT = "text/plain"
# Nested objects may have ids too: the first one is the event's in all clients of ours, and the id is a courtesy.
_EVENT_ID = re.compile(rb'"event_id"\s{0,2}:\s{0,2}"([0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12})"')


def plain_key(received: Received) -> str | None:
    """`Authorization: Bearer …`, `X-Seawall-Key`, or `?key=` where a sender can set no header."""
    return bearer(received) or header(received, b"x-seawall-key") or received.query.get("key") or sentry_key(received)


def _read(received: Received) -> Accepted:
    if not received.body.strip():
        raise Refused(400, "empty", "the body is empty")
    records = checked(_records(received))
    ids = [_id_in(record) or event_id_of(received.new_id, number) for number, record in enumerate(records)]
    keyed = [record._replace(key=id_.encode()) for record, id_ in zip(records, ids, strict=True)]
    return Accepted(keyed, json_answer(202, {"ids": ids}))


def _records(received: Received) -> list[Record]:
    body = received.body
    kind = (header(received, b"content-type") or "").partition(";")[0].strip().lower()
    if kind == TEXT:
        return [Record(body, None, TEXT)]
    if kind in NDJSON:
        return [Record(line) for line in split_lines(body)]
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _no_json(body)
    if isinstance(value, list):
        return [Record(item) for item in split_array(body, value)]
    return [Record(body)]


def _no_json(body: bytes) -> list[Record]:
    """Lines that all begin as objects are NDJSON, whatever the content type says; anything else is one text."""
    lines = split_lines(body)
    if len(lines) > 1 and all(line.startswith(b"{") for line in lines):
        return [Record(line) for line in lines]
    if body.lstrip()[:1] in {b"{", b"["}:
        raise Refused(400, "invalid", "the body is no JSON")
    return [Record(body, None, TEXT)]


def _id_in(record: Record) -> str | None:
    """The id that a sender gave, where it is one that stays as it is."""
    found = _EVENT_ID.search(record.value)
    return found[1].decode().replace("-", "").lower() if found else None


ERRORS = Endpoint("seawall", plain_key, _read, refused_as_detail)
