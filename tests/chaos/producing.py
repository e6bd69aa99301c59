"""A steady stream of known records, each with its own event id; what the brokers did not acknowledge is sent again."""

import asyncio
import random
import uuid
from collections import Counter
from dataclasses import dataclass, field

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

SERVICES = ("cart", "checkout", "search", "mail")
FRAMES = 8


@dataclass
class Produced:
    """What must be found at the end."""

    events: Counter[tuple[str, str]] = field(default_factory=Counter)  # (service, error type) -> distinct events
    records: int = 0  # acknowledged, retries included
    retries: int = 0  # sent again on purpose, or because no acknowledgement came
    garbage: int = 0
    quiet: int = 0  # below the level that is stored


def event(rng: random.Random, kinds: int) -> tuple[tuple[str, str], bytes]:
    """One error of a known group."""
    service, kind = rng.choice(SERVICES), rng.randrange(kinds)
    error_type = f"Failure{kind}Error"
    body = {
        "event_id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "service": service,
        "environment": "production",
        "hostname": f"host-{rng.randrange(20)}",
        "user_id": f"user-{rng.randrange(500)}",
        "error_type": error_type,
        "message": f"order {rng.randrange(10**6)} failed",
        "severity": "critical" if kind % 5 == 0 else "error",
        "release": f"1.{kind % 3}",
        "exception": [
            {
                "type": error_type,
                "value": f"order {rng.randrange(10**6)} failed",
                "frames": [
                    {"module": f"{service}.m{depth}", "function": f"step_{kind}_{depth}", "line": depth, "in_app": True}
                    for depth in range(FRAMES)
                ],
            }
        ],
    }
    return (service, error_type), orjson.dumps(body)


class Stream:
    """Produces at a rate until told to stop; `produced` is exact whatever the brokers do meanwhile."""

    def __init__(self, bootstrap: str, topic: str, *, seed: int, rate: float, kinds: int) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._rng = random.Random(seed)
        self._rate = rate
        self._kinds = kinds
        self._stop = asyncio.Event()
        self.produced = Produced()

    def stop(self) -> None:
        self._stop.set()

    async def run(self) -> Produced:
        producer = await self._connect()
        batch = max(int(self._rate / 20), 1)
        loop = asyncio.get_running_loop()
        due = loop.time()
        while not self._stop.is_set():
            producer = await self._send_all(producer, [self._next() for _ in range(batch)])
            due = max(due + batch / self._rate, loop.time() - 1)
            await asyncio.sleep(max(due - loop.time(), 0))
        await producer.stop()
        return self.produced

    async def _connect(self) -> AIOKafkaProducer:
        while True:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                acks="all",
                enable_idempotence=True,
                linger_ms=5,
                request_timeout_ms=60_000,
            )
            try:
                await producer.start()
            except KafkaError:
                await producer.stop()
                await asyncio.sleep(0.5)
            else:
                return producer

    def _next(self) -> bytes:
        chance = self._rng.random()
        if chance < 0.005:
            self.produced.garbage += 1
            return b'{"truncated": '
        if chance < 0.01:
            self.produced.quiet += 1
            return b'{"message": "all is well", "severity": "debug", "service": "cart"}'
        key, value = event(self._rng, self._kinds)
        self.produced.events[key] += 1
        return value

    async def _send_all(self, producer: AIOKafkaProducer, values: list[bytes]) -> AIOKafkaProducer:
        """Send until every record is acknowledged. Records without an id of their own are only ever sent once."""
        repeated = [value for value in values if b"event_id" in value and self._rng.random() < 0.01]
        self.produced.retries += len(repeated)
        waiting = values + repeated
        while waiting:
            results = await asyncio.gather(*[self._send(producer, value) for value in waiting], return_exceptions=True)
            failed = [v for v, result in zip(waiting, results, strict=True) if isinstance(result, BaseException)]
            self.produced.records += len(waiting) - len(failed)
            # One without an id may have arrived: it is not sent again, and told from the partitions' ends instead.
            waiting = [value for value in failed if b"event_id" in value]
            if failed:
                self.produced.retries += len(waiting)
                await producer.stop()
                await asyncio.sleep(0.5)
                producer = await self._connect()
        return producer

    async def _send(self, producer: AIOKafkaProducer, value: bytes) -> None:
        await producer.send_and_wait(self._topic, value, key=str(self._rng.randrange(1000)).encode())
