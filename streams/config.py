"""What the job needs to know, handed in once by whoever starts it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.severity import Severity
from sinks.prometheus import Access

__all__ = ["JobConfig"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobConfig:
    """The job's configuration. Times are in seconds."""

    bootstrap_servers: list[str]
    kafka: dict[str, Any] = field(default_factory=dict)  # aiokafka's security arguments
    database_url: str
    group: str = "seawall"
    instance: str | None = None  # a stable name of this replica: its partitions wait for it over a restart
    errors_topic: str = "errors"
    errors_format: str | None = None  # of all records of the topic that do not say theirs; None: found out
    dead_topic: str = "errors.dead"
    releases_topic: str = "releases"
    traffic_topic: str = "traffic"
    check_ins_topic: str = "check-ins"
    feedback_topic: str = "feedback"
    topic_prefix: str = "seawall."
    partitions: int = 4  # of the keyed topics and their tables
    rules: Path = Path("rules.yaml")
    prometheus: Access | None = None  # what thresholds may ask for requests
    prometheus_patience: float = 600.0  # seconds without an answer before people are told
    minimum_severity: Severity = Severity.WARNING
    lateness: float = 600.0
    retention_days: int = 30
    hash_key: bytes | None = None  # None: the one kept in the database
    session_timeout: float = 6.0
    flush_every: float = 3.0  # how often keyed agents write their state back: what a crash makes them read again
    tick_every: float = 2.0  # how often time is told to every keyed partition
    stall_after: float = 120.0  # without progress while there is lag: the worker ends
    data: Path = Path(".seawall")
    dead_run_limit: int = 0  # unreadable records in a row that stop a partition; 0: no limit
