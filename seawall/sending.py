"""Errors from files and pipes to the errors topic: what is JSON goes as it is, text goes wrapped in our JSON."""

import asyncio
import socket
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Literal

import orjson

from models.bounds import MAX_MESSAGE, MAX_STACK_TEXT
from seawall.errors import KafkaAwayError, SeawallError, TopicError
from seawall.kafka import MAX_RECORD, producer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aiokafka import AIOKafkaProducer
    from aiokafka.structs import RecordMetadata

    from seawall.settings import Settings

__all__ = ["Facts", "Sent", "Shape", "records_of", "send"]

Shape = Literal["one", "lines", "array"]
IN_FLIGHT = 1_000  # records that wait for the broker's word at a time
READ_AHEAD = 1_000  # records that are read and not yet sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the sender says of the errors; a JSON record that says it itself is right."""

    service: str | None = None
    environment: str | None = None
    release: str | None = None
    severity: str | None = None

    def given(self) -> dict[str, str]:
        """Those that were given."""
        facts = {name: getattr(self, name) for name in ("service", "environment", "release", "severity")}
        return {name: value for name, value in facts.items() if value}


@dataclass(slots=True)
class Sent:
    """How many records went where: the first and last offset of each partition."""

    count: int = 0
    bytes: int = 0
    partitions: dict[int, list[int]] = field(default_factory=dict)

    def add(self, partition: int, offset: int, size: int) -> None:
        """Count one record that the broker has."""
        self.count += 1
        self.bytes += size
        first, last = self.partitions.get(partition, [offset, offset])
        self.partitions[partition] = [min(first, offset), max(last, offset)]


def records_of(source: BinaryIO, shape: Shape, facts: Facts) -> Iterator[bytes]:
    """The records in one file or pipe. Raises SeawallError where it is too large, or no array."""
    split = {"one": _whole, "lines": _lines, "array": _items}[shape]
    return (_record(raw, facts) for raw in split(source))


def _whole(source: BinaryIO) -> Iterator[bytes]:
    whole = source.read(MAX_RECORD + 1)
    if len(whole) > MAX_RECORD:
        raise SeawallError(f"more than {MAX_RECORD:,} bytes for one event: is --lines or --json-array meant?")
    if whole.strip():
        yield whole


def _lines(source: BinaryIO) -> Iterator[bytes]:
    while line := source.readline(MAX_RECORD + 1):
        if len(line) > MAX_RECORD:
            raise SeawallError(f"a line is longer than {MAX_RECORD:,} bytes")
        if line.strip():
            yield line.rstrip(b"\r\n")


def _items(source: BinaryIO) -> Iterator[bytes]:
    try:
        items = orjson.loads(source.read())
    except orjson.JSONDecodeError as error:
        raise SeawallError(f"--json-array: {error}") from None
    if not isinstance(items, list):
        raise SeawallError("--json-array: the document is not an array")
    yield from (orjson.dumps(item) for item in items)


def _record(raw: bytes, facts: Facts) -> bytes:
    given = facts.given()
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError:
        document = None
    if isinstance(document, dict):
        return raw if all(name in document for name in given) else orjson.dumps({**given, **document})
    if isinstance(document, list):
        return raw
    text = raw.decode(errors="replace").strip("\r\n")
    event = {**given, "hostname": socket.gethostname(), **_text_fields(text)}
    return orjson.dumps(event)


def _text_fields(text: str) -> dict[str, str]:
    """Text as an event: what is cut is the middle, for the ends say what went wrong and where."""
    if len(text) <= MAX_MESSAGE:
        return {"message": text}
    half = MAX_STACK_TEXT // 2 - 10
    stack = text if len(text) <= MAX_STACK_TEXT else f"{text[:half]}\n[…]\n{text[-half:]}"
    return {"stack_trace": stack, "message": text[-MAX_MESSAGE:]}


async def send(
    settings: "Settings",
    records: "Iterable[bytes]",
    *,
    topic: str | None = None,
    patience: float = 30.0,
    done: "Callable[[int], None]" = lambda _: None,
) -> Sent:
    """Send the records and wait until all replicas have each of them.

    Args:
        settings: where Kafka is.
        records: read in a thread of its own: it may be a pipe that is written to slowly.
        topic: instead of the errors topic.
        patience: seconds to wait for the broker at any point.
        done: called with 1 for each record that the broker has.

    Raises:
        KafkaAwayError: no answer in time; how many records had been sent is in the text.
        TopicError: there is no such topic.
        SeawallError: Kafka refused a record.
    """
    from aiokafka.errors import KafkaError, KafkaTimeoutError  # noqa: PLC0415 -- start-up time

    async with producer(settings, request_timeout_ms=int(patience * 1000)) as client:
        sender = _Sender(client, topic or settings.errors_topic, patience, done)
        try:
            await sender.check_topic()
            await sender.send(records)
        except (TimeoutError, KafkaTimeoutError):
            count = sender.sent.count
            raise KafkaAwayError(f"no answer from Kafka in {patience:g} s; {count:,} records were sent") from None
        except KafkaError as error:
            raise SeawallError(f"Kafka refused a record after {sender.sent.count:,} were sent: {error}") from error
    return sender.sent


class _Sender:
    def __init__(self, client: "AIOKafkaProducer", topic: str, patience: float, done: "Callable[[int], None]") -> None:
        self.sent = Sent()
        self._client, self._topic, self._patience, self._done = client, topic, patience, done

    async def check_topic(self) -> None:
        """Asking for an unknown topic's partitions would make aiokafka wait for it to appear."""
        cluster = await asyncio.wait_for(self._client.client.fetch_all_metadata(), self._patience)
        if self._topic not in cluster.topics():
            raise TopicError(f"there is no topic {self._topic}: run `seawall topics`")

    async def send(self, records: "Iterable[bytes]") -> None:
        waiting: deque[tuple[asyncio.Future[RecordMetadata], int]] = deque()
        async for some in _Reader(records).pieces():
            for record in some:
                waiting.append((await self._client.send(self._topic, record), len(record)))
            while len(waiting) > IN_FLIGHT or (waiting and waiting[0][0].done()):
                await self._acknowledged(*waiting.popleft())
        while waiting:
            await self._acknowledged(*waiting.popleft())

    async def _acknowledged(self, future: "asyncio.Future[RecordMetadata]", size: int) -> None:
        placed = future.result() if future.done() else await asyncio.wait_for(future, self._patience)
        self.sent.add(placed.partition, placed.offset, size)
        self._done(1)


class _Reader:
    """Records read in a thread, in the pieces in which they come: a slow pipe's at once, a file's many at a time."""

    def __init__(self, records: "Iterable[bytes]") -> None:
        self._records = records
        self._read: deque[bytes] = deque()
        self._room = threading.Semaphore(READ_AHEAD)
        self._woken = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._over: Exception | Literal[False] | None = False

    async def pieces(self) -> AsyncIterator[list[bytes]]:
        # A daemon: it may be waiting for a pipe that nobody writes to, which must not keep the process.
        threading.Thread(target=self._run, name="reader", daemon=True).start()
        while True:
            self._woken.clear()  # first: what the thread does from here on wakes us again
            over = self._over  # before what was read: nothing comes after it
            if some := [self._read.popleft() for _ in range(len(self._read))]:
                self._room.release(len(some))
                yield some
            elif over is not False:
                if over:
                    raise over
                return
            else:
                await self._woken.wait()

    def _run(self) -> None:
        over: Exception | None = None
        try:
            for record in self._records:
                self._room.acquire()
                self._read.append(record)
                self._wake()
        except SeawallError as error:
            over = error
        except (OSError, ValueError) as error:
            over = SeawallError(f"the input cannot be read: {error}")
        self._over = over
        self._wake()

    def _wake(self) -> None:
        if not self._woken.is_set():
            with suppress(RuntimeError):  # the loop is closed: nobody listens any more
                self._loop.call_soon_threadsafe(self._woken.set)
