"""What did not happen: check-ins that did not come, runs that did not end."""

from collections.abc import Iterable

import msgspec

from models.monitor import Failure, Monitor, Run
from rules.monitors.events import event_id_of
from rules.monitors.schedules import next_due

__all__ = ["failed", "missed", "timed_out"]

MOST_MISSED = 100  # at one look; of an outage that was longer than these, the rest is passed over


def missed(monitor: Monitor, now: float) -> tuple[Monitor, list[Failure]]:
    """The check-ins that were due and, by `now`, had not come within the margin."""
    failures: list[Failure] = []
    due = monitor.next_due
    for _ in range(MOST_MISSED):
        if due is None or due + monitor.config.margin >= now:
            break
        monitor, told = failed(monitor, Failure(kind="MissedCheckIn", same=f"{due:.0f}", at=due))
        monitor = msgspec.structs.replace(monitor, last_status="missed")
        failures += told
        due = next_due(monitor.config, due)
    else:
        if due is not None and due + monitor.config.margin < now:
            due = next_due(monitor.config, now - monitor.config.margin)  # what may still come in time is not over
    return msgspec.structs.replace(monitor, next_due=due), failures


def timed_out(monitor: Monitor, running: Iterable[Run], now: float) -> tuple[Monitor, list[Run], list[Failure]]:
    """The runs that were still in progress when their time was over, as they are then."""
    ended: list[Run] = []
    failures: list[Failure] = []
    for run in sorted(running, key=lambda one: one.timeout_at):
        if run.timeout_at >= now:
            break
        over = msgspec.structs.replace(run, status="timeout")
        ended.append(over)
        failure = Failure(kind="CheckInTimeout", same=run.check_in_id, at=run.timeout_at, run=over)
        monitor, told = failed(monitor, failure)
        monitor = msgspec.structs.replace(monitor, last_status="timeout")
        failures += told
    return monitor, ended, failures


def failed(monitor: Monitor, failure: Failure) -> tuple[Monitor, list[Failure]]:
    """The monitor after a failure, and the failure where there were enough in a row for it to be an error."""
    failures = monitor.failures + 1
    failing = monitor.failing or failures >= monitor.config.failure_threshold
    monitor = msgspec.structs.replace(monitor, failures=failures, successes=0, failing=failing)
    if not failing:
        return monitor, []
    monitor = msgspec.structs.replace(monitor, error_id=event_id_of(monitor, failure), recovered_at=None)
    return monitor, [msgspec.structs.replace(failure, failures=failures)]
