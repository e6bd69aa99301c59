"""Monitors of jobs that run by a schedule, and the check-ins by which such jobs say that they run."""

from typing import Literal

import msgspec

__all__ = ["MAX_NAME", "CheckIn", "Failure", "Monitor", "MonitorConfig", "Run", "RunStatus", "Schedule", "Unit"]

MAX_NAME = 200  # characters of a slug, environment or release

CheckInStatus = Literal["in_progress", "ok", "error"]
RunStatus = Literal["in_progress", "ok", "error", "timeout"]
Unit = Literal["minute", "hour", "day", "week", "month", "year"]


class Schedule(msgspec.Struct, frozen=True):
    """When a job is to run.

    crontab: five fields; unit is None.
    interval: so many units after it ran last.
    """

    kind: Literal["crontab", "interval"]
    value: str
    unit: Unit | None = None

    def __str__(self) -> str:
        return self.value if self.unit is None else f"every {self.value} {self.unit}"


class MonitorConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What a job's monitor is told of it. Times are in seconds.

    schedule: None: it was never told; nothing is missed then.
    margin: for which a check-in may be late.
    max_runtime: for which a run may be in progress.
    failure_threshold: failures in a row that are an error.
    recovery_threshold: good runs in a row after which all is well again.
    """

    schedule: Schedule | None = None
    timezone: str = "UTC"
    margin: float = 60.0
    max_runtime: float = 1_800.0
    failure_threshold: int = 1
    recovery_threshold: int = 1


class CheckIn(msgspec.Struct, frozen=True, kw_only=True):
    """What a job said, once.

    check_in_id: of the run, 32 hex characters; None: the one that is in progress, or a new one.
    new_id: the run's, where it has to be given one.
    at: when it was said, epoch seconds.
    config: None: as it was told before.
    secret: whether a secret key told it: anybody may have a public one.
    """

    project: str
    slug: str
    environment: str
    check_in_id: str | None
    new_id: str
    status: CheckInStatus
    at: float
    duration: float | None = None  # seconds
    release: str | None = None
    trace_id: str | None = None
    config: MonitorConfig | None = None
    secret: bool = False

    @property
    def monitor(self) -> tuple[str, str, str]:
        """What it is about: project, slug, environment."""
        return self.project, self.slug, self.environment


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a job, as its check-ins tell of it. Times are epoch seconds."""

    check_in_id: str
    status: RunStatus
    started_at: float
    timeout_at: float  # then it has taken too long
    ended_at: float | None = None
    duration: float | None = None  # seconds
    release: str | None = None
    trace_id: str | None = None


class Monitor(msgspec.Struct, frozen=True, kw_only=True):
    """A job in one environment, and how it fares.

    next_due: when its next check-in is expected, epoch seconds; None: none is.
    failures, successes: in a row.
    failing: whether its failures are errors, up to its recovery.
    error_id: of the last failure that is one, 32 hex characters.
    recovered_at: when all was well again, epoch seconds; None: it is not, or the errors' group knows.
    secret: whether a secret key ever told of it.
    """

    project: str
    slug: str
    environment: str
    config: MonitorConfig = MonitorConfig()
    next_due: float | None = None
    failures: int = 0
    successes: int = 0
    failing: bool = False
    last_at: float | None = None
    last_status: str | None = None
    error_id: str | None = None
    recovered_at: float | None = None
    secret: bool = False


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Something that went wrong, once: `same` is what makes two of them one."""

    kind: Literal["MissedCheckIn", "CheckInTimeout", "CheckInFailed"]
    same: str
    at: float  # epoch seconds
    failures: int = 1  # in a row, this one included
    run: Run | None = None
