"""The command as a person runs it: a process of its own, in an empty folder, with nothing set but what the test sets."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seawall.settings import Settings

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` and no `.seawall` of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def seawall(tmp_path: Path) -> Run:
    """Run `seawall` and wait for it."""

    def run(*arguments: str, stdin: str | bytes = b"", env: dict[str, str] | None = None, timeout: float = 60):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SEAWALL_")}
        done = subprocess.run(
            [sys.executable, "-m", "seawall", *arguments],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            cwd=tmp_path,
            env={**clean, "COLUMNS": "200", "NO_COLOR": "1", **(env or {})},
            timeout=timeout,
            check=False,
        )
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def settings(kafka: str, database_url: str, topic_prefix: str) -> Settings:
    """Settings for topics and a group of the test's own."""
    return Settings(
        kafka_bootstrap_servers=kafka,
        database_url=database_url,
        topic_prefix=topic_prefix,
        errors_topic=f"{topic_prefix}errors",
        dead_topic=f"{topic_prefix}errors.dead",
        releases_topic=f"{topic_prefix}releases",
        traffic_topic=f"{topic_prefix}traffic",
        check_ins_topic=f"{topic_prefix}check-ins",
        feedback_topic=f"{topic_prefix}feedback",
        consumer_group=f"{topic_prefix}group",
    )


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    """The same as variables, for the command."""
    return {
        "SEAWALL_KAFKA_BOOTSTRAP_SERVERS": settings.kafka(),
        "SEAWALL_DATABASE_URL": settings.postgres(),
        "SEAWALL_TOPIC_PREFIX": settings.topic_prefix,
        "SEAWALL_ERRORS_TOPIC": settings.errors_topic,
        "SEAWALL_DEAD_TOPIC": settings.dead_topic,
        "SEAWALL_RELEASES_TOPIC": settings.releases_topic,
        "SEAWALL_TRAFFIC_TOPIC": settings.traffic_topic,
        "SEAWALL_CHECK_INS_TOPIC": settings.check_ins_topic,
        "SEAWALL_FEEDBACK_TOPIC": settings.feedback_topic,
        "SEAWALL_CONSUMER_GROUP": settings.consumer_group,
    }
