"""A gateway as it runs, with keys, on the session's servers."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from gateway_support import Keys, Running, make_keys, records_of, start_gateway

from seawall.settings import Settings
from seawall.topics import ensure_topics


@pytest.fixture(scope="module")
def settings(kafka, database_url) -> Settings:
    """Settings for a topic of the module's own."""
    prefix = f"t{os.urandom(5).hex()}."
    made = Settings(
        _env_file=None,
        kafka_bootstrap_servers=kafka,
        database_url=database_url,
        topic_prefix=prefix,
        errors_topic=f"{prefix}errors",
        dead_topic=f"{prefix}errors.dead",
        releases_topic=f"{prefix}releases",
        traffic_topic=f"{prefix}traffic",
        check_ins_topic=f"{prefix}check-ins",
        feedback_topic=f"{prefix}feedback",
        consumer_group=f"{prefix}group",
    )
    asyncio.run(ensure_topics(made))
    return made


@pytest.fixture(scope="module")
def gateway(settings, tmp_path_factory) -> Iterator[Running]:
    with start_gateway(settings, tmp_path_factory.mktemp("gateway")) as running:
        yield running


@pytest.fixture(scope="module")
def keys(settings, gateway) -> Keys:
    """Made while the gateway runs, and known to it."""
    made = make_keys(settings)
    deadline = time.monotonic() + 10
    while gateway.request("/v1/errors", b"", {"X-Seawall-Key": made.page}).status == 401:
        assert time.monotonic() < deadline, "the gateway does not see new keys"
        time.sleep(0.05)
    return made


@pytest.fixture
def seawall(settings, tmp_path):
    """Run a `seawall` command and wait for it."""

    def run(*arguments: str, more: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SEAWALL_")}
        env = {**clean, "SEAWALL_DATABASE_URL": settings.postgres(), "COLUMNS": "200", "NO_COLOR": "1", **(more or {})}
        command = [sys.executable, "-P", "-m", "seawall", *arguments]
        return subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def sent(settings):
    """The records that came since the test began."""
    before = {(record.partition, record.offset) for record in records_of(settings)}
    return lambda: [record for record in records_of(settings) if (record.partition, record.offset) not in before]
