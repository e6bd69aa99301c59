"""Records of senders that show no key: taken for the key that the settings name, within its limits."""

import asyncio
import os
from collections.abc import Sequence

from gateway.contract import Record, Refused
from gateway.keys import KeyBook
from gateway.limiting import Allowance
from gateway.writing import Writer
from telemetry.metrics import GATEWAY_BYTES, GATEWAY_RECORDS, GATEWAY_REFUSED

__all__ = ["ID_BYTES", "Intake"]

ID_BYTES = 16
AGAIN = 1.0  # seconds between attempts, where a sender waits


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

    async def take(self, records: Sequence[Record], request_id: str | None = None) -> None:
        """Take records; returns when they are safe.

        Args:
            records: any number of them.
            request_id: 32 hex characters, the same where they are sent again; None: they are not.

        Raises:
            Refused: there is no such key, its limits are reached, or nothing can be kept now.
        """
        if not records:
            return
        key = self._keys.find(self._key)
        await self._allowance.take(key, len(records))
        await self._writer.write(records, key, request_id or os.urandom(ID_BYTES).hex())
        GATEWAY_RECORDS.labels(self.protocol).inc(len(records))
        GATEWAY_BYTES.labels(self.protocol).inc(sum(len(record.value) for record in records))

    async def take_patiently(self, records: Sequence[Record]) -> None:
        """Take records; waits for as long as they can be neither written nor kept: the sender is held up meanwhile.

        What is over a limit, or of no key in force, is left out and counted.
        """
        request_id = os.urandom(ID_BYTES).hex()
        while True:
            try:
                return await self.take(records, request_id)
            except Refused as refused:
                if refused.refusal.status != 503:  # noqa: PLR2004 -- HTTP's "Service Unavailable"
                    return self.refused(refused, len(records))
            await asyncio.sleep(AGAIN)

    def refused(self, refused: Refused, count: int = 1) -> None:
        """Count what is not taken."""
        GATEWAY_REFUSED.labels(self.protocol, refused.refusal.reason).inc(count)
