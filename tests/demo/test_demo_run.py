"""The demo as `make run` runs it where there is no terminal: real programs, real servers, numbers that agree."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seawall.demo.branches import next_branch
from seawall.demo.catalogue import PROGRAMS


@pytest.mark.stack
def test_one_run_agrees_with_itself_and_leaves_nothing_running(new_folder: Path) -> None:
    # Given a folder where nothing ran before
    data = new_folder / "data"
    # When the demo runs once
    done = subprocess.run(
        [sys.executable, "-P", "-m", "seawall.demo", "--once", "--seconds", "4", "--data", str(data)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    # Then every number agrees, and the servers are gone
    assert done.returncode == 0, done.stdout + done.stderr
    assert "DO NOT AGREE" not in done.stdout
    assert "first alert after" in done.stdout
    formats = done.stdout.partition("\nformats")[2].partition("alerts by kind")[0].split()[::2]
    assert len(formats) >= 10, done.stdout
    assert {"seawall", "json", "ecs", "gelf", "logfmt", "loguru", "sentry", "structlog", "syslog"} <= {*formats}
    assert not (data / "run.json").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(_pid_of_postgres(data), 0)


def _pid_of_postgres(data: Path) -> int:
    left = list(data.rglob("postmaster.pid"))
    if not left:
        raise ProcessLookupError
    return int(left[0].read_text().splitlines()[0])


def test_every_run_opens_another_branch(tmp_path: Path) -> None:
    names = [next_branch(tmp_path) for _ in range(65)]
    assert len(set(names)) == len(names)


def test_programs_have_services_of_their_own() -> None:
    services = [program.service for program in PROGRAMS]
    assert len(set(services)) == len(services)


def test_a_program_that_is_not_installed_is_named() -> None:
    go = next(program for program in PROGRAMS if program.service == "courier")
    assert set(go.missing()) <= {"go"}
