"""Stored history run through a rule file: reads it, and hands it to `rules.backtesting` in the order of time."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rules.backtesting import Backtest, History
from rules.routing import Router, facts_of
from sinks.postgres import history

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from models.occurrence import Occurrence
    from models.wire import Alert
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
) -> Backtest:
    """What the rules would have said since then.

    Args:
        connection: to the database.
        rules: those to try.
        since: from when on.
        lateness: seconds after which events fire nothing.
        done: told of how many occurrences more were looked at.
    """
    router = Router(rules)

    def told(alert: "Alert") -> Sequence[str]:
        return router.channels(facts_of(alert))

    replay = Backtest(rules, told)
    known = await history.known_groups(connection, since)
    groups = {group_id: History(one.total_before, one.new, one.first_of_type) for group_id, one in known.items()}
    requests = iter(await history.traffic(connection, since))
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

    async for one in history.occurrences(connection, since, lateness=lateness, payloads=replay.thresholds.asks_events):
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
    replay.pass_time(datetime.now(UTC).timestamp())
    return replay


def _time(one: "Occurrence") -> float:
    return one.occurred_at
