"""Stored history run through a rule file: reads it, and hands it to `rules.backtesting` in the order of time."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from heapq import merge
from typing import TYPE_CHECKING, Any

from rules.backtesting import Backtest, History
from rules.forecasting import LOOK_BACK, ForecastKeys, Hindsight
from rules.noticing import Wanted
from rules.oncall.paging import pages_of
from rules.oncall.people import People
from rules.routing import Router, facts_of
from sinks.postgres import history
from sinks.postgres.group_releases import seen_before
from streams.forecasts import read_counts

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from models.occurrence import Occurrence
    from models.traffic import Traffic
    from models.wire import Alert
    from rules.backtesting import Asked, Firing, Released
    from rules.rulefile import RuleFile

__all__ = ["backtest"]

AT_ONCE = 1_000  # occurrences


async def backtest(
    connection: "AsyncConnection[Any]",
    rules: "RuleFile",
    since: datetime,
    *,
    lateness: float,
    done: Callable[[int], None],
    asked: "Sequence[Asked]" = (),
) -> Backtest:
    """What the rules would have said since then.

    Args:
        connection: to the database.
        rules: those to try.
        since: from when on.
        lateness: seconds after which events fire nothing.
        done: told of how many occurrences more were looked at.
        asked: requests that thresholds asked for themselves, in the order of the ends of their times.
    """
    router = Router(rules)

    def told(alert: "Alert") -> Sequence[str]:
        return router.channels(facts_of(alert))

    wanted = Wanted.of(rules)
    released = await _released(connection, since) if wanted.after_release else _none
    replay = Backtest(rules, told, released, await _hindsight(connection, rules, since.timestamp()))
    known = await history.known_groups(connection, since)
    seen = await seen_before(connection, since) if wanted.in_release else {}
    groups = {
        group_id: History(one.total_before, one.new, one.first_of_type, seen.get(group_id, set()))
        for group_id, one in known.items()
    }
    told_of: Sequence[Traffic | Asked] = await history.traffic(connection, since)
    requests = merge(told_of, asked, key=_end)
    waiting = next(requests, None)
    batch: list[Occurrence] = []

    def flush() -> None:
        nonlocal waiting
        while batch:
            number = len(batch) if waiting is None else bisect_right(batch, waiting.end, key=_time)
            replay.feed([one for one in batch[:number] if one.group.group_id in groups], groups)
            del batch[:number]
            if waiting is not None and batch:
                replay.tell([waiting])
                waiting = next(requests, None)

    payloads = replay.thresholds.asks_events or replay.impact.asks_events
    async for one in history.occurrences(connection, since, lateness=lateness, payloads=payloads):
        batch.append(one)
        # What lies in one second is fed at once.
        if len(batch) >= AT_ONCE and int(one.occurred_at) != int(batch[-2].occurred_at):
            last = batch.pop()
            done(len(batch))
            flush()
            batch.append(last)
    done(len(batch))
    flush()
    replay.tell([*([] if waiting is None else [waiting]), *requests])
    now = datetime.now(UTC).timestamp()
    replay.pass_time(now)
    _page(replay.firings, router, People(rules), now)
    return replay


def _page(firings: "Sequence[Firing]", router: Router, people: People, now: float) -> None:
    """Say of each incident whom policies would have paged; who takes turns does so from the first one on."""
    turns = Counter[str]()
    for one in firings:
        one.paged = pages_of(one.alerts, now if one.until is None else one.until, router, people, turns)
        turns.update({page.policy for page in one.paged})


async def _hindsight(connection: "AsyncConnection[Any]", rules: "RuleFile", since: float) -> Hindsight:
    """What was counted in the weeks before, where a threshold asks for a forecast."""
    keys = ForecastKeys(rules)
    counts = await read_counts(connection, keys, since - LOOK_BACK, since) if keys else {}
    return Hindsight({key: one for (_, key), one in counts.items()})


def _none(service: str, environment: str, at: float) -> None:
    """No release is asked for."""


async def _released(connection: "AsyncConnection[Any]", since: datetime) -> "Released":
    """Looks up the release before a time among those since a day before."""
    known: defaultdict[str, list[tuple[float, str, str]]] = defaultdict(list)
    for at, service, environment, release in await history.releases(connection, since - timedelta(days=1)):
        known[service].append((at, environment, release))

    def released(service: str, environment: str, at: float) -> tuple[str, float] | None:
        of_service = known.get(service, [])
        for began, where, release in reversed(of_service[: bisect_right(of_service, at, key=lambda one: one[0])]):
            if where in ("", environment):
                return release, at - began
        return None

    return released


def _time(one: "Occurrence") -> float:
    return one.occurred_at


def _end(one: "Traffic | Asked") -> float:
    return one.end
