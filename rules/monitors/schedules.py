"""When a job's next check-in is due, by the clock of its time zone."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from dateutil.relativedelta import relativedelta

from models.monitor import MonitorConfig, Schedule, Unit

__all__ = ["MAX_CRONTAB", "allowed_early", "crontab_of", "next_due"]

MAX_CRONTAB = 200  # characters
FIELDS = 5
EARLIEST = 60.0  # seconds by which a check-in may come before its time and still be the one that was expected
EARLY_SHARE = 0.1  # … and of the time between two of them
HORIZON = 20 * 366 * 86_400.0  # seconds; what is due later is never due: databases and calendars end somewhere
# https://docs.sentry.io/product/crons/: what cron itself knows as well
_NAMED = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


@lru_cache(1_024)
def crontab_of(text: str) -> str | None:
    """The five fields of a crontab expression; None where it is none, or means no time at all."""
    text = " ".join(text[: MAX_CRONTAB + 1].split())
    fields = _NAMED.get(text.lower(), text)
    if len(fields) > MAX_CRONTAB or len(fields.split()) != FIELDS:
        return None
    try:
        next(CronSim(fields, datetime(2024, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration):
        return None
    return fields


def next_due(config: MonitorConfig, after: float) -> float | None:
    """The first time a check-in is due after the epoch second `after`; None: never."""
    schedule = config.schedule
    if schedule is None:
        return None
    return _next(schedule, config.timezone, after)


def allowed_early(config: MonitorConfig, due: float) -> float:
    """Seconds by which a check-in may come before `due` and still be the one that is due then: clocks differ."""
    after = next_due(config, due)
    return 0.0 if after is None else min(EARLIEST, (after - due) * EARLY_SHARE)


@lru_cache(4_096)
def _next(schedule: Schedule, timezone: str, after: float) -> float | None:
    local = datetime.fromtimestamp(after, UTC).astimezone(ZoneInfo(timezone))
    if schedule.kind == "crontab":
        due = _after_crontab(schedule.value, local)
    else:
        assert schedule.unit is not None  # an interval has one
        due = _after_interval(int(schedule.value), schedule.unit, local)
    return due if due is not None and due <= after + HORIZON else None


def _after_crontab(fields: str, local: datetime) -> float | None:
    """The first time that lies after: in the hour that clocks repeat in autumn CronSim begins with one before."""
    after = local.timestamp()
    try:
        return next(due for found in CronSim(fields, local) if (due := found.timestamp()) > after)
    except (CronSimError, StopIteration, OverflowError):
        return None


def _after_interval(count: int, unit: Unit, local: datetime) -> float | None:
    """Minutes and hours pass as they do; days and longer end at the same time of day, whatever the clocks do."""
    try:
        if unit in {"minute", "hour"}:
            step = timedelta(minutes=count) if unit == "minute" else timedelta(hours=count)
            return (local.astimezone(UTC) + step).timestamp()
        return (local + relativedelta(**{f"{unit}s": count})).timestamp()  # type: ignore[arg-type]  # names of its own
    except (OverflowError, ValueError):
        return None
