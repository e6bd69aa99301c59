"""Records of the topic of check-ins, as the gateway writes them.

https://develop.sentry.dev/sdk/telemetry/check-ins/
"""

import math
from collections.abc import Callable
from typing import Any, get_args
from zoneinfo import ZoneInfo

from models.monitor import MAX_NAME, CheckIn, CheckInStatus, MonitorConfig, Schedule, Unit
from models.reasons import DeadReason
from rules.monitors.schedules import crontab_of
from rules.normalizing.draft import Unreadable
from rules.told import told_at, told_id, told_object

__all__ = ["parse_check_in"]

Mask = Callable[[str], str]

MAX_MINUTES = 366 * 24 * 60  # of a margin or a run
MAX_INTERVAL = 10_000
MAX_THRESHOLD = 1_000
MAX_ZONE = 64
_NONE = "0" * 32  # "the run that is in progress"
_STATUS: tuple[str, ...] = get_args(CheckInStatus)
_UNITS: tuple[str, ...] = get_args(Unit)


def parse_check_in(value: bytes | None, received_at: float, mask: Mask) -> CheckIn:
    """The check-in in a record. Raises Unreadable.

    Args:
        value: the record's.
        received_at: epoch seconds.
        mask: takes secrets and personal data out of a text.
    """
    data = told_object(value, "a check-in")
    project, slug, status = _name(data.get("project")), _name(data.get("slug")), data.get("status")
    new_id, check_in_id = told_id(data.get("new_id")), told_id(data.get("check_in_id"))
    if not project or not slug or status not in _STATUS or new_id is None:
        raise Unreadable(DeadReason.NO_CHECK_IN, "`project`, `slug`, `status` or `new_id` is missing, or none")
    return CheckIn(
        project=project,
        slug=mask(slug)[:MAX_NAME],
        environment=mask(_name(data.get("environment")) or "production")[:MAX_NAME],
        check_in_id=None if check_in_id == _NONE else check_in_id,
        new_id=new_id,
        status=status,
        at=told_at(data.get("at"), received_at),
        duration=_number(data.get("duration"), 0, MAX_MINUTES * 60.0),
        release=mask(_name(data.get("release")))[:MAX_NAME] or None,
        trace_id=told_id(data.get("trace_id")),
        config=_config(data.get("config")),
        secret=data.get("secret") is True,
    )


def _config(given: Any) -> MonitorConfig | None:
    """What is told of the job, where it is told with a schedule that can be understood."""
    if not isinstance(given, dict) or (schedule := _schedule(given.get("schedule"))) is None:
        return None
    margin, runtime = (
        _number(given.get("checkin_margin"), 1, MAX_MINUTES),
        _number(given.get("max_runtime"), 1, MAX_MINUTES),
    )
    defaults = MonitorConfig()
    return MonitorConfig(
        schedule=schedule,
        timezone=_zone(given.get("timezone")),
        margin=defaults.margin if margin is None else margin * 60,
        max_runtime=defaults.max_runtime if runtime is None else runtime * 60,
        failure_threshold=int(_number(given.get("failure_issue_threshold"), 1, MAX_THRESHOLD) or 1),
        recovery_threshold=int(_number(given.get("recovery_threshold"), 1, MAX_THRESHOLD) or 1),
    )


def _schedule(given: Any) -> Schedule | None:
    if not isinstance(given, dict):
        return None
    value, unit = given.get("value"), given.get("unit")
    if given.get("type") == "crontab" and isinstance(value, str):
        fields = crontab_of(value)
        return Schedule("crontab", fields) if fields is not None else None
    if given.get("type") != "interval" or unit not in _UNITS:
        return None
    count = _number(value, 1, MAX_INTERVAL)
    return Schedule("interval", str(int(count)), unit) if count is not None else None


def _zone(given: Any) -> str:
    if not isinstance(given, str) or len(given) > MAX_ZONE:
        return "UTC"
    try:
        ZoneInfo(given)
    except (ValueError, KeyError, OSError):  # none that is known, or no name at all
        return "UTC"
    return given


def _name(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    storable = value[: 4 * MAX_NAME].replace("\0", " ").encode(errors="replace").decode()
    return " ".join(storable.split())[:MAX_NAME]


def _number(value: Any, least: float, most: float) -> float | None:
    """A number in these bounds, or the bound; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return min(max(value, least), most)
