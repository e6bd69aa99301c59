"""The small parts of the embedded servers, in milliseconds."""

import hashlib
import json
import os
import socket
import stat
import subprocess
import sys
import zipfile

import pytest

from seawall.embedded import jars
from seawall.embedded.folders import shared_cache
from seawall.embedded.kafka import broker_properties
from seawall.embedded.passwords import password
from seawall.embedded.ports import LOOPBACK, RANGE, PortBook, is_free
from seawall.embedded.running import (
    is_alive,
    process_start,
    read_run_file,
    read_running,
    remove_run_file,
    write_run_file,
)
from seawall.errors import DownloadError


def test_a_password_is_made_once_and_readable_by_its_owner_only(tmp_path):
    first = password(tmp_path, "postgres")
    assert password(tmp_path, "postgres") == first
    assert password(tmp_path, "valkey") != first
    assert len(first) >= 24
    assert stat.S_IMODE((tmp_path / "secrets" / "postgres").stat().st_mode) == 0o600


def test_ports_are_distinct_and_the_same_after_a_restart(tmp_path):
    book = PortBook(tmp_path / "ports.json")
    ports = {name: book.take(name) for name in ("kafka", "postgres", "valkey")}
    assert len(set(ports.values())) == 3
    assert all(port in RANGE for port in ports.values())
    assert {name: PortBook(tmp_path / "ports.json").take(name) for name in ports} == ports
    assert book.take("kafka", fresh=True) not in ports.values()


def test_a_port_that_somebody_else_took_is_given_up(tmp_path):
    port = PortBook(tmp_path / "ports.json").take("kafka")
    with socket.socket() as other:
        other.bind((LOOPBACK, port))
        other.listen()
        assert not is_free(port)
        assert PortBook(tmp_path / "ports.json").take("kafka") != port


@pytest.mark.parametrize("content", ["", "[]", "{", '{"kafka": "x"}', '{"kafka": 22}'])
def test_a_damaged_port_book_is_made_anew(tmp_path, content):
    (tmp_path / "ports.json").write_text(content)
    assert PortBook(tmp_path / "ports.json").take("kafka") in RANGE


def test_what_runs_is_read_while_its_owner_lives(tmp_path):
    assert read_running(tmp_path) is None
    me = {"pid": os.getpid(), "started": process_start(os.getpid()), "endpoints": {"REDIS_URL": "redis://x", "B": None}}
    write_run_file(tmp_path, me)
    assert read_running(tmp_path) == {"REDIS_URL": "redis://x"}
    assert stat.S_IMODE((tmp_path / "run.json").stat().st_mode) == 0o600
    remove_run_file(tmp_path)
    remove_run_file(tmp_path)
    assert read_running(tmp_path) is None


def test_what_runs_is_not_believed_once_its_owner_is_dead(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as owner:
        write_run_file(tmp_path, {"pid": owner.pid, "started": process_start(owner.pid), "endpoints": {"A": "b"}})
        assert read_running(tmp_path) == {"A": "b"}
        write_run_file(tmp_path, {"pid": owner.pid, "started": "1", "endpoints": {"A": "b"}})
        if process_start(owner.pid):  # a later process with the same pid is told apart
            assert read_running(tmp_path) is None
        write_run_file(tmp_path, {"pid": owner.pid, "endpoints": {"A": "b"}})
        owner.communicate(b"\n")
    assert read_running(tmp_path) is None
    assert not is_alive(0)
    assert not is_alive(-1)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"pid": "x"}', '{"pid": null}'])
def test_a_damaged_run_file_means_that_nothing_runs(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    assert read_run_file(tmp_path) is None


def test_the_lock_names_each_jar_once_with_its_hash_and_no_host():
    pinned = jars.pinned_jars()
    assert len({jar.file for jar in pinned}) == len(pinned) > 40
    assert all(len(jar.sha256) == 64 and int(jar.sha256, 16) for jar in pinned)
    assert "http" not in jars.LOCK.read_text()
    assert {jar.version for jar in pinned if jar.artifact in {"kafka_2.13", "kafka-clients"}} == {"4.4.0"}


@pytest.fixture
def one_jar(tmp_path, monkeypatch):
    """A lock of one jar, and a Maven repository in a folder that has it."""
    content = tmp_path / "good.jar"
    with zipfile.ZipFile(content, "w") as jar:
        jar.writestr("a", "b")
    lock = tmp_path / "lock"
    lock.write_text(f"# a comment\ng:a:1 {hashlib.sha256(content.read_bytes()).hexdigest()}\n")
    monkeypatch.setattr(jars, "LOCK", lock)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return content


def test_a_jar_gets_its_name_only_with_the_right_hash(tmp_path, one_jar, monkeypatch):
    answers = [b"half of it", ConnectionError("reset"), one_jar.read_bytes()]

    def resolve(jar, repository):
        repository.mkdir()
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        (repository / jar.file).write_bytes(answer)
        return repository / jar.file

    monkeypatch.setattr(jars, "_resolve", resolve)
    fetched = []
    assert jars.missing_jars(tmp_path / "data") == 1
    folder = jars.jar_folder(tmp_path / "data", fetched.append)
    assert folder.is_relative_to(tmp_path / "cache" / "seawall")
    assert (folder / "a-1.jar").read_bytes() == one_jar.read_bytes()
    assert fetched == [1]
    # And from then on nothing is asked for
    assert jars.missing_jars(tmp_path / "data") == 0
    assert jars.jar_folder(tmp_path / "data") == folder


def test_a_wrong_jar_is_refused_and_leaves_nothing(tmp_path, one_jar, monkeypatch):
    def resolve(jar, repository):
        repository.mkdir()
        (repository / jar.file).write_bytes(b"something else")
        return repository / jar.file

    monkeypatch.setattr(jars, "_resolve", resolve)
    with pytest.raises(DownloadError, match=r"g:a:1 could not be fetched \(its SHA-256 is not the pinned one\)"):
        jars.jar_folder(tmp_path / "data")
    assert {path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()} <= {"lock"}


def test_the_cache_is_the_users_and_relative_values_are_ignored(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert shared_cache() == tmp_path / ".cache" / "seawall"
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert str(shared_cache()) == "/elsewhere/seawall"


def test_the_broker_listens_on_loopback_only_and_takes_large_records():
    lines = dict(line.split("=", 1) for line in broker_properties(1234, 1235, "kafka").splitlines())
    assert lines["listeners"] == "PLAINTEXT://127.0.0.1:1234,CONTROLLER://127.0.0.1:1235"
    assert lines["advertised.listeners"] == "PLAINTEXT://127.0.0.1:1234"
    assert int(lines["message.max.bytes"]) > 12 * 1024 * 1024
    assert int(lines["replica.fetch.max.bytes"]) > 12 * 1024 * 1024
    assert json.loads(lines["auto.create.topics.enable"]) is False
