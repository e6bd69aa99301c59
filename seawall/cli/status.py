"""`seawall status`."""

import asyncio
from datetime import datetime
from typing import Annotated

import typer

from seawall.cli.output import NONE, print_json, print_table, progress
from seawall.settings import load_settings
from seawall.status import Process, Status, read_status

__all__ = ["status"]


def status(*, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show processes, lag, rates, groups, incidents, deliveries, drops and dead letters.

    Where a server does not answer, this shows the rest, says so and exits 1.

    Example: `seawall status --json | jq .lag_by_topic`
    """
    with progress("asking the servers"):
        found = asyncio.run(read_status(load_settings()))
    if as_json:
        print_json(found.as_json())
    else:
        _print(found)
    for problem in found.problems:
        typer.echo(f"seawall: {problem}", err=True)
    if found.problems:
        raise typer.Exit(1)


def _print(found: Status) -> None:
    columns = ["role", "instance", "pid", "host", "up for", "last seen", "restarts"]
    print_table("Processes", columns, [_row(process, found.at) for process in found.processes])
    typer.echo()
    print_table(
        "Lag",
        ["topic", "partition", "read to", "end", "waiting"],
        [[part.topic, part.partition, part.next, part.end, part.lag] for part in found.lag],
    )
    typer.echo()
    rows: list[list[str | float]] = [
        ["records read/s", found.rates.get("records_per_second", NONE)],
        ["occurrences/s, last minute", found.rates.get("occurrences_per_second", NONE)],
        ["occurrences", found.occurrences if found.occurrences is not None else NONE],
        ["groups", _counts(found.groups)],
        ["incidents", _counts(found.incidents)],
        ["deliveries", _counts(found.deliveries)],
        ["passed over", _counts(found.drops)],
        ["dead letters", _counts(found.dead_letters)],
    ]
    print_table("Numbers", ["", ""], rows)
    if found.unanswered:
        typer.echo()
        rows = [[one["rule"], _ago(one["since"], found.at), one["problem"]] for one in found.unanswered]
        print_table("Thresholds that Prometheus does not answer for", ["rule", "for", "why"], rows)
    if found.filters:
        typer.echo()
        dropped = [
            [rule, reason, count] for rule, reasons in found.filters.items() for reason, count in reasons.items()
        ]
        print_table("Dropped by filters", ["filter", "reason", "records"], dropped)


def _counts(counts: dict[str, int] | None) -> str:
    if not counts:
        return NONE if counts is None else "0"
    parts = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    return f"{sum(counts.values()):,} ({parts})"


def _row(process: Process, now: datetime) -> list[str | int]:
    seen = f"{_ago(process.seen_at, now)} ago{', silent' if process.silent else ''}" if process.seen_at else NONE
    restarts = process.restarts if process.restarts is not None else NONE
    since = _ago(process.since, now)
    return [process.role, process.instance or "", str(process.pid), process.host, since, seen, restarts]


def _ago(then: datetime | None, now: datetime) -> str:
    if then is None:
        return NONE
    seconds = max(0, round((now - then).total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
