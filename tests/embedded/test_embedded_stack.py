"""The embedded servers: started, stopped, killed, started again, with nothing lost and nothing left running."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from seawall.embedded.running import is_alive
from seawall.embedded.stack import EmbeddedStack
from seawall.errors import AlreadyRunningError, EmbeddedServerError

MEGABYTE = 1024 * 1024


async def produce(servers: str, topic: str, value: bytes) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 1, 1, topic_configs={"max.message.bytes": str(12 * MEGABYTE)})])
    finally:
        await admin.close()
    producer = AIOKafkaProducer(
        bootstrap_servers=servers, enable_idempotence=True, acks="all", max_request_size=12 * MEGABYTE
    )
    async with producer:
        await producer.send_and_wait(topic, value, partition=0)


async def read_first(servers: str, topic: str) -> bytes:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers, auto_offset_reset="earliest", max_partition_fetch_bytes=12 * MEGABYTE
    )
    async with consumer:
        consumer.assign([TopicPartition(topic, 0)])
        return (await consumer.getone()).value


async def write_everywhere(stack: EmbeddedStack, value: bytes) -> None:
    ends = stack.endpoints()
    await produce(ends["KAFKA_BOOTSTRAP_SERVERS"], "kept", value)
    with psycopg.connect(ends["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE public.kept AS SELECT %s::bytea AS value", [value[:10]])
    with redis.Redis.from_url(ends["REDIS_URL"]) as client:
        client.set("kept", value[:10])


async def assert_kept(stack: EmbeddedStack, value: bytes) -> None:
    ends = stack.endpoints()
    assert await read_first(ends["KAFKA_BOOTSTRAP_SERVERS"], "kept") == value
    with psycopg.connect(ends["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT value FROM public.kept").fetchall() == [(value[:10],)]
    with redis.Redis.from_url(ends["REDIS_URL"]) as client:
        assert client.get("kept") == value[:10]


def until(condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.05)


async def test_data_survives_stops_and_kills_at_the_same_addresses(new_folder):
    # Given a folder whose name needs quoting everywhere
    folder = new_folder / "mit Leer & Ümläut's"
    value = os.urandom(11 * MEGABYTE)
    with EmbeddedStack(folder) as stack:
        before = stack.endpoints()
        await write_everywhere(stack, value)
        # When each server is killed, and started again
        for name in ("kafka", "postgres", "valkey"):
            if name == "valkey":
                with redis.Redis.from_url(before["REDIS_URL"]) as client:
                    client.waitaof(1, 0, 5_000)  # it flushes once a second
            stack.kill_server(name)
            assert stack.servers()[name] is None
            assert stack.broken() == []  # taken down on purpose: nobody mends it
            stack.start_server(name)
        # Then it is where it was, with what it had
        assert stack.endpoints() == before
        await assert_kept(stack, value)
        stack.stop_server("postgres")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(before["DATABASE_URL"], connect_timeout=2)
    # And so after a stop of all
    with EmbeddedStack(folder) as stack:
        assert stack.endpoints() == before
        await assert_kept(stack, value)


def test_passwords_are_needed_and_kept_to_their_owner(stack):
    ends = stack.endpoints()
    for secret in (stack.data / "secrets").iterdir():
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE((stack.data / "secrets").stat().st_mode) == 0o700
    for folder in ("kafka", "valkey", "postgres", "logs"):
        assert stat.S_IMODE((stack.data / folder).stat().st_mode) == 0o700, folder
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(ends["DATABASE_URL"].replace("seawall:", "seawall:x"), connect_timeout=5)
    with (
        redis.Redis.from_url(ends["REDIS_URL"].replace("redis://:", "redis://:x")) as client,
        pytest.raises(redis.exceptions.AuthenticationError),
    ):
        client.ping()
    for pid in stack.servers().values():
        command = Path(f"/proc/{pid}/cmdline")
        if command.exists():
            for secret in (stack.data / "secrets").iterdir():
                assert secret.read_text() not in command.read_text()


def test_role_and_database_are_the_jobs_own(stack, database_url):
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("seawall",)
        assert connection.execute("SHOW search_path").fetchone() == ("seawall, public",)
        assert connection.execute("SHOW is_superuser").fetchone() == ("off",)
    url = stack.postgres.set_analyst_password()
    assert url is not None
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("seawall_analyst",)


def test_one_owner_a_folder_and_two_folders_at_once(stack, new_folder):
    with pytest.raises(AlreadyRunningError, match=rf"already running in .* \(pid {os.getpid()}\)"):
        EmbeddedStack(stack.data).start()
    with EmbeddedStack(new_folder / "data") as other:
        assert not set(other.endpoints().values()) & set(stack.endpoints().values())
        assert all(other.servers().values())
        assert all(stack.servers().values())


def test_a_server_that_cannot_start_says_why_and_leaves_nothing(new_folder):
    data = new_folder / "data"
    with EmbeddedStack(data, kafka=False, valkey=False):
        pass
    (data / "postgres" / "PG_VERSION").write_text("9")
    with pytest.raises(EmbeddedServerError, match="made by PostgreSQL 9"):
        EmbeddedStack(data, kafka=False).start()
    (data / "postgres" / "PG_VERSION").write_text("18")
    (data / "postgres" / "global" / "pg_control").write_bytes(b"")
    stack = EmbeddedStack(data, kafka=False)
    with pytest.raises(EmbeddedServerError, match=r"postgres ended with -?\d+; see .*postgres.log: .*pg_control"):
        stack.start()
    with pytest.raises(EmbeddedServerError, match="no postgres runs"):
        stack.stop_server("postgres")


OWNER = """
import sys, time
from pathlib import Path
from seawall.embedded.stack import EmbeddedStack
stack = EmbeddedStack(Path(sys.argv[1]), kafka=sys.argv[2] == "kafka")
stack.start()
print(*stack.servers().values(), flush=True)
print(*stack.endpoints().values(), flush=True)
sys.stdin.read()
stack.stop()
"""


def start_owner(folder: Path, which: str = "kafka", **options) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder), which],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options,
    )  # fmt: skip


async def test_kill_9_of_the_owner_leaves_nothing_running_and_nothing_lost(new_folder):
    folder = new_folder / "data"
    owner = start_owner(folder)
    pids = [int(pid) for pid in owner.stdout.readline().split()]
    servers = owner.stdout.readline().split()
    assert len(pids) == 3
    await produce(servers[0], "kept", b"acknowledged")
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    # A next one may come at once: it waits for what is still stopping
    with EmbeddedStack(folder) as stack:
        assert not any(is_alive(pid) for pid in pids)
        assert list(stack.endpoints().values()) == servers
        assert await read_first(servers[0], "kept") == b"acknowledged"
    owner.stdin.close()
    owner.stdout.close()


def test_kill_9_while_starting_leaves_nothing_running_and_the_next_start_works(new_folder):
    folder = new_folder / "data"
    owner = start_owner(folder, "no")
    until((folder / "postgres").exists)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdin.close()
    owner.stdout.close()
    with EmbeddedStack(folder, kafka=False) as stack, psycopg.connect(stack.endpoints()["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
