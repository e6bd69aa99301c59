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

    @property
    def topics(self) -> dict[str, str]:
        """The keyed topics, by what they carry."""
        return topic_names(self.config.topic_prefix)
