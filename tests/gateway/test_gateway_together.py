"""Notifier and gateway as one, as docker-compose.yml runs them."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from seawall.embedded.ports import free_ports

SECONDS = 30


def ready(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def until(condition):
    deadline = time.monotonic() + SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


@contextmanager
def together(settings, folder):
    port = free_ports(2)
    env = {
        "PATH": os.environ["PATH"],
        "SEAWALL_KAFKA_BOOTSTRAP_SERVERS": settings.kafka(),
        "SEAWALL_DATABASE_URL": settings.postgres(),
        "SEAWALL_ERRORS_TOPIC": settings.errors_topic,
        "SEAWALL_DATA": str(folder),
        "SEAWALL_GATEWAY_PORT": "0",
        "SEAWALL_METRICS_PORT": str(port),
    }
    command = [sys.executable, "-P", "-m", "seawall", "together", "notifier", "gateway"]
    with subprocess.Popen(command, env=env, cwd=folder, stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: (ready(port) and ready(port + 1)) or process.poll() is not None)
            assert process.poll() is None
            yield process, port
        finally:
            process.kill()


def children(pid):
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in listed.split()]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds the children by /proc")
@pytest.mark.parametrize("told", [True, False])
def test_all_end_when_told_or_when_one_does(settings, tmp_path, told):
    with together(settings, tmp_path) as (process, port):
        mine = children(process.pid)
        assert len(mine) == 2
        os.kill(process.pid if told else mine[0], signal.SIGTERM if told else signal.SIGKILL)
        assert process.wait(SECONDS) == (0 if told else 128 + signal.SIGKILL)
        assert not ready(port)
        assert not ready(port + 1)
        assert not any(Path(f"/proc/{child}").exists() for child in mine)
