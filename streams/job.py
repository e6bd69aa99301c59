"""What the agents share: the app, the store, the outbox, the rules in force, the signs of progress."""

from dataclasses import dataclass, field
from typing import Any

from psycopg_pool import AsyncConnectionPool

from streams.app import SeawallApp
from streams.config import JobConfig
from streams.forecasts import Forecasts
from streams.lookups import Lookups
from streams.outbox import Outbox
from streams.progress import Progress
from streams.rulebook import Rulebook
from streams.topics import topic_names
from streams.users import Users

__all__ = ["Job"]

ONE_AGAIN = 1  # the record before the position is read once more after an assignment


@dataclass(slots=True)
class Job:
    """One worker's job. Resources are opened before the first event."""

    config: JobConfig
    app: SeawallApp
    pool: AsyncConnectionPool[Any]
    outbox: Outbox
    rulebook: Rulebook
    lookups: Lookups
    users: Users
    forecasts: Forecasts
    progress: Progress = field(default_factory=Progress)
    hash_key: bytes = b""
    read_to: dict[int, float] = field(default_factory=dict)  # partition of the errors topic -> time of its last record

    @property
    def topics(self) -> dict[str, str]:
        """The keyed topics, by what they carry."""
        return topic_names(self.config.topic_prefix)

    def now(self, wall: float) -> float | None:
        """The time by which nothing more is to come from the errors topic, as far as this worker reads it.

        While a backlog is read, time follows the records, or everything in it would be called calm at once. None while
        that is not known yet.
        """
        times = [wall]
        for tp in self.app.consumer.assignment():
            if tp.topic != self.config.errors_topic:
                continue
            end, reached = self.app.consumer.highwater(tp), self.app.positions.reached(tp)
            if end is None:
                return None
            if reached is None or reached + ONE_AGAIN < end:
                if tp.partition not in self.read_to:
                    return None
                times.append(self.read_to[tp.partition])
        return min(times)
