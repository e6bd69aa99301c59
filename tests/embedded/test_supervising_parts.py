"""Back-off, logs and children, without any server."""

import os
import shlex
import signal
import sys
import time

import pytest

from seawall.embedded.running import is_alive
from seawall.settings import Settings
from seawall.supervising.backoff import Backoff
from seawall.supervising.child import Child, how_it_ended
from seawall.supervising.log_files import last_words, rotate
from seawall.supervising.plan import Plan, child_environment, instance_name


def test_the_wait_doubles_up_to_a_limit_and_begins_again_after_a_long_life():
    backoff = Backoff()
    assert [backoff.after(0.1) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert backoff.after(59.9) == 30
    assert backoff.after(60) == 0.5
    assert backoff.after(1) == 1


def test_a_log_over_the_limit_is_rotated_and_goes_on(tmp_path):
    log = tmp_path / "a.log"
    with log.open("ab", buffering=0) as writer:  # as a child holds it
        for number in range(4):
            writer.write(b"%d" % number * 10)
            assert rotate(log, limit=5)
            assert not rotate(log, limit=5)
        writer.write(b"new")
    assert log.read_bytes() == b"new"
    assert (tmp_path / "a.log.1").read_bytes() == b"3" * 10
    assert (tmp_path / "a.log.2").read_bytes() == b"2" * 10
    assert len(list(tmp_path.iterdir())) == 3
    assert not rotate(tmp_path / "missing.log")


def test_the_last_line_is_one_of_this_life(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("old\n")
    assert last_words(log, mark=4) == ""
    log.write_text("old\n first \n last words \n\n")
    assert last_words(log, mark=4) == "last words"
    assert last_words(tmp_path / "missing.log") == ""


def test_of_json_lines_the_last_problem_is_told_without_its_traceback(tmp_path):
    log = tmp_path / "worker.log"
    log.write_text(
        '{"event": "The job crashed", "problem": "ValueError(1)", "level": "error"}\n'
        '{"event": "A child is stopped", "exception": "Traceback (most recent call last): …"}\n'
    )
    assert last_words(log) == "The job crashed: ValueError(1)"
    log.write_text('{"event": "A child is stopped", "exception": "Traceback …"}\n')
    assert last_words(log) == "A child is stopped"


@pytest.mark.parametrize(
    ("code", "words"), [(0, "ended with exit code 0"), (-9, "was ended by SIGKILL"), (-200, "was ended by signal 200")]
)
def test_an_end_in_words(code, words):
    assert how_it_ended(code) == words


@pytest.fixture
def make_child(tmp_path):
    made = []

    def make(code: str) -> Child:
        child = Child(
            role="worker",
            instance=1,
            command=[sys.executable, "-S", "-c", code],
            environment=dict(os.environ),
            log=tmp_path / "worker-1.log",
            keep=[],
        )
        made.append(child)
        child.start()
        return child

    yield make
    for child in made:
        child.signal(signal.SIGKILL)
        child.wait(5)


def tended(child: Child, seconds: float = 20.0) -> str:
    deadline = time.monotonic() + seconds
    while not (said := child.tend()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return said


def test_a_child_that_dies_is_started_again_and_said_so(make_child):
    child = make_child("import sys; sys.exit('no such table')")
    pid = child.state().pid
    said = tended(child)
    assert said == f"worker 1 (pid {pid}) ended with exit code 1; starts again in 0.5 s: no such table"
    assert child.state().pid is None
    assert tended(child).startswith("worker 1 started again (pid ")
    assert child.state().restarts == 1
    assert "starts again in 1 s" in tended(child)


def test_a_child_is_asked_to_stop_even_where_it_is_frozen(make_child, tmp_path):
    ready = tmp_path / "ready"
    child = make_child(
        "import signal, sys, time, pathlib; signal.signal(signal.SIGTERM, lambda *_: sys.exit(3));"
        f"pathlib.Path({str(ready)!r}).touch(); time.sleep(600)"
    )
    deadline = time.monotonic() + 20
    while not ready.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    pid = child.state().pid
    child.signal(signal.SIGSTOP)
    child.ask_to_stop()
    assert child.wait(20)
    assert not is_alive(pid)


def test_a_child_that_will_not_stop_is_killed(make_child, tmp_path):
    ready = tmp_path / "ready"
    child = make_child(
        "import signal, time, pathlib; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"pathlib.Path({str(ready)!r}).touch(); time.sleep(600)"
    )
    deadline = time.monotonic() + 20
    while not ready.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    pid = child.state().pid
    child.ask_to_stop()
    assert not child.wait(0.1)
    assert not is_alive(pid)


def settings(**given) -> Settings:
    return Settings(_env_file=None, **given)


@pytest.mark.parametrize(
    ("given", "plan"),
    [
        ({}, Plan(kafka=True, postgres=True, valkey=True, desk=True)),
        ({"kafka_bootstrap_servers": "k:9092"}, Plan(kafka=False, postgres=True, valkey=True, desk=True)),
        ({"database_url": "postgresql://u:p@h/d"}, Plan(kafka=True, postgres=False, valkey=True, desk=True)),
        ({"redis_url": "redis://h"}, Plan(kafka=True, postgres=True, valkey=False, desk=True)),
        ({"slack_bot_token": "xoxb-1"}, Plan(kafka=True, postgres=True, valkey=True, desk=True)),
        (
            {"slack_bot_token": "xoxb-1", "pagerduty_routing_key": "r"},
            Plan(kafka=True, postgres=True, valkey=True, desk=False),
        ),
        ({"desk_url": "http://127.0.0.1:1"}, Plan(kafka=True, postgres=True, valkey=True, desk=False)),
    ],
)
def test_what_is_given_is_not_started(tmp_path, given, plan):
    assert Plan.of(settings(data=tmp_path, **given)) == plan


def test_children_are_told_the_addresses_and_only_theirs(tmp_path, monkeypatch):
    monkeypatch.setenv("SEAWALL_METRICS_PORT", "1")
    monkeypatch.setenv("SEAWALL_INSTANCE", "other")
    monkeypatch.setenv("SEAWALL_LATENESS", "7")
    told = child_environment({"KAFKA_BOOTSTRAP_SERVERS": "k:1"}, tmp_path, extra={"SEAWALL_LATENESS": "8"})
    ours = {name: value for name, value in told.items() if name.startswith("SEAWALL_")}
    assert ours == {
        "SEAWALL_DATA": str(tmp_path),
        "SEAWALL_KAFKA_BOOTSTRAP_SERVERS": "k:1",
        "SEAWALL_LATENESS": "8",
    }


def test_workers_of_two_folders_on_one_broker_have_different_names(tmp_path):
    assert instance_name(2, tmp_path, own_kafka=True) == "2"
    names = {instance_name(2, tmp_path / name, own_kafka=False) for name in ("a", "b")}
    assert len(names) == 2
    assert all(name == shlex.quote(name) for name in names)
