"""The agent of check-ins: monitored jobs say that they run, and what went wrong with them becomes errors."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import orjson
import structlog
from psycopg import AsyncConnection

from models.monitor import CheckIn, Failure, Monitor, Run
from models.sender import PROJECT
from models.wire import Source
from rules.masking import Masker
from rules.monitors.checking_in import check_in
from rules.monitors.events import event_of
from rules.monitors.parsing import parse_check_in
from sinks.postgres.batches import BatchStore, BatchTransaction
from sinks.postgres.monitors import Stored, lock_monitors, read_runs, store
from sinks.postgres.told_ids import remember
from streams.job import Job
from streams.stored_topic import StoredTopic
from telemetry import metrics

__all__ = ["add_check_ins", "tell_failures"]

log = structlog.get_logger(__name__)

KNOWN_NAMES = 10_000


def add_check_ins(job: Job, store: BatchStore) -> None:
    """Add the agent to the app."""
    _CheckIns(job, store, name="check-ins", topic=job.config.check_ins_topic).add()


async def tell_failures(job: Job, failed: Iterable[tuple[Monitor, Failure]]) -> None:
    """Write failures to the errors topic; told again, they count once by their events' ids. Raises KafkaError."""
    records = []
    for monitor, failure in failed:
        event = event_of(monitor, failure)
        headers = [(PROJECT, monitor.project.encode())]
        records.append((event["event_id"].encode(), orjson.dumps(event), headers))
        metrics.MONITOR_FAILURES.labels(failure.kind).inc()
    if records:
        await job.outbox.send_raw(job.config.errors_topic, records)


class _CheckIns(StoredTopic[CheckIn]):
    _masking: Any = None  # the rules that the next one is made of

    def read(self, value: bytes | None, headers: Mapping[str, bytes], offset: int, received_at: float) -> list[CheckIn]:
        del headers, offset
        masking = self.job.rulebook.current.masking
        if masking is not self._masking:
            # Names are few, and told again and again.
            self._mask = lru_cache(KNOWN_NAMES)(Masker(masking, self.job.hash_key).mask_text)
            self._masking = masking
        return [parse_check_in(value, received_at, self._mask)]

    async def effect(self, items: list[CheckIn], transaction: BatchTransaction, source: Source) -> None:
        del source
        connection = transaction.connection
        items = await _not_taken_yet(connection, items)
        if not items:
            return
        secret = {one.monitor for one in items if one.secret}
        locked = await lock_monitors(connection, {one.monitor: one.monitor in secret for one in items})
        named = {(locked[one.monitor].id, one.check_in_id or one.new_id) for one in items if one.monitor in locked}
        boards = {name: _Board(stored) for name, stored in locked.items()}
        by_number = {board.number: board for board in boards.values()}
        for (number, _), run in (await read_runs(connection, named)).items():
            by_number[number].know(run)
        failed: list[tuple[Monitor, Failure]] = []
        for one in items:
            if (board := boards.get(one.monitor)) is not None:
                failed += board.take(one)
                metrics.CHECK_INS.labels(one.status).inc()
            else:
                metrics.CHECK_INS.labels("too_many_monitors").inc()
                log.warning("A project has too many monitors; a check-in is left out", project=one.project)
        await tell_failures(self.job, failed)
        await store(connection, [board.changed() for board in boards.values()])


async def _not_taken_yet(connection: AsyncConnection[Any], items: list[CheckIn]) -> list[CheckIn]:
    """All but ends of runs that were written twice and name no run: the second would end another one, or be a new one.

    Of the others their runs are known.
    """
    new = await remember(connection, (one.new_id for one in items if _names_no_run(one)))
    found = []
    for one in items:
        if not _names_no_run(one) or one.new_id in new:
            found.append(one)
            new.discard(one.new_id)
    return found


def _names_no_run(one: CheckIn) -> bool:
    return one.check_in_id is None and one.status != "in_progress"


class _Board:
    """One monitor while a batch's check-ins are taken."""

    def __init__(self, stored: Stored) -> None:
        self.number, self.monitor, running = stored
        self._runs = {run.check_in_id: run for run in running}
        self._changed: set[str] = set()

    def know(self, run: Run) -> None:
        self._runs[run.check_in_id] = run

    def take(self, said: CheckIn) -> list[tuple[Monitor, Failure]]:
        known = self._runs.get(said.check_in_id or said.new_id)
        running = [run for run in self._runs.values() if run.status == "in_progress"]
        self.monitor, runs, failures = check_in(self.monitor, running, known, said)
        for run in runs:
            self._runs[run.check_in_id] = run
            self._changed.add(run.check_in_id)
        return [(self.monitor, failure) for failure in failures]

    def changed(self) -> tuple[int, Monitor, list[Run]]:
        return self.number, self.monitor, [self._runs[one] for one in sorted(self._changed)]
