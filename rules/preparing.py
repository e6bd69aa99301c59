"""One record made into occurrences: read, mask, group. Pure: the same record gives the same bytes everywhere."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, NamedTuple, Protocol

import orjson

from models.bounds import MAX_REMARKS
from models.dead import origin_of
from models.event import ErrorEvent
from models.occurrence import Dead, Dropped, Occurrence
from models.reasons import DropReason
from models.severity import Severity
from models.wire import BUCKET_SECONDS, LATE, GroupRef
from rules.cleaning import clean
from rules.grouping import Grouping, group, group_id
from rules.masking import Masker
from rules.normalizing import NotAnError, Unreadable, normalize
from rules.normalizing.dates import settle

__all__ = ["PrepareConfig", "RecordOrigin", "prepare"]

Draft = dict[str, Any]

SKEW = 60.0  # seconds by which a producer's clock may be ahead
_ID_BYTES = 16
_HEX_ID = re.compile(r"[0-9a-f]{32}")
_NO_ID = bytes(_ID_BYTES)
_MAX_HASH_KEY = 64  # bytes that BLAKE2b takes
_SERVICE, _ENVIRONMENT = (ErrorEvent.model_fields[name].default for name in ("service", "environment"))
_LEVELS = {severity.value: severity for severity in Severity}
_ERROR = Severity.ERROR.value


class RecordOrigin(Protocol):
    """Where a record lies."""

    @property
    def topic(self) -> str: ...  # noqa: D102
    @property
    def partition(self) -> int: ...  # noqa: D102
    @property
    def offset(self) -> int: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareConfig:
    """What preparing depends on besides the record. Times are in seconds."""

    masker: Masker
    minimum_severity: Severity
    lateness: float  # an event older than this counts but fires nothing
    retention: float  # an event older than this is no longer kept: its time cannot be right
    hash_key: bytes  # for the hashes of user ids
    hint: str | None = None  # the format of all records, where it is known


def prepare(
    value: bytes | None,
    headers: Mapping[str, bytes],
    origin: RecordOrigin,
    received_at: float,
    config: PrepareConfig,
) -> list[Occurrence | Dropped | Dead]:
    """What becomes of one record.

    Args:
        value: the record's bytes.
        headers: its Kafka headers.
        origin: where it lies.
        received_at: when it reached the broker, seconds since the epoch; taken as right.
        config: see PrepareConfig.
    """
    try:
        drafts = normalize(value, headers, config.hint)
    except Unreadable as problem:
        size = len(value) if value else 0
        dead = Dead(
            offset=origin.offset, reason=problem.reason, detail=problem.detail, size=size, received_at=received_at
        )
        return [dead]
    except NotAnError:
        return [Dropped(offset=origin.offset, reason=DropReason.NOT_AN_ERROR)]
    record = _Record(headers, origin, received_at)
    return [_prepare_draft(draft, ordinal, record, config) for ordinal, draft in enumerate(drafts)]


class _Record(NamedTuple):
    """What all events of one record share."""

    headers: Mapping[str, bytes]
    origin: RecordOrigin
    received_at: float


def _prepare_draft(draft: Draft, ordinal: int, record: _Record, config: PrepareConfig) -> Occurrence | Dropped:
    _, origin, received_at = record
    level = draft.get("severity") or _ERROR
    severity = _LEVELS[level]
    if severity.rank < config.minimum_severity.rank:
        service = config.masker.mask_text(draft.get("service") or _SERVICE)
        return Dropped(offset=origin.offset, reason=DropReason.BELOW_LEVEL, service=service)
    user_key = _user_key(draft.get("user_id"), config.hash_key)  # of the id itself: masked ids would all be one user
    mark = config.masker.mask(draft)
    occurred_at = _occurred_at(draft, received_at, config.retention)
    event_id, own_id = _event_id(draft, ordinal, record)
    draft["event_id"] = event_id.hex()
    draft["severity"] = level
    draft["timestamp"] = datetime.fromtimestamp(occurred_at, UTC)
    draft["received_at"] = datetime.fromtimestamp(received_at, UTC)
    draft["origin"] = {"topic": origin.topic, "partition": origin.partition, "offset": origin.offset}
    ref, payload = _finish(draft, mark)
    return Occurrence(
        offset=origin.offset,
        ordinal=ordinal,
        event_id=event_id,
        own_id=own_id,
        occurred_at=occurred_at,
        received_at=received_at,
        bucket=_bucket(occurred_at, received_at, config.lateness),
        group=ref,
        severity=severity,
        message=draft.get("message") or "",
        hostname=draft.get("hostname") or None,
        release=draft.get("release") or None,
        user_id=draft.get("user_id") or None,
        user_key=user_key,
        trace_id=draft.get("trace_id") or None,
        payload=payload,
    )


def _finish(draft: Draft, mark: int) -> tuple[GroupRef, bytes]:
    """The group, and the payload that tells it. Where a text cannot be stored, once more with clean texts."""
    try:
        ref, payload = _grouped(draft, mark)
    except (TypeError, UnicodeEncodeError):  # lone surrogates, integers beyond 64 bits
        payload = _NUL
    if b"\\" in payload and _NUL in payload:  # a single byte is found a hundred times faster
        clean(draft)
        ref, payload = _grouped(draft, None)
    return ref, payload


_NUL = b"\\u0000"


def _grouped(draft: Draft, mark: int | None) -> tuple[GroupRef, bytes]:
    grouping = group(draft, mark)
    ref = _group_ref(draft, grouping)
    draft["culprit"] = grouping.culprit
    draft["group_id"] = ref.group_id
    return ref, orjson.dumps(_payload(draft), option=orjson.OPT_UTC_Z)


def _group_ref(draft: Draft, grouping: Grouping) -> GroupRef:
    service = draft.get("service") or _SERVICE
    environment = draft.get("environment") or _ENVIRONMENT
    draft["service"], draft["environment"] = service, environment
    return GroupRef(
        group_id=group_id(service, environment, grouping.fingerprint),
        fingerprint=grouping.fingerprint,
        service=service,
        environment=environment,
        title=grouping.title,
        error_type=draft.get("error_type") or None,
        culprit=grouping.culprit,
        release=draft.get("release") or None,
    )


def _payload(draft: Draft) -> Draft:
    """The draft without what says nothing: stored bytes cost more than the work of leaving them out."""
    made = {field: value for field, value in draft.items() if value or value == 0}
    if "exception" in made:
        made["exception"] = [_full(exception) for exception in made["exception"]]
    if "request" in made:
        made["request"] = _full(made["request"])
    return made


def _full(holder: Draft) -> Draft:
    return {field: value for field, value in holder.items() if value is not None}


def _occurred_at(draft: Draft, received_at: float, retention: float) -> float:
    timestamp = draft.get("timestamp")
    if timestamp is None:
        return received_at
    timestamp = settle(timestamp, received_at)
    if received_at - retention < timestamp <= received_at + SKEW:
        return float(timestamp)
    remarks = draft.setdefault("remarks", [])
    if len(remarks) < MAX_REMARKS:
        remarks.append({"path": "timestamp", "rule": "invalid", "length": None})
    return received_at


def _bucket(occurred_at: float, received_at: float, lateness: float) -> int:
    if occurred_at < received_at - lateness:
        return LATE
    return int(occurred_at // BUCKET_SECONDS) * BUCKET_SECONDS


def _event_id(draft: Draft, ordinal: int, record: _Record) -> tuple[bytes, bool]:
    """The event's id, and whether a second one like it is a retry."""
    given = draft.get("event_id")
    if given and (own := _own_id(given, draft)) != _NO_ID:
        return own, True
    origin = record.origin
    first = origin_of(record.headers.items())
    if first is not None:  # sent again from the dead letters: however often, it is one event
        return _digest(f"{first}/{ordinal}"), True
    return _digest(f"{origin.topic}/{origin.partition}/{origin.offset}/{ordinal}"), False


def _own_id(given: str, draft: Draft) -> bytes:
    """A UUID in any spelling is its 16 bytes; any other text is hashed, as unique as its service makes it."""
    spelled = given
    if not _HEX_ID.fullmatch(spelled):
        spelled = given.strip().lower().removeprefix("urn:").removeprefix("uuid:").strip("{}").replace("-", "")
        if not _HEX_ID.fullmatch(spelled):
            if not spelled.strip("0"):
                return _NO_ID
            return _digest(f"{draft.get('service')}\0{draft.get('environment')}\0{given}")
    return bytes.fromhex(spelled)


def _digest(text: str) -> bytes:
    return blake2b(text.encode(errors="replace"), digest_size=_ID_BYTES).digest()


def _user_key(user_id: str | None, hash_key: bytes) -> bytes | None:
    if not user_id:
        return None
    key = hash_key if len(hash_key) <= _MAX_HASH_KEY else blake2b(hash_key).digest()
    return blake2b(user_id.encode(errors="replace"), key=key, digest_size=_ID_BYTES).digest()
