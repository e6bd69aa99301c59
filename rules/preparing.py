"""One record made into occurrences: read, filtered, told as it was written, masked, enriched, grouped.

Pure: the same record gives the same bytes everywhere. In steps: between `read` and `begin` whoever sees many
records may put together what belongs together, between `begin` and `finish` look up what their events call for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from models.bounds import MAX_REMARKS
from models.event import ErrorEvent
from models.occurrence import Dead, Dropped, Occurrence
from models.reasons import DropReason
from models.replaying import meant
from models.sender import ENVIRONMENT, PROJECT, sender_of
from models.severity import Severity
from models.source_map import MapKey
from models.wire import BUCKET_SECONDS, LATE, GroupRef
from rules.cleaning import clean
from rules.enriching import Enricher, EnrichmentData, Hints
from rules.filtering import Filters
from rules.grouping import Grouper, Grouping, group_id
from rules.grouping.source_maps import SourceMap, resolve
from rules.identity import Record, RecordOrigin, event_id_of, place_of, user_key_of
from rules.masking import Masker
from rules.normalizing import NotAnError, Unreadable, normalize
from rules.normalizing.dates import settle
from rules.rulefile.filtering import FilterRules

__all__ = ["Begun", "LookedUp", "PrepareConfig", "RecordOrigin", "begin", "finish", "prepare", "read"]

Draft = dict[str, Any]

SKEW = 60.0  # seconds by which a producer's clock may be ahead
_SERVICE, _ENVIRONMENT = (ErrorEvent.model_fields[name].default for name in ("service", "environment"))
_LEVELS = {severity.value: severity for severity in Severity}
_ERROR = Severity.ERROR.value
_MAX_FACT = 200  # characters of a team, owner or tier


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareConfig:
    """What preparing depends on besides the record. Times are in seconds."""

    filters: Filters = field(default_factory=lambda: Filters(FilterRules()))
    masker: Masker
    enricher: Enricher = field(default_factory=lambda: Enricher(EnrichmentData()))
    grouper: Grouper = field(default_factory=Grouper)
    minimum_severity: Severity
    lateness: float  # an event older than this counts but fires nothing
    retention: float  # an event older than this is no longer kept: its time cannot be right
    hash_key: bytes  # for the hashes of user ids
    hint: str | None = None  # the format of all records, where it is known


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp:
    """What was looked up for a batch's events."""

    maps: Mapping[MapKey, SourceMap | None] = field(default_factory=dict)
    users: Mapping[str, Any] = field(default_factory=dict)  # what is known of users, by id


_NOTHING = LookedUp()


@dataclass(frozen=True, slots=True)
class Begun:
    """An event that will be an occurrence: bounded, and not yet masked."""

    draft: Draft
    ordinal: int
    severity: Severity
    hints: Hints
    record: Record


def prepare(
    value: bytes | None,
    headers: Mapping[str, bytes],
    origin: RecordOrigin,
    received_at: float,
    config: PrepareConfig,
) -> list[Occurrence | Dropped | Dead]:
    """What becomes of one record by itself, where nothing has to be looked up.

    Args:
        value: the record's bytes.
        headers: its Kafka headers.
        origin: where it lies.
        received_at: when it reached the broker, seconds since the epoch; taken as right.
        config: see PrepareConfig.
    """
    drafts = read(value, headers, origin, received_at, config)
    if not isinstance(drafts, list):
        return [drafts]
    begun = begin(drafts, headers, origin, received_at, config)
    return [finish(one, config) if isinstance(one, Begun) else one for one in begun]


def read(
    value: bytes | None,
    headers: Mapping[str, bytes],
    origin: RecordOrigin,
    received_at: float,
    config: PrepareConfig,
) -> list[Draft] | Dropped | Dead:
    """The events in a record; or why there are none. Arguments as `prepare`."""
    try:
        return normalize(value, headers, config.hint)
    except Unreadable as problem:
        size = len(value) if value else 0
        return Dead(
            offset=origin.offset, reason=problem.reason, detail=problem.detail, size=size, received_at=received_at
        )
    except NotAnError:
        return Dropped(offset=origin.offset, reason=DropReason.NOT_AN_ERROR)


def begin(
    drafts: Sequence[Draft],
    headers: Mapping[str, bytes],
    origin: RecordOrigin,
    received_at: float,
    config: PrepareConfig,
) -> list[Begun | Dropped]:
    """Which of a record's events are worth storing. Arguments as `prepare`; `drafts` from `read`."""
    record = Record(headers, origin, received_at)
    if headers and (PROJECT in headers or ENVIRONMENT in headers):
        _name_sender(drafts, headers)
    alone = len(drafts) == 1
    ordinals = range(1) if alone else meant(headers.items(), len(drafts))
    return [_begin_draft(drafts[ordinal], ordinal, record, config, alone=alone) for ordinal in ordinals]


def _name_sender(drafts: Sequence[Draft], headers: Mapping[str, bytes]) -> None:
    """An event that does not say where it comes from is of the project whose key it was sent with."""
    for told, header in (("service", PROJECT), ("environment", ENVIRONMENT)):
        if (name := sender_of(headers, header)) is not None:
            for draft in drafts:
                draft[told] = draft.get(told) or name


def _begin_draft(draft: Draft, ordinal: int, record: Record, config: PrepareConfig, *, alone: bool) -> Begun | Dropped:
    severity = _LEVELS[draft.get("severity") or _ERROR]
    decision = config.filters.decide(draft, f"{place_of(record)}/{ordinal}") if config.filters else None
    if decision is not None and decision.severity is not None:
        severity = decision.severity
    reason = decision.reason if decision is not None else None
    if reason is None and severity.rank < config.minimum_severity.rank:
        # What a filter lowered is its drop: it can be sent again when the filter is put right.
        reason = DropReason.BELOW_LEVEL if decision is None else DropReason.FILTERED
    if reason is not None:
        return Dropped(
            offset=record.origin.offset,
            reason=reason,
            service=config.masker.mask_text(draft.get("service") or _SERVICE),
            rule=decision.rule if decision is not None else "",
            ordinal=ordinal,
            alone=alone,
        )
    draft["severity"] = severity.value
    return Begun(draft, ordinal, severity, config.enricher.hints(draft), record)


def finish(begun: Begun, config: PrepareConfig, found: LookedUp = _NOTHING) -> Occurrence:
    """The occurrence that an event is: masked, enriched, in its group.

    Args:
        begun: from `begin`; its draft is changed.
        config: as there.
        found: what was looked up for it.
    """
    draft, record = begun.draft, begun.record
    _, origin, received_at = record
    if found.maps:
        resolve(draft, found.maps)
    user_key = user_key_of(draft.get("user_id"), config.hash_key)  # of the id itself: masked ids would all be one user
    mark: int | None = config.masker.mask(draft)
    occurred_at = _occurred_at(draft, received_at, config.retention)
    event_id, own_id = event_id_of(draft, begun.ordinal, record)
    draft["event_id"] = event_id.hex()
    draft["timestamp"] = datetime.fromtimestamp(occurred_at, UTC)
    draft["received_at"] = datetime.fromtimestamp(received_at, UTC)
    draft["origin"] = {"topic": origin.topic, "partition": origin.partition, "offset": origin.offset}
    draft["service"] = draft.get("service") or _SERVICE
    draft["environment"] = draft.get("environment") or _ENVIRONMENT
    config.enricher.enrich(draft, begun.hints, found.users)
    grouping, ref, payload = _finish(draft, mark, config.grouper)
    return Occurrence(
        offset=origin.offset,
        ordinal=begun.ordinal,
        event_id=event_id,
        own_id=own_id,
        occurred_at=occurred_at,
        received_at=received_at,
        bucket=_bucket(occurred_at, received_at, config.lateness),
        group=ref,
        severity=begun.severity,
        message=draft.get("message") or "",
        hostname=draft.get("hostname") or None,
        release=draft.get("release") or None,
        user_id=draft.get("user_id") or None,
        user_key=user_key,
        trace_id=draft.get("trace_id") or None,
        payload=payload,
        hashes=tuple([group_id(ref.service, ref.environment, one) for one in grouping.hashes]),
        owned=grouping.owned,
        pattern=grouping.message,
    )


def _finish(draft: Draft, mark: int | None, grouper: Grouper) -> tuple[Grouping, GroupRef, bytes]:
    """The group, and the payload. Where a text cannot be stored, once more with clean texts."""
    try:
        grouping, ref, payload = _grouped(draft, mark, grouper)
    except (TypeError, UnicodeEncodeError):  # lone surrogates, integers beyond 64 bits
        payload = _NUL
    if b"\\" in payload and _NUL in payload:  # a single byte is found a hundred times faster
        clean(draft)
        grouping, ref, payload = _grouped(draft, None, grouper)
    return grouping, ref, payload


_NUL = b"\\u0000"


def _grouped(draft: Draft, mark: int | None, grouper: Grouper) -> tuple[Grouping, GroupRef, bytes]:
    grouping = grouper.group(draft, mark)
    ref = _group_ref(draft, grouping)
    draft["culprit"] = grouping.culprit
    draft["group_id"] = ref.group_id
    return grouping, ref, orjson.dumps(_payload(draft), option=orjson.OPT_UTC_Z)


def _group_ref(draft: Draft, grouping: Grouping) -> GroupRef:
    service, environment = draft["service"], draft["environment"]
    known = draft.get("enrichment") or {}
    return GroupRef(
        group_id=group_id(service, environment, grouping.fingerprint),
        fingerprint=grouping.fingerprint,
        service=service,
        environment=environment,
        title=grouping.title,
        error_type=draft.get("error_type") or None,
        culprit=grouping.culprit,
        release=draft.get("release") or None,
        team=_fact(known.get("team")),
        owner=_fact(known.get("owner")),
        tier=_fact(known.get("tier")),
    )


def _fact(value: Any) -> str | None:
    return None if value is None else str(value)[:_MAX_FACT]


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
