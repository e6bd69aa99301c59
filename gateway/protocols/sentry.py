"""Sentry's SDKs: envelopes and, from older ones, single events.

https://develop.sentry.dev/sdk/foundations/transport/
"""

import base64
import binascii
import re
from collections import Counter
from urllib.parse import SplitResult, unquote, urlsplit

import orjson

from gateway.contract import TOLD, Accepted, Answer, Endpoint, Received, Record, Refusal, Refused
from gateway.decoding import decoded
from gateway.protocols.common import checked, header, json_answer, json_of, parameters, retry_headers
from gateway.protocols.envelope import open_envelope
from gateway.protocols.sentry_others import read_others

__all__ = ["ENVELOPE", "STORE", "dsn_of", "refuse", "sentry_key"]

ENVELOPE_TYPE = "application/x-sentry-envelope"
# What this gateway takes; other categories of data are not limited, for they are passed over.
CATEGORIES = "default;error;security;log_item;log_byte"
TOLD_CATEGORIES = "session;monitor;feedback;user_report"  # which have limits of their own
_ID = re.compile(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
_MAX_STORED = 10 * 1024 * 1024  # bytes of an event that came packed in base64


def sentry_key(received: Received) -> str | None:
    """The public key: in a header, in the query, or in the DSN of an envelope."""
    for name in (b"x-sentry-auth", b"authorization"):
        given = header(received, name)
        if given and given[:7].lower() == "sentry " and (key := parameters(given[7:]).get("sentry_key")):
            return key
    return received.query.get("sentry_key") or _key_in_dsn(received.body)


def _key_in_dsn(body: bytes) -> str | None:
    """As tunnels and some SDKs send it."""
    dsn = dsn_of(body)
    return unquote(dsn.username) if dsn is not None and dsn.username else None


def dsn_of(body: bytes) -> SplitResult | None:
    """The DSN in an envelope's first line, where there is one."""
    first = body[:4_096].partition(b"\n")[0]
    if b'"dsn"' not in first:
        return None
    try:
        dsn = orjson.loads(first).get("dsn")
        return urlsplit(dsn) if isinstance(dsn, str) else None
    except (ValueError, AttributeError):
        return None


def _envelope(received: Received) -> Accepted:
    envelope = open_envelope(received.body)
    event_id = _event_id(envelope.header.get("event_id"))
    answer = json_answer(200, {"id": event_id} if event_id else {})
    records: list[Record] = []
    if envelope.value is not None:
        trace = envelope.header.get("trace")
        trace_id = trace.get("trace_id") if isinstance(trace, dict) else None
        key = trace_id if isinstance(trace_id, str) and _ID.fullmatch(trace_id) else event_id
        records.append(Record(envelope.value, key.encode() if key else None, ENVELOPE_TYPE))
    if not envelope.others:
        return Accepted(checked(records), answer, envelope.ignored)
    others = read_others(envelope, received)
    return Accepted(checked(records), answer, others.ignored + Counter(envelope.ignored), others.lost, others.told)


def _store(received: Received) -> Accepted:
    body = received.body.strip()
    if not body.startswith(b"{"):
        body = _unpacked(body)
    event = json_of(body)
    if not isinstance(event, dict):
        raise Refused(400, "invalid", "the event is no JSON object")
    event_id = _event_id(event.get("event_id"))
    if event_id is None:
        # SDKs may leave the id to the server; it has to be in the record, for it is told.
        event_id = received.new_id
        event["event_id"] = event_id
        body = orjson.dumps(event)
    return Accepted(checked([Record(body, event_id.encode())]), json_answer(200, {"id": event_id}))


def _unpacked(body: bytes) -> bytes:
    """What the oldest SDKs send: zlib's form of the JSON, mostly in base64."""
    try:
        packed = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        packed = body
    return decoded(packed, b"deflate", _MAX_STORED).strip()


def _event_id(given: object) -> str | None:
    return given.replace("-", "").lower() if isinstance(given, str) and _ID.fullmatch(given) else None


def refuse(refusal: Refusal, _: Received) -> Answer:
    """In Sentry's words; SDKs log `X-Sentry-Error`, and hold still for as long as they are told.

    https://develop.sentry.dev/sdk/foundations/transport/rate-limiting/
    """
    headers = ((b"x-sentry-error", refusal.detail.encode("ascii", "replace")), *retry_headers(refusal))
    if refusal.status == 429:  # noqa: PLR2004 -- HTTP's "Too Many Requests"
        categories = TOLD_CATEGORIES if refusal.reason.startswith(TOLD) else CATEGORIES
        limits = f"{refusal.retry_after or 60}:{categories}:key:{refusal.reason}"
        headers = (*headers, (b"x-sentry-rate-limits", limits.encode()))
    return json_answer(refusal.status, {"detail": refusal.detail}, headers)


ENVELOPE = Endpoint("sentry", sentry_key, _envelope, refuse)
STORE = Endpoint("sentry", sentry_key, _store, refuse)
