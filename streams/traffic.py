"""The traffic agent: requests that services tell of go to the store, and to the thresholds that are about a share."""

import time
from collections.abc import Callable, Mapping
from functools import lru_cache

from models.dead import ORIGIN
from models.traffic import Traffic
from models.wire import Source
from rules.masking import Masker
from rules.rulefile import RuleFile
from rules.telling import alert_key
from rules.traffic import TrafficThresholds, parse_traffic
from sinks.postgres.batches import BatchStore, BatchTransaction
from sinks.postgres.traffic import add_traffic as store_traffic
from sinks.postgres.traffic import not_counted_yet
from streams.job import Job
from streams.stored_topic import StoredTopic

__all__ = ["add_traffic"]

KNOWN_NAMES = 10_000


def add_traffic(job: Job, store: BatchStore) -> None:
    """Add the agent to the app."""
    _Traffic(job, store, name="traffic", topic=job.config.traffic_topic).add()


class _Traffic(StoredTopic[Traffic]):
    _rules: RuleFile | None = None  # that the others are made of
    _mask: Callable[[str], str]
    _thresholds: TrafficThresholds

    def _compile(self) -> None:
        rules = self.job.rulebook.current
        if rules is not self._rules:
            # Names are few, and told again and again.
            self._mask = lru_cache(KNOWN_NAMES)(Masker(rules.masking, self.job.hash_key).mask_text)
            self._thresholds = TrafficThresholds(rules)
            self._rules = rules

    def read(self, value: bytes | None, headers: Mapping[str, bytes], offset: int, received_at: float) -> list[Traffic]:
        self._compile()
        return parse_traffic(value, offset, received_at, self._mask, sent_as=headers.get(ORIGIN))

    async def effect(self, items: list[Traffic], transaction: BatchTransaction, source: Source) -> None:
        self._compile()
        items = await not_counted_yet(transaction.connection, items)
        await store_traffic(transaction.connection, items)
        deltas = self._thresholds.deltas(items, source, time.time() - self.job.config.lateness)
        await self.job.outbox.send_items(
            self.job.topics["rates"], deltas, lambda delta: alert_key(delta.rule, delta.by)
        )
