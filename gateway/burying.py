"""Records that the brokers refuse for good: put aside with the reason, so that nothing behind them waits.

They go to the dead-letter topic, in whole or cut; where that takes them neither, to a file beside the spool.
"""

import asyncio
import base64
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson
import structlog

from gateway.publishing import KafkaAwayError, Publisher, Written
from models.dead import DETAIL, NOWHERE, encode_dead
from models.occurrence import Dead
from models.reasons import DeadReason
from models.wire import Source
from telemetry.metrics import GATEWAY_BURIED

__all__ = ["Burying"]

CUT_TO = 256 * 1024  # bytes; below every broker's default limit
_CUT = f"; cut to {CUT_TO} bytes here".encode()
FILE = "refused.ndjson"
FILE_BYTES = 64 * 1024 * 1024

_log = structlog.get_logger(__name__)


class Burying:
    """Puts records aside.

    Args:
        dead: to the dead-letter topic.
        topics: names of topics by what they are of.
        folder: of the spool; None: there is none.
    """

    def __init__(self, dead: Publisher, topics: Mapping[str, str], folder: Path | None) -> None:
        self._dead = dead
        self._topics = topics
        self._folder = folder

    async def bury(self, records: Sequence[Written], reason: DeadReason) -> bool:
        """Put them aside; whether all of them are safe then. Raises OSError."""
        refused = await self._publish([self._letter(one, reason) for one in records])
        if refused:
            refused = await self._publish([_cut(one) for one in refused])
        safe = not refused or await asyncio.to_thread(self._write, refused)
        GATEWAY_BURIED.labels(reason).inc(len(records))
        _log.error("records_buried", reason=reason, records=len(records), in_file=len(refused), safe=safe)
        return safe

    async def _publish(self, letters: Sequence[Written]) -> list[Written]:
        """Those that the topic does not take."""
        try:
            return await self._dead.publish(letters)
        except KafkaAwayError:
            return list(letters)

    def _letter(self, record: Written, reason: DeadReason) -> Written:
        now = time.time()
        source = Source(topic=self._topics.get(record.other, record.other), partition=NOWHERE)
        detail = "the gateway could not write it to its topic"
        dead = Dead(offset=NOWHERE, reason=reason, detail=detail, size=len(record.value), received_at=now)
        raw = _Raw(record, int(now * 1000))
        key, value, headers = encode_dead(raw, dead, source)
        return Written(value or b"", key, headers, record.other)

    def _write(self, letters: Sequence[Written]) -> bool:
        """Append them to the file. Gateways that share the folder share it: a line is one write."""
        if self._folder is None:
            return False
        path = self._folder / FILE
        lines = b"".join(orjson.dumps(_plain(one)) + b"\n" for one in letters)
        if (path.stat().st_size if path.exists() else 0) + len(lines) > FILE_BYTES:
            return False
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            with os.fdopen(descriptor, "ab", buffering=0, closefd=False) as file:
                file.write(lines)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return True


class _Raw:
    """A record as `encode_dead` wants it."""

    def __init__(self, record: Written, timestamp: int) -> None:
        self.key, self.value, self.headers, self.timestamp = record.key, record.value, record.headers, timestamp


def _cut(letter: Written) -> Written:
    ours = [(name, text) for name, text in letter.headers if name.startswith("seawall-")]
    told = [(name, text + _CUT if name == DETAIL else text) for name, text in ours]
    return letter._replace(key=letter.key and letter.key[:1024], value=letter.value[:CUT_TO], headers=told)


def _plain(letter: Written) -> dict[str, object]:
    return {
        "key": _base64(letter.key),
        "value": _base64(letter.value),
        "headers": {name: value.decode(errors="replace") for name, value in letter.headers},
    }


def _base64(data: bytes | None) -> str | None:
    return base64.b64encode(data).decode() if data is not None else None
