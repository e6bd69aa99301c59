"""Records of senders that show no key: taken for the key that the settings name, within its limits."""

import asyncio
import os
import time
from collections.abc import Sequence

import structlog

from gateway.contract import Record, Refused
from gateway.keys import KeyBook
from gateway.limiting import Allowance
from gateway.writing import Writer
from sinks.postgres.projects import GatewayKey
from telemetry.metrics import GATEWAY_BYTES, GATEWAY_RECORDS, GATEWAY_REFUSED

__all__ = ["ID_BYTES", "LAST_SECONDS", "Intake"]

ID_BYTES = 16
AGAIN = 1.0  # seconds between attempts, where a sender waits
LAST_SECONDS = 5.0  # for what is being taken when we are told to stop
SAY_SECONDS = 60.0  # between two words about what is refused for one reason

_log = structlog.get_logger(__name__)


class Intake:
    """Takes records.

    Args:
        protocol: its name in metrics.
        key: as which they are taken.
        keys: those in force.
        allowance: how much of them may be sent.
        writer: takes them on.
    """

    def __init__(self, protocol: str, key: str, keys: KeyBook, allowance: Allowance, writer: Writer) -> None:
        self.protocol = protocol
        self._key = key
        self._keys = keys
        self._allowance = allowance
        self._writer = writer
        self._said: dict[str, float] = {}  # when something was last said, by the reason

    async def take(self, records: Sequence[Record], request_id: str | None = None) -> None:
        """Take records; returns when they are safe.

        Args:
            records: any number of them.
            request_id: 32 hex characters, the same where they are sent again; None: they are not.

        Raises:
            Refused: there is no such key, its limits are reached, or nothing can be kept now.
        """
        if records:
            await self._write(records, await self._admitted(records), request_id or os.urandom(ID_BYTES).hex())

    async def _admitted(self, records: Sequence[Record]) -> GatewayKey:
        """The key, where it may send so much; that counts as sent from then on."""
        key = self._keys.find(self._key)
        await self._allowance.take(key, len(records))
        return key

    async def _write(self, records: Sequence[Record], key: GatewayKey, request_id: str) -> None:
        await self._writer.write(records, key, request_id)
        GATEWAY_RECORDS.labels(self.protocol).inc(len(records))
        GATEWAY_BYTES.labels(self.protocol).inc(sum(len(record.value) for record in records))

    async def take_patiently(self, records: Sequence[Record]) -> None:
        """Take records; waits for as long as they can be neither written nor kept: the sender is held up meanwhile.

        What is over a limit, or of no key in force, is left out and counted. Who cancels it waits a moment for them:
        nobody would send them again.
        """
        if not records:
            return
        taking = asyncio.create_task(self._until_taken(records))
        try:
            await asyncio.shield(taking)
        except asyncio.CancelledError:
            await asyncio.wait([taking], timeout=LAST_SECONDS)
            taking.cancel()
            raise

    async def _until_taken(self, records: Sequence[Record]) -> None:
        request_id = os.urandom(ID_BYTES).hex()
        key: GatewayKey | None = None
        while True:
            try:
                key = key or await self._admitted(records)  # once: what waits must not use up what its key may send
                return await self._write(records, key, request_id)
            except Refused as refused:
                if refused.refusal.status != 503:  # noqa: PLR2004 -- HTTP's "Service Unavailable"
                    return self.refused(refused, len(records))
            await asyncio.sleep(AGAIN)

    def refused(self, refused: Refused, count: int = 1) -> None:
        """Count what is not taken, and say so now and then: its sender gets no answer that would."""
        reason = refused.refusal.reason
        GATEWAY_REFUSED.labels(self.protocol, reason).inc(count)
        now = time.monotonic()
        if now - self._said.get(reason, -SAY_SECONDS) >= SAY_SECONDS:
            self._said[reason] = now
            _log.warning("gateway_refuses", protocol=self.protocol, reason=reason, why=refused.refusal.detail)
