"""What the agents share: the app, the store, the outbox, the rules in force, the signs of progress."""

from dataclasses import dataclass, field
from typing import Any

from psycopg_pool import AsyncConnectionPool

from streams.app import SeawallApp
from streams.config import JobConfig
from streams.outbox import Outbox
from streams.progress import Progress
from streams.rulebook import Rulebook
from streams.topics import topic_names

__all__ = ["Job"]


@dataclass(slots=True)
class Job:
    """One worker's job. Resources are opened before the first event."""

    config: JobConfig
    app: SeawallApp
    pool: AsyncConnectionPool[Any]
    outbox: Outbox
    rulebook: Rulebook
    progress: Progress = field(default_factory=Progress)
    hash_key: bytes = b""
    read_to: dict[int, float] = field(default_factory=dict)  # partition of the errors topic -> time of its last record

    @property
    def topics(self) -> dict[str, str]:
        """The keyed topics, by what they carry."""
        return topic_names(self.config.topic_prefix)

    def now(self, wall: float) -> float:
        """The time by which nothing more is to come from the errors topic, as far as this worker reads it.

        While a backlog is read, time follows the records: or everything in it would be called calm at once.
        """
        behind = [wall]
        for tp in self.app.consumer.assignment():
            if tp.topic == self.config.errors_topic and tp.partition in self.read_to:
                position, end = self.app.positions.committable(tp), self.app.consumer.highwater(tp)
                if position is not None and end is not None and position < end:
                    behind.append(self.read_to[tp.partition])
        return min(behind)
