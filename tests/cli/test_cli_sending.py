"""`seawall send`: what becomes a record, and that each one arrives."""

import io
import json
import subprocess
import sys

import pytest
from aiokafka import AIOKafkaConsumer

from models.bounds import MAX_MESSAGE, MAX_STACK_TEXT
from rules.normalizing import normalize
from seawall.errors import KafkaAwayError, SeawallError, TopicError
from seawall.sending import Facts, records_of, send
from seawall.settings import Settings
from seawall.topics import ensure_topics

TRACE = """Traceback (most recent call last):
  File "job.py", line 3, in <module>
    total = 1 / 0
ZeroDivisionError: division by zero
"""


def split(text: str | bytes, shape: str, **facts: str) -> list[bytes]:
    raw = text.encode() if isinstance(text, str) else text
    return list(records_of(io.BytesIO(raw), shape, Facts(**facts)))


@pytest.mark.parametrize("text", ['{"message": "a",  "n": 1}', '[{"message":"a"}]', ' {"message":"a"}\n'])
def test_json_goes_as_it_is(text):
    assert split(text, "one") == [text.encode()]


def test_what_the_record_says_is_right():
    (record,) = split('{"message":"a","service":"theirs"}', "one", service="ours", release="1.2")
    assert json.loads(record) == {"message": "a", "service": "theirs", "release": "1.2"}


def test_nothing_is_rewritten_that_says_it_all():
    text = '{"message": "a",   "service": "theirs"}'
    assert split(text, "one", service="ours") == [text.encode()]


def test_a_traceback_is_read_as_one_event():
    (record,) = split(TRACE, "one", service="job")
    (draft,) = normalize(record, {})
    assert draft["service"] == "job"
    assert draft["error_type"] == "ZeroDivisionError"
    assert draft["exception"][-1]["frames"][-1]["file"] == "job.py"


def test_a_long_log_keeps_its_ends():
    (record,) = split("first\n" + "x" * 1_000_000 + "\n" + TRACE, "one")
    event = json.loads(record)
    assert event["stack_trace"].startswith("first")
    assert event["stack_trace"].endswith("division by zero")
    assert len(event["stack_trace"]) <= MAX_STACK_TEXT
    assert len(event["message"]) <= MAX_MESSAGE
    (draft,) = normalize(record, {})
    assert draft["error_type"] == "ZeroDivisionError"


def test_lines_are_records():
    records = split('{"message":"a"}\r\n\n  \nplain text\n{"message":"b"}', "lines", service="s")
    assert [json.loads(record)["message"] for record in records] == ["a", "plain text", "b"]
    assert all(json.loads(record)["service"] == "s" for record in records)


def test_items_of_an_array_are_records():
    assert split('[{"message":"a"},{"message":"b"}]', "array") == [b'{"message":"a"}', b'{"message":"b"}']


@pytest.mark.parametrize(
    ("raw", "shape", "words"),
    [
        (b"[1", "array", "--json-array"),
        (b'{"a":1}', "array", "not an array"),
        (b"x" * 12_582_913, "one", "--lines"),
        (b"x" * 12_582_913, "lines", "a line is longer"),
    ],
    ids=["broken", "object", "large", "long"],
)
def test_what_cannot_be_sent_is_refused(raw, shape, words):
    with pytest.raises(SeawallError, match=words):
        split(raw, shape)


@pytest.mark.parametrize("raw", [b"", b" \n\n"])
@pytest.mark.parametrize("shape", ["one", "lines"])
def test_nothing_is_nothing(raw, shape):
    assert split(raw, shape) == []


async def stored(settings: Settings, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(
        settings.errors_topic,
        bootstrap_servers=settings.kafka(),
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=16 << 20,
    )
    await consumer.start()
    try:
        return [(await consumer.getone()).value for _ in range(count)]
    finally:
        await consumer.stop()


async def test_each_record_arrives_once(settings):
    await ensure_topics(settings)
    records = [b'{"message":"%d"}' % number for number in range(20_000)]
    seen = []
    sent = await send(settings, records, done=seen.append)
    assert (sent.count, sent.bytes, sum(seen)) == (20_000, sum(map(len, records)), 20_000)
    assert sum(last - first + 1 for first, last in sent.partitions.values()) == 20_000
    assert sorted(await stored(settings, 20_000)) == sorted(records)


async def test_a_large_record_arrives(settings):
    await ensure_topics(settings)
    await send(settings, [b"x" * 11_000_000])
    (record,) = await stored(settings, 1)
    assert len(record) == 11_000_000


async def test_an_unknown_topic_is_said(settings):
    with pytest.raises(TopicError, match="there is no topic nowhere: run `seawall topics`"):
        await send(settings, [b"x"], topic="nowhere")


async def test_a_broker_that_is_away_is_said():
    with pytest.raises(KafkaAwayError):
        await send(Settings(kafka_bootstrap_servers="127.0.0.1:9"), [b"x"], patience=1)


def test_the_command_takes_a_pipe_and_files(seawall, environment, tmp_path):
    assert seawall("topics", env=environment).returncode == 0
    piped = seawall("send", "--service", "job", stdin=TRACE, env=environment)
    assert piped.returncode == 0, piped.stderr
    assert piped.stdout.startswith(f"sent 1 record to {environment['SEAWALL_ERRORS_TOPIC']} at ")
    (tmp_path / "log").write_text("one\ntwo\n")
    (tmp_path / "more").write_text('{"message":"three"}\n')
    done = seawall("send", "--lines", "--json", "log", "more", env=environment)
    assert json.loads(done.stdout)["sent"] == 3


def test_a_slow_pipe_is_sent_as_it_comes(seawall, environment, tmp_path):
    seawall("topics", env=environment)
    command = [sys.executable, "-m", "seawall", "send", "--lines"]
    import os

    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path, env={**os.environ, **environment}
    ) as process:
        process.stdin.write(b"first\n")
        process.stdin.flush()
        # The pipe stays open: it is there only if it did not wait for the end.
        import asyncio

        settings = Settings(
            kafka_bootstrap_servers=environment["SEAWALL_KAFKA_BOOTSTRAP_SERVERS"],
            errors_topic=environment["SEAWALL_ERRORS_TOPIC"],
        )
        (record,) = asyncio.run(asyncio.wait_for(stored(settings, 1), 60))
        assert json.loads(record)["message"] == "first"
        out, _ = process.communicate(b"second\n", timeout=60)
    assert b"sent 2 records" in out


def test_the_command_does_not_wait_for_a_pipe_when_the_broker_is_away(tmp_path):
    import os

    env = {**os.environ, "SEAWALL_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9"}
    with subprocess.Popen(
        [sys.executable, "-m", "seawall", "send"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env=env
    ) as process:
        assert process.wait(60) == 1  # although its pipe is open
        assert b"cannot be reached" in process.stderr.read()
        process.stdin.close()


def test_a_missing_file_is_one_line(seawall):
    done = seawall("send", "gone.log", env={"SEAWALL_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9"})
    assert (done.returncode, done.stderr) == (1, "seawall: gone.log: No such file or directory\n")
