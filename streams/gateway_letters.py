"""The agent of the dead-letter topic: what gateways bury there is noted in the index, as what workers bury is.

A gateway has no transaction that its letters could be noted in, and may bury while PostgreSQL is away. The position in
the topic moves in the transaction that notes them, so that each is noted once. Workers' own letters are passed over:
they are noted with the batch that they came in.
"""

from collections.abc import Mapping
from dataclasses import replace

from models.dead import NOWHERE, decode_dead
from models.wire import Source
from sinks.postgres.batches import BatchStore, BatchTransaction
from sinks.postgres.dead_letters import Indexed, add_dead_letters
from streams.job import Job
from streams.stored_topic import StoredTopic

__all__ = ["add_gateway_letters"]


def add_gateway_letters(job: Job, store: BatchStore) -> None:
    """Add the agent to the app."""
    _GatewayLetters(job, store, name="gateway-letters", topic=job.config.dead_topic).add()


class _GatewayLetters(StoredTopic[Indexed]):
    def read(self, value: bytes | None, headers: Mapping[str, bytes], offset: int, received_at: float) -> list[Indexed]:
        try:
            buried = decode_dead(list(headers.items()))
        except ValueError:  # somebody else wrote it: nothing of it could be replayed
            return []
        if buried.place.partition != NOWHERE:
            return []
        letter = Indexed(
            place=buried.place,
            reason=buried.reason,
            detail=buried.detail,
            size=len(value or b""),
            received_at=received_at,
            dead_partition=NOWHERE,  # known with its batch
            dead_offset=offset,
        )
        return [letter]

    async def effect(self, items: list[Indexed], transaction: BatchTransaction, source: Source) -> None:
        found = [replace(one, dead_partition=source.partition) for one in items]
        await add_dead_letters(transaction.connection, found)
