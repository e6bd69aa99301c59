"""Sentry's envelopes taken apart into items, of which only those that are about errors go on.

https://develop.sentry.dev/sdk/foundations/transport/envelopes/
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from gateway.contract import Refused

__all__ = ["Envelope", "open_envelope"]

MAX_HEADER = 65_536  # bytes of a header line
MAX_ITEMS = 1_000
MAX_KINDS = 20  # kinds of items that are told apart in metrics
# The items that the job reads; https://develop.sentry.dev/sdk/data-model/envelope-items/
READ = frozenset({"event", "error", "default", "security", "raw_security", "log"})
TELLING = frozenset(
    {"client_report", "check_in", "session", "sessions", "user_report", "feedback"}
)  # see sentry_others
PASSED_OVER = frozenset({
    "transaction", "attachment", "profile", "profile_chunk", "replay_event", "replay_recording", "replay_video", "span",
    "statsd", "trace_metric", "nel", "form_data", "otel_log",
})  # fmt: skip


class Envelope(NamedTuple):
    """What is in one.

    header: its first line.
    value: the envelope with the items that the job reads, and no other; None: there are none.
    ignored: how many there were that are none of ours, by kind.
    others: payloads of those that tell of something else, with their kinds.
    """

    header: dict[str, Any]
    value: bytes | None
    ignored: Mapping[str, int]
    others: Sequence[tuple[str, bytes]]


def open_envelope(body: bytes) -> Envelope:
    """Take an envelope apart. Items stay byte for byte as they were sent. Raises Refused where it is none."""
    first = body.find(b"\n")
    header = _header(body[: first if first >= 0 else len(body)])
    if header is None:
        raise Refused(400, "invalid", "the envelope's first line is no JSON object")
    kept: list[bytes] = []
    ignored: dict[str, int] = {}
    others: list[tuple[str, bytes]] = []
    at = first + 1 if first >= 0 else len(body)
    whole = True
    for _ in range(MAX_ITEMS):
        while at < len(body) and body[at] in b"\r\n":
            at += 1
        if at >= len(body):
            break
        kind, payload, end = _item(body, at)
        if kind in READ:
            kept.append(body[at:end])
        else:
            whole = False
            if kind in TELLING:
                others.append((kind, body[payload:end]))
            else:
                name = kind if kind in PASSED_OVER else "other"
                ignored[name] = ignored.get(name, 0) + 1
        at = end
    else:
        raise Refused(413, "too_many", f"more than {MAX_ITEMS} items in one envelope")
    if not kept:
        return Envelope(header, None, ignored, others)
    return Envelope(header, body if whole else _joined(body[:first], kept), ignored, others)


def _item(body: bytes, at: int) -> tuple[str, int, int]:
    """An item's kind, and where its payload begins and ends."""
    newline = body.find(b"\n", at)
    end_of_header = newline if newline >= 0 else len(body)
    header = _header(body[at:end_of_header])
    if header is None:
        raise Refused(400, "invalid", "an item's header is no JSON object")
    begin = min(end_of_header + 1, len(body))
    length = header.get("length")
    if isinstance(length, int) and not isinstance(length, bool):
        if not 0 <= length <= len(body) - begin:
            raise Refused(400, "invalid", "an item is shorter than it says")
        end = begin + length
    else:
        newline = body.find(b"\n", begin)
        end = newline if newline >= 0 else len(body)
    kind = header.get("type")
    return kind if isinstance(kind, str) else "", begin, end


def _joined(header: bytes, items: list[bytes]) -> bytes:
    return b"\n".join([header, *items]) + b"\n"


def _header(line: bytes) -> dict[str, Any] | None:
    if len(line) > MAX_HEADER:
        return None
    try:
        header = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return header if isinstance(header, dict) else None
