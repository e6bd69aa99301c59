"""`seawall up` as a person runs it: started, looked at, killed, started again, stopped."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
import urllib.request
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from seawall.embedded.running import is_alive, read_run_file
from seawall.settings import Settings
from seawall.supervising.supervisor import Supervisor

SECONDS = 60.0


def until(condition, seconds=SECONDS):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.05)
    return found


def seawall(*arguments: str, **options) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-P", "-m", "seawall", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS, **options)


class Up:
    """A running `seawall up`."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.output = folder.with_name(f"{time.monotonic_ns()}.out")
        command = [sys.executable, "-P", "-m", "seawall", "up", "--data", str(folder), *arguments]
        with self.output.open("ab") as out:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        until(lambda: self.says("  stop ") or self.process.poll() is not None)
        assert self.process.poll() is None, self.output.read_text()

    def says(self, text: str) -> bool:
        return text in self.output.read_text()

    def run_file(self) -> dict:
        run = read_run_file(self.folder)
        assert run is not None
        return run

    def pids(self) -> list[int]:
        run = self.run_file()
        return [*run["servers"].values(), *(child["pid"] for child in run["children"] if child["pid"])]

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(SECONDS)


def test_up_is_started_killed_started_again_and_stopped(new_folder):
    folder = new_folder / "däta folder"
    up = Up(folder, "--workers", "1")
    try:
        run = up.run_file()
        assert run["pid"] == up.process.pid
        assert [(child["role"], child["instance"]) for child in run["children"]] == [
            ("desk", 1),
            ("gateway", 1),
            ("notifier", 1),
            ("worker", 1),
        ]
        # A shell can use what `env` prints, whatever the password
        printed = seawall("env", "--data", str(folder))
        assert printed.returncode == 0
        lines = [shlex.split(line) for line in printed.stdout.splitlines()]
        assert all(len(line) == 2 and line[0] == "export" for line in lines)
        env = dict(line[1].split("=", 1) for line in lines)
        assert env == json.loads(seawall("env", "--data", str(folder), "--json").stdout)
        assert env["SEAWALL_DATABASE_URL"] == env["DATABASE_URL"]
        with psycopg.connect(env["DATABASE_URL"]) as connection:
            connection.execute("CREATE TABLE public.kept ()")
            assert connection.execute("SELECT count(*) FROM groups").fetchone() == (0,)
        with psycopg.connect(env["ANALYST_DATABASE_URL"]) as connection:
            assert connection.execute("SELECT count(*) FROM errors_by_day").fetchone() == (0,)
        # A second one in this folder is refused
        second = seawall("up", "--data", str(folder))
        assert second.returncode == 1
        assert second.stderr == f"seawall: seawall is already running in {folder} (pid {up.process.pid})\n"
        # A child that is killed comes back, and is said to
        desk = run["children"][0]["pid"]
        os.kill(desk, signal.SIGKILL)
        until(lambda: up.says(f"desk 1 (pid {desk}) was ended by SIGKILL; starts again in 0.5 s"))
        until(lambda: up.says("desk 1 started again"))
        assert up.run_file()["children"][0]["restarts"] == 1
        # And so does a server
        os.kill(run["servers"]["valkey"], signal.SIGKILL)
        until(lambda: up.says("valkey started again"))
        # When all is killed without a word, nothing is left
        pids = up.pids()
        up.end(signal.SIGKILL)
        until(lambda: not any(is_alive(pid) for pid in pids))
        gone = seawall("env", "--data", str(folder))
        assert (gone.returncode, gone.stdout) == (1, "")
        assert gone.stderr.startswith(f"seawall: nothing runs in {folder}: ")
        # And the next start has everything where it was
        up = Up(folder, "--workers", "1")
        with psycopg.connect(env["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT count(*) FROM public.kept").fetchone() == (0,)
        until(lambda: up.says("ready after "))
        # A program that has nothing but the DSN can send
        dsn = urlsplit(json.loads(seawall("env", "--data", str(folder), "--json").stdout)["SEAWALL_DSN"])
        assert up.says(dsn.geturl())
        made = {**os.environ, "SEAWALL_DATABASE_URL": env["DATABASE_URL"], "SEAWALL_DATA": str(folder)}
        key = seawall("key", "create", "local", "--json", env=made)
        assert json.loads(key.stdout)["errors"] == f"http://{dsn.hostname}:{dsn.port}/v1/errors"
        address = f"http://{dsn.hostname}:{dsn.port}/api{dsn.path}/store/?sentry_key={dsn.username}"
        with urllib.request.urlopen(address, b'{"message": "x"}') as answer:
            assert answer.status == 200
        pids = up.pids()
        assert up.end(signal.SIGTERM) == 0
        assert up.output.read_text().endswith("stopping\nstopped\n")
        assert not any(is_alive(pid) for pid in pids)
        assert not (folder / "run.json").exists()
    finally:
        if up.process.poll() is None:
            up.end(signal.SIGKILL)


def test_up_stopped_while_it_starts_leaves_nothing(new_folder):
    folder = new_folder / "data"
    command = [sys.executable, "-P", "-m", "seawall", "up", "--data", str(folder)]
    # Whoever runs tests in the background of a shell has SIGINT ignored.
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=heard,  # noqa: PLW1509 -- no thread of ours holds a lock
    ) as process:
        until((folder / "logs" / "postgres.log").exists)
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 0
    assert not (folder / "run.json").exists()
    assert seawall("env", "--data", str(folder)).returncode == 1


def test_workers_are_added_and_removed_on_given_servers(new_folder, kafka, redis_url, database_url, topic_prefix):
    """Nothing of ours is started where servers are given; the children are ours all the same."""
    group = topic_prefix.rstrip(".")
    names = {
        "errors_topic": f"{topic_prefix}errors",
        "dead_topic": f"{topic_prefix}dead",
        "releases_topic": f"{topic_prefix}releases",
        "traffic_topic": f"{topic_prefix}traffic",
        "check_ins_topic": f"{topic_prefix}check-ins",
        "feedback_topic": f"{topic_prefix}feedback",
        "topic_prefix": topic_prefix,
        "consumer_group": group,
    }
    settings = Settings(
        _env_file=None,
        data=new_folder,
        kafka_bootstrap_servers=kafka,
        database_url=database_url,
        redis_url=redis_url,
        **names,
    )
    said: list[str] = []
    environment = {f"SEAWALL_{name.upper()}": value for name, value in names.items()}
    with Supervisor(
        new_folder,
        settings=settings,
        workers=1,
        notifier=False,
        gateway=False,
        environment=environment,
        say=said.append,
    ) as up:
        assert up.stack.servers() == {}
        assert up.endpoints["DATABASE_URL"] == database_url
        assert "ANALYST_DATABASE_URL" not in up.endpoints
        assert [child.name for child in up.children()] == ["desk 1", "worker 1"]
        assert up.add_worker() == 2
        up.kill_child("desk", 1)
        until(lambda: any("desk 1 started again" in line for line in said))
        assert up.remove_worker() == 2
        assert up.remove_worker(1) == 1
        with pytest.raises(Exception, match="no worker runs"):
            up.remove_worker()
        with pytest.raises(Exception, match="no worker 1 runs"):
            up.kill_child("worker", 1)
        pids = [child.pid for child in up.children()]
    assert not any(is_alive(pid) for pid in pids if pid)
    assert up.children() == []
