"""Which agents get nowhere: each by itself, since time alone keeps the keyed ones moving."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from streams.config import JobConfig
from streams.liveness import EXIT_STALLED, forget_lag, watch_forever
from streams.progress import Progress
from streams.ticking import tick_forever
from streams.worker import new_job as new_worker_job
from telemetry import metrics


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def progress(clock: Clock) -> Progress:
    return Progress(clock)


def test_an_agent_that_hangs_is_stuck_while_others_move(clock, progress):
    with progress.busy("normalize"):
        for clock.now in range(0, 200, 2):
            with progress.busy("dedupe"):
                progress.moved("dedupe")
        assert progress.stuck(longer_than=120) == ["normalize"]


def test_an_agent_that_has_nothing_to_do_is_not_stuck(clock, progress):
    with progress.busy("normalize"):
        progress.moved("normalize")
    clock.now = 1_000
    assert progress.stuck(longer_than=120) == []
    with progress.busy("normalize"):
        assert progress.stuck(longer_than=120) == []


def test_an_agent_that_waits_for_a_server_is_not_stuck(clock, progress):
    with progress.busy("normalize"):
        for clock.now in range(0, 1_000, 5):
            progress.waiting("normalize", "postgres")
        assert progress.stuck(longer_than=120) == []


def test_an_agent_that_fails_again_and_again_is_stuck(clock, progress):
    for clock.now in range(0, 200, 2):
        with pytest.raises(ValueError, match="no"), progress.busy("normalize"):
            raise ValueError("no")
    assert progress.stuck(longer_than=120) == ["normalize"]


def test_one_lane_that_hangs_is_found_when_the_others_stop(clock, progress):
    with progress.busy("normalize"):
        with progress.busy("normalize"):
            clock.now = 100
            progress.moved("normalize")
        clock.now = 200
        assert progress.stuck(longer_than=120) == []
        clock.now = 221
        assert progress.stuck(longer_than=120) == ["normalize"]


def job_before_its_start(folder: Path) -> Any:
    return new_worker_job(
        JobConfig(
            bootstrap_servers=["localhost:1"],
            database_url="postgresql://localhost:1/x",
            data=folder,
            tick_every=0.01,
            stall_after=0,
        )
    )


async def test_the_watch_outlives_a_consumer_that_is_not_started_yet(tmp_path):
    job, ended = job_before_its_start(tmp_path), asyncio.Queue[int]()
    watch = asyncio.create_task(watch_forever(job, ended.put_nowait))
    with job.progress.busy("normalize"):
        assert await ended.get() == EXIT_STALLED
    assert not watch.done()
    watch.cancel()


async def test_ticking_outlives_a_consumer_that_is_not_started_yet(tmp_path):
    job = job_before_its_start(tmp_path)
    with pytest.raises(Exception, match="not yet started"):
        job.now(0.0)
    with capture_logs() as logs:
        ticking = asyncio.create_task(tick_forever(job))
        while len(logs) < 2 and not ticking.done():
            await asyncio.sleep(0.01)
    assert not ticking.done()
    ticking.cancel()


def test_no_lag_is_shown_of_a_partition_that_is_gone():
    metrics.LAG.labels("t", 0).set(5)
    forget_lag("t", 0)
    forget_lag("t", 0)
    assert ("t", "0") not in {tuple(s.labels.values()) for m in metrics.LAG.collect() for s in m.samples}
