"""What a check-in changes: of its run, of its monitor, and whether it is an error."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from models.monitor import CheckIn, Failure, Monitor, Run
from rules.monitors.noticing import failed, missed, timed_out
from rules.monitors.schedules import allowed_early, next_due

__all__ = ["Changed", "check_in"]


class Changed(NamedTuple):
    """A monitor and runs of it as they are afterwards, and what went wrong."""

    monitor: Monitor
    runs: list[Run]
    failures: list[Failure]


def check_in(monitor: Monitor, open_runs: Iterable[Run], known: Run | None, said: CheckIn) -> Changed:
    """Take a check-in.

    Args:
        monitor: as it was.
        open_runs: of it, all that are in progress.
        known: the run that the check-in names, where there is one.
        said: what the job said.
    """
    if known is not None and known.status in {"ok", "error"}:
        return Changed(monitor, [], [])  # told again
    running = list(open_runs)
    # What should have been before it came, by the time at which it was said: it may be read much later.
    monitor, missing = missed(monitor, said.at)
    monitor, ended, late = timed_out(monitor, running, said.at)
    timed = {run.check_in_id: run for run in ended}
    if known is None and said.check_in_id is None and said.status != "in_progress":
        known = max(running, key=lambda run: run.started_at, default=None)
    if known is not None:
        known = timed.get(known.check_in_id, known)
    monitor = _told(monitor, said, known)
    run = _run(monitor, known, said)
    failures = [*missing, *late]
    if said.status == "error" and (known is None or known.status != "timeout"):  # that has been told
        monitor, failure = failed(monitor, Failure(kind="CheckInFailed", same=run.check_in_id, at=said.at, run=run))
        failures += failure
    elif said.status == "ok":
        monitor = _succeeded(monitor, said.at)
    timed[run.check_in_id] = run
    return Changed(monitor, list(timed.values()), failures)


def _told(monitor: Monitor, said: CheckIn, known: Run | None) -> Monitor:
    """The monitor with what was told of it, and the time of its next check-in where this begins a run."""
    config = said.config or monitor.config
    due = monitor.next_due
    if known is None:
        due = _due_after(monitor, said, due) if config == monitor.config else next_due(config, said.at)
    elif config != monitor.config:
        due = next_due(config, known.started_at)
    last_at = max(said.at, monitor.last_at or 0.0)
    return msgspec.structs.replace(
        monitor,
        config=config,
        next_due=due,
        last_at=last_at,
        last_status=said.status,
        secret=monitor.secret or said.secret,
    )


def _due_after(monitor: Monitor, said: CheckIn, due: float | None) -> float | None:
    if due is not None and said.at < due and due - said.at <= allowed_early(monitor.config, due):
        return next_due(monitor.config, due)
    found = next_due(monitor.config, said.at)
    return found if due is None or found is None else max(found, due)  # one that is read late takes nothing back


def _run(monitor: Monitor, known: Run | None, said: CheckIn) -> Run:
    ended = None if said.status == "in_progress" else said.at
    if known is None:
        started = said.at - (said.duration or 0.0) if ended is not None else said.at
        return Run(
            check_in_id=said.check_in_id or said.new_id,
            status=said.status,
            started_at=started,
            timeout_at=started + monitor.config.max_runtime,
            ended_at=ended,
            duration=said.duration,
            release=said.release,
            trace_id=said.trace_id,
        )
    if ended is None and known.status == "timeout":
        return known  # it was told that it takes too long, and would be again
    if ended is None:
        # Said again while it is in progress: it has so much time again.
        return msgspec.structs.replace(
            known, status="in_progress", timeout_at=max(known.timeout_at, said.at + monitor.config.max_runtime)
        )
    duration = said.duration if said.duration is not None else max(0.0, said.at - known.started_at)
    return msgspec.structs.replace(known, status=said.status, ended_at=ended, duration=duration)


def _succeeded(monitor: Monitor, at: float) -> Monitor:
    successes = monitor.successes + 1
    if monitor.failing and successes < monitor.config.recovery_threshold:
        return msgspec.structs.replace(monitor, successes=successes)
    recovered_at = at if monitor.failing else monitor.recovered_at
    return msgspec.structs.replace(monitor, successes=successes, failures=0, failing=False, recovered_at=recovered_at)
