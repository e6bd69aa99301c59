"""`seawall oncall`: who is on call, and schedules as calendars."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seawall.cli.output import NONE, print_json, print_table
from seawall.cli.times import parse_time_ahead
from seawall.errors import SeawallError
from seawall.settings import load_settings

if TYPE_CHECKING:
    from rules.rulefile import RuleFile
    from rules.rulefile.oncall import Schedule

__all__ = ["oncall_app"]

oncall_app = typer.Typer(no_args_is_help=True)

DAY = 86_400.0
At = Annotated[
    float | None, typer.Option(parser=parse_time_ahead, metavar="TIME", help="Then, not now: 2h, 3d or a date (UTC).")
]
Days = Annotated[int, typer.Option(min=1, max=366, help="So many days ahead.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@oncall_app.callback()
def _oncall() -> None:
    """On-call: the schedules of the rule file, by the clock of each.

    Example: `seawall oncall who shop --at 2026-12-24T18:00`
    """


@oncall_app.command()
def who(
    schedule: Annotated[str | None, typer.Argument(help="A schedule; leave out: all of them.")] = None,
    *,
    at: At = None,
    as_json: Json = False,
) -> None:
    """Say who is on call, until when, and who comes next.

    Example: `seawall oncall who`
    """
    rules = _rules()
    names = [schedule] if schedule else list(rules.schedules)
    rows = [_row(name, _schedule(rules, name), time.time() if at is None else at) for name in names]
    if as_json:
        print_json(rows)
        return
    print_table(
        "On call",
        ["schedule", "who", "until", "then"],
        [
            (row["schedule"], ", ".join(row["users"]) or NONE, row["until"] or NONE, ", ".join(row["then"]) or NONE)
            for row in rows
        ],
    )


@oncall_app.command()
def export(schedule: Annotated[str, typer.Argument(help="A schedule.")], *, days: Days = 90, at: At = None) -> None:
    """Print a schedule as an iCalendar file, an event a shift.

    Example: `seawall oncall export shop > shop.ics`
    """
    from rules.oncall.schedules import Rota  # noqa: PLC0415 -- start-up time of other commands
    from seawall.calendars import exported  # noqa: PLC0415

    start = time.time() if at is None else at
    typer.echo(exported(schedule, Rota(_schedule(_rules(), schedule)), start, start + days * DAY), nl=False)


@oncall_app.command("import")
def import_(
    schedule: Annotated[str, typer.Argument(help="The schedule that they are for.")],
    file: Annotated[Path, typer.Argument(help="An iCalendar file; each event's title holds names of `users`.")],
    *,
    days: Days = 90,
    at: At = None,
) -> None:
    """Print the events of an iCalendar file as `overrides` of a schedule, to be put into the rule file.

    Example: `seawall oncall import shop holidays.ics`
    """
    from seawall.calendars import imported  # noqa: PLC0415

    rules = _rules()
    start = time.time() if at is None else at
    zone = _schedule(rules, schedule).zone
    moments = (datetime.fromtimestamp(moment, UTC) for moment in (start, start + days * DAY))
    typer.echo(f"overrides: # of {schedule}, by the clock of {zone}")
    for one in imported(file.read_bytes(), list(rules.users), zone, *moments):
        typer.echo(f"  - {{users: {json.dumps(one['users'])}, from: {one['from']}, to: {one['to']}}}")


def _rules() -> "RuleFile":
    from seawall.rulebook import rules_in_force  # noqa: PLC0415

    return rules_in_force(load_settings().rules)


def _schedule(rules: "RuleFile", name: str) -> "Schedule":
    if name not in rules.schedules:
        listed = ", ".join(rules.schedules) or "none"
        raise SeawallError(f"there is no schedule `{name}` in the rule file; there are: {listed}")
    return rules.schedules[name]


def _row(name: str, schedule: "Schedule", at: float) -> dict[str, Any]:
    from itertools import islice  # noqa: PLC0415
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    from rules.oncall.schedules import Rota  # noqa: PLC0415

    shifts = list(islice(Rota(schedule).shifts(at, at + 366 * DAY), 2))
    until = datetime.fromtimestamp(shifts[0].end, UTC).astimezone(ZoneInfo(schedule.zone))
    return {
        "schedule": name,
        "users": list(shifts[0].users),
        "until": f"{until:%Y-%m-%d %H:%M %Z}" if len(shifts) > 1 else None,
        "then": list(shifts[1].users) if len(shifts) > 1 else [],
    }
