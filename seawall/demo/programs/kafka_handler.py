"""A logging handler that writes errors to Kafka as JSON: all that a Python service needs."""

import asyncio
import linecache
import logging
import queue
import socket
import threading
import traceback
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

__all__ = ["KafkaHandler"]

LEVELS = {10: "debug", 20: "info", 30: "warning", 40: "error", 50: "critical"}


class KafkaHandler(logging.Handler):
    """Sends every record, from a thread of its own. `close` waits until the broker has them all."""

    def __init__(self, servers: str, topic: str, facts: Callable[[], dict[str, Any]] = dict, **fixed: str) -> None:
        """Take what describes the service (`service`, `environment`, `release`) and what describes the moment."""
        super().__init__()
        self.sent = 0
        self._servers, self._topic, self._facts = servers, topic, facts
        self._fixed = {"hostname": socket.gethostname(), "language": "python", **fixed}
        self._waiting: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Put one record in the line."""
        event: dict[str, Any] = {
            **self._fixed,
            **self._facts(),
            "event_id": uuid.uuid4().hex,
            "timestamp": datetime.fromtimestamp(record.created, UTC),
            "severity": LEVELS.get(record.levelno, "error"),
            "logger": record.name,
            "message": record.getMessage(),
            "message_template": str(record.msg),
        }
        if record.exc_info and record.exc_info[1]:
            event["exception"] = [_exception(one) for one in _chain(record.exc_info[1])]
        self._waiting.put(orjson.dumps(event, default=str))

    def close(self) -> None:
        """Send what is waiting."""
        self._waiting.put(None)
        self._thread.join(30)
        super().close()

    async def _run(self) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self._servers, acks="all", enable_idempotence=True)
        await producer.start()
        try:
            acknowledged = []
            while (event := await asyncio.to_thread(self._waiting.get)) is not None:
                acknowledged.append(await producer.send(self._topic, event))
            self.sent = len(await asyncio.gather(*acknowledged))
        finally:
            await producer.stop()


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The first cause first, what was raised last."""
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None:
        yield from _chain(earlier)
    yield error


def _exception(error: BaseException) -> dict[str, Any]:
    return {
        "type": type(error).__name__,
        "module": type(error).__module__,
        "value": str(error),
        "frames": [_frame(*step) for step in traceback.walk_tb(error.__traceback__)],
    }


def _frame(frame: Any, line: int) -> dict[str, Any]:
    code = frame.f_code
    ours = Path(code.co_filename).parent == Path(__file__).parent
    return {
        "function": code.co_qualname,
        "module": frame.f_globals.get("__name__"),
        "file": code.co_filename,
        "line": line,
        "in_app": ours,
        "context": {"line": linecache.getline(code.co_filename, line).rstrip("\n")},
        "locals": {name: repr(value)[:100] for name, value in list(frame.f_locals.items())[:10]} if ours else None,
    }
