"""Straight to Kafka, by confluent-kafka: librdkafka's producer waits for all replicas and doubles nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from confluent_kafka import Producer

from seawall_client.sending.contract import Denied, Refused, Retry, TooLarge
from seawall_client.version import SDK

__all__ = ["KafkaTransport"]

_STEP = 0.01  # seconds between two looks at what has arrived
_left_to_parents: list[Any] = []  # a producer that a fork copied must not be destroyed: it waits for threads it lacks


class KafkaTransport:
    """One producer, made when it is first needed.

    https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md
    """

    def __init__(self, bootstrap_servers: str, topic: str, options: Mapping[str, Any]) -> None:
        """`options` are more of librdkafka's settings."""
        self._topic = topic
        self._settings = {
            "bootstrap.servers": bootstrap_servers,
            "acks": "all",
            "enable.idempotence": True,
            "compression.type": "gzip",
            "linger.ms": 5,  # a batch is there already
            "client.id": SDK.replace("/", "-"),
            "log_level": 2,  # the host program's terminal is not ours
            **options,
        }
        self._producer: Any = None

    def load(self) -> None:
        """See `Transport`: it came with this module."""

    def send(self, events: Sequence[bytes], timeout: float) -> None:
        """Produce a batch, and wait for the brokers' word. See `Transport`."""
        producer = self._producer or self._connect(timeout)
        failed: dict[int, Any] = dict.fromkeys(range(len(events)))
        waiting = set(failed)

        def report(place: int, error: Any) -> None:
            waiting.discard(place)
            if error is None:
                failed.pop(place, None)
            else:
                failed[place] = error

        for place, event in enumerate(events):
            self._produce(producer, event, lambda error, _, place=place: report(place, error))
        ends = time.monotonic() + timeout + 1.0  # librdkafka itself gives up at `timeout`
        while waiting and time.monotonic() < ends:
            if not producer.poll(0):  # never a wait in C: it would stop all of gevent's tasks
                time.sleep(_STEP)
        if failed:
            _judge([events[place] for place in failed], [error for error in failed.values() if error is not None])

    def _produce(self, producer: Any, event: bytes, report: Any) -> None:
        try:
            producer.produce(self._topic, event, on_delivery=report)
        except BufferError as problem:  # librdkafka's own queue is full
            raise Retry("queue full") from problem

    def _connect(self, timeout: float) -> Any:
        self._producer = Producer({**self._settings, "message.timeout.ms": max(int(timeout * 1_000), 1_000)})
        return self._producer

    def close(self) -> None:
        """Let the producer go."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.purge()
            producer.poll(0)

    def forget(self) -> None:
        """Leave the producer to the parent process."""
        if self._producer is not None:
            _left_to_parents.append(self._producer)
            self._producer = None


def _judge(left: Sequence[bytes], errors: Sequence[Any]) -> None:
    """Raise what the brokers' errors mean. See `Transport.send`."""
    names = {error.name() for error in errors}
    if names and names <= {"MSG_SIZE_TOO_LARGE"}:
        raise TooLarge("MSG_SIZE_TOO_LARGE")
    denied = names & {"TOPIC_AUTHORIZATION_FAILED", "CLUSTER_AUTHORIZATION_FAILED", "_AUTHENTICATION"}
    if denied:
        raise Denied(", ".join(sorted(denied)))
    if names and names <= {"INVALID_MSG", "INVALID_RECORD"}:
        raise Refused(", ".join(sorted(names)))
    raise Retry(", ".join(sorted(names)) or "no answer", left=left)
