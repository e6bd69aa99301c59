"""The agent of feedback: what people say of errors goes to the store, masked."""

from collections.abc import Mapping
from typing import Any

from models.feedback import Feedback
from models.wire import Source
from rules.feedback import parse_feedback
from rules.masking import Masker
from sinks.postgres.batches import BatchStore, BatchTransaction
from sinks.postgres.feedback import add_feedback as store_feedback
from streams.job import Job
from streams.stored_topic import StoredTopic

__all__ = ["add_feedback"]


def add_feedback(job: Job, store: BatchStore) -> None:
    """Add the agent to the app."""
    _Feedback(job, store, name="feedback", topic=job.config.feedback_topic).add()


class _Feedback(StoredTopic[Feedback]):
    _masker: tuple[Any, Masker] | None = None  # with the rules that it is of

    def read(
        self, value: bytes | None, headers: Mapping[str, bytes], offset: int, received_at: float
    ) -> list[Feedback]:
        del headers, offset
        rules = self.job.rulebook.current.masking
        if self._masker is None or self._masker[0] is not rules:
            self._masker = rules, Masker(rules, self.job.hash_key)
        return [parse_feedback(value, received_at, self._masker[1].mask_text)]

    async def effect(self, items: list[Feedback], transaction: BatchTransaction, source: Source) -> None:
        del source
        await store_feedback(transaction.connection, items)
