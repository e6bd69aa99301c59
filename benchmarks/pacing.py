"""A producer at a steady rate, as a process of its own: `python -m benchmarks.pacing BROKERS TOPIC RATE SECONDS`.

Its events are of staging, which no rule alerts on. Among them, from WARM_UP seconds on, are markers: critical events of
production, each the first of its group. It prints one line of JSON: how many it sent, and when it sent each marker.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator

import orjson
from aiokafka import AIOKafkaProducer

from benchmarks.events import Mix, events

__all__ = ["CHANNELS", "MARKERS_A_SECOND", "WARM_UP", "marker_name", "name_of"]

CHANNELS = 16  # markers take turns: Slack takes one message a second and channel
MARKERS_A_SECOND = 2
WARM_UP = 8.0  # seconds
TICK = 0.02


async def main(kafka: str, topic: str, rate: float, seconds: float) -> None:
    """Produce, then tell."""
    # Made beforehand: making an event takes as long as storing it, and the cores are the same.
    load = iter(list(events(Mix(groups=1000, environment="staging", seed=7), int(rate * seconds))))
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", linger_ms=5, max_batch_size=2**18)
    await producer.start()
    markers: dict[str, float] = {}
    begun, sent = time.monotonic(), 0
    try:
        while (passed := time.monotonic() - begun) < seconds:
            for _ in range(int(passed * rate) - sent):
                await producer.send(topic, next(load))
                sent += 1
            if (passed - WARM_UP) * MARKERS_A_SECOND > len(markers):
                name, marker = marker_name(len(markers)), _marker(len(markers))
                markers[name] = time.time()
                await producer.send(topic, marker)
            await asyncio.sleep(TICK)
        await producer.flush()
    finally:
        await producer.stop()
    print(json.dumps({"sent": sent + len(markers), "seconds": passed, "markers": markers}))


def marker_name(number: int) -> str:
    """A type that no other event has."""
    return f"Marker{name_of(number)}"


def name_of(number: int) -> str:
    """A type for each number, without a digit: numbers may not tell groups apart."""
    letters = "".join(_letters(number + 26))
    return f"{letters.title()}Error"


def _letters(number: int) -> Iterator[str]:
    while number:
        number, letter = divmod(number, 26)
        yield chr(ord("a") + letter)


def _marker(number: int) -> bytes:
    event = orjson.loads(next(events(Mix(groups=0, severity="critical", seed=9, first=10_000_000 + 2 * number), 1)))
    event["error_type"] = event["exception"][0]["type"] = marker_name(number)
    event["service"] = f"bench-{number % CHANNELS}"
    return orjson.dumps(event)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])))
