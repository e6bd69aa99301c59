"""A job of the test's own on the shared servers."""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.streams.job_support import RunningJob, copied_database, running_job


@pytest.fixture
def own_database_url(database_url: str, admin_database_url: str) -> Iterator[str]:
    """`postgresql://…` of an empty database with the current schema, for one test."""
    with copied_database(admin_database_url, database_url) as url:
        yield url


@pytest.fixture
def new_job(
    kafka: str, own_database_url: str, redis_url: str, new_folder: Path
) -> Callable[..., AbstractAsyncContextManager[RunningJob]]:
    """`async with new_job("worker-1", "notifier-1", session_timeout=2) as job`."""
    return partial(running_job, kafka, own_database_url, redis_url, new_folder)
