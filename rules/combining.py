"""From a stored batch to what the keyed agents need: one small record a group, one a threshold window."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Protocol

import msgspec

from models.occurrence import Occurrence
from models.wire import LATE, Combined, GroupRef, Part, RateDelta, Run, Source
from rules.feeding import Thresholds
from rules.impact import Impact
from rules.noticing import Noticed

__all__ = ["Facts", "combine", "combine_rates", "runs_of"]

MAX_SPREAD = 50  # hosts and users named in one record
MAX_NEW_IN = 20  # releases named in one record
MAX_GROUPS = 20  # groups named in one rate record


class Facts(Protocol):
    """What the store said of a group when it stored the batch."""

    @property
    def total(self) -> int:
        """Its occurrences, this batch included."""

    @property
    def users_total(self) -> int:
        """Its distinct users, this batch included."""

    @property
    def new(self) -> bool:
        """This batch made it."""

    @property
    def back(self) -> str | None:
        """Why it is new again, where it was resolved or ignored before."""

    @property
    def shown(self) -> GroupRef | None:
        """The group that it is merged with others as, if it is."""


def runs_of(offsets: Iterable[int]) -> list[Run]:
    """Run-length code ascending offsets; one that stands twice held two events."""
    runs: list[Run] = []
    for offset, same in groupby(offsets):
        times = sum(1 for _ in same)
        if runs and (last := runs[-1]) and last[0] + last[1] == offset and last[2] == times:
            runs[-1] = (last[0], last[1] + 1, times)
        else:
            runs.append((offset, 1, times))
    return runs


def combine(
    kept: Sequence[Occurrence],
    facts: Mapping[str, Facts],
    source: Source,
    noticed: Noticed | None = None,
    impact: Impact | None = None,
) -> list[Combined]:
    """One record a group, or a few merged ones.

    Args:
        kept: in offset order, without duplicates of stored events.
        facts: of their groups, by id.
        source: where they lay.
        noticed: what else the store said of them.
        impact: what the ladder asks of events.
    """
    by_group: dict[str, list[Occurrence]] = {}
    shown: dict[str, Facts] = {}
    for occurrence in kept:
        group_id = occurrence.group.group_id
        its = facts[group_id]
        if its.shown is not None:
            group_id = its.shown.group_id
        shown[group_id] = its
        by_group.setdefault(group_id, []).append(occurrence)
    records = [
        _combined(members, shown[group_id], source, group_id, noticed or _NOTHING)
        for group_id, members in by_group.items()
    ]
    if impact is None or not impact.asks_events:
        return records
    reached = (impact.of(members) for members in by_group.values())
    return [msgspec.structs.replace(one, **its._asdict()) for one, its in zip(records, reached, strict=True)]


_NOTHING = Noticed()


def _combined(members: list[Occurrence], facts: Facts, source: Source, group_id: str, noticed: Noticed) -> Combined:
    last = members[-1]
    return Combined(
        group=facts.shown or last.group,
        severity=max((m.severity for m in members), key=attrgetter("rank")) if len(members) > 1 else last.severity,
        source=source,
        parts=_parts(members, attrgetter("bucket")),
        first_at=min(m.occurred_at for m in members),
        last_at=max(m.occurred_at for m in members),
        total=facts.total,
        users_total=facts.users_total,
        new=facts.new,
        new_type=group_id in noticed.first_of_type,
        new_in=list(noticed.in_release.get(group_id, ()))[:MAX_NEW_IN],
        released=noticed.released.get(group_id),
        back=facts.back,
        hosts=_distinct(m.hostname for m in members),
        users=_distinct(m.user_key.hex() if m.user_key else None for m in members),
        event_id=last.event_id.hex(),
        trace_id=last.trace_id,
    )


def _parts(members: list[Occurrence], bucket: Callable[[Occurrence], int]) -> list[Part]:
    by_bucket: dict[int, list[int]] = {}
    for member in members:
        by_bucket.setdefault(bucket(member), []).append(member.offset)
    return [Part(bucket, runs_of(offsets)) for bucket, offsets in sorted(by_bucket.items())]


def _distinct(values: Iterable[str | None]) -> list[str]:
    found = dict.fromkeys(value for value in values if value)
    return list(found)[:MAX_SPREAD]


def combine_rates(kept: Sequence[Occurrence], thresholds: Thresholds, source: Source) -> list[RateDelta]:
    """One record a threshold and group-by values. Late events fire nothing and are left out."""
    windows: dict[_Key, list[Occurrence]] = {}
    for occurrence in kept:
        if occurrence.bucket != LATE:
            for rule, by in thresholds.feeds(occurrence):
                windows.setdefault((rule, tuple(by.items())), []).append(occurrence)
    deltas = [_delta(key, members, members, thresholds, source) for key, members in windows.items()]
    return _with_bases(deltas, kept, thresholds, source) if thresholds.shares else deltas


_Key = tuple[str, tuple[tuple[str, str], ...]]


def _delta(
    key: _Key, members: list[Occurrence], shown: list[Occurrence], thresholds: Thresholds, source: Source
) -> RateDelta:
    rule, by = key
    return RateDelta(
        rule=rule,
        by=dict(by),
        source=source,
        parts=_parts(members, partial(thresholds.bucket, rule)),
        last_at=max(m.occurred_at for m in shown),
        group=shown[-1].group,
        groups=list(dict.fromkeys(m.group.group_id for m in members))[:MAX_GROUPS],
        seen=thresholds.seen(rule, members),
    )


def _with_bases(
    deltas: list[RateDelta], kept: Sequence[Occurrence], thresholds: Thresholds, source: Source
) -> list[RateDelta]:
    """The same with what the thresholds' events are a share of; and records for those that none counts for."""
    bases: dict[_Key, list[Occurrence]] = {}
    for occurrence in kept:
        if occurrence.bucket != LATE:
            for rule, by in thresholds.bases(occurrence):
                bases.setdefault((rule, tuple(by.items())), []).append(occurrence)
    by_key = {(delta.rule, tuple(delta.by.items())): delta for delta in deltas}
    for key, members in bases.items():
        delta = by_key.get(key) or _delta(key, [], members, thresholds, source)
        by_key[key] = msgspec.structs.replace(delta, base=_parts(members, partial(thresholds.bucket, key[0])))
    return list(by_key.values())
