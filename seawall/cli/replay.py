"""`seawall replay`."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from models.reasons import DropReason
from seawall.cli.output import ask, print_json, progress
from seawall.cli.times import parse_time
from seawall.errors import SeawallError
from seawall.postgres import connected
from seawall.replaying import Held, held_of
from seawall.replaying import replay as send_again
from seawall.settings import Settings, load_settings

if TYPE_CHECKING:
    from sinks.postgres.dropping import DroppedFilter

__all__ = ["replay"]

T = TypeVar("T")


def replay(
    *,
    rule: Annotated[str, typer.Option(help="The filter that dropped them, as `seawall status` names it.")],
    since: Annotated[
        datetime | None,
        typer.Option(parser=parse_time, metavar="TIME", help="Dropped from then on: a time (UTC), or 2h, 3d (ago)."),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(parser=parse_time, metavar="TIME", help="Dropped before then.")
    ] = None,
    reason: Annotated[
        DropReason | None, typer.Option(help="Only what was dropped for this reason: filtered or sampled.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Also what was replayed before.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Send records again that a filter dropped, once its rule is put right. Replayed twice, an error still counts once.

    Example: `seawall replay --rule no-timeouts --since 2d --dry-run`
    """
    from sinks.postgres.dropping import DroppedFilter  # noqa: PLC0415 -- start-up time

    which = DroppedFilter(rule=rule, reason=reason, since=since, until=until, waiting_only=not again)
    settings = load_settings()
    with progress("reading"):
        held = _run(_held(settings, which))
    dropped, records = sum(one.dropped.records for one in held), sum(one.records for one in held)
    sent = 0
    there = [one for one in held if one.runs]
    if there and not dry_run:
        topics = ", ".join(sorted({one.dropped.topic for one in there}))
        if not yes and not ask(f"Send {records:,} records back to {topics}?"):
            raise SeawallError("nothing was sent")
        with progress("replaying", records, "records") as done:
            sent = _run(_replay(settings, there, done))
    if as_json:
        print_json({"dropped": dropped, "held": records, "sent": sent, "gone": dropped - records, "dry_run": dry_run})
        return
    _say(rule, held, records, sent, dry_run=dry_run)


def _say(rule: str, held: list[Held], records: int, sent: int, *, dry_run: bool) -> None:
    if not held:
        typer.echo(f"nothing that `{rule}` dropped is waiting; `seawall status` lists the filters that drop", err=True)
        return
    typer.echo(f"would send {records:,} records" if dry_run else f"sent {sent:,} of {records:,} records")
    gone = Counter[str]()
    for one in held:
        gone[one.dropped.topic] += one.dropped.records - one.records
    for topic, count in sorted(gone.items()):
        if count:
            typer.echo(f"{count:,} are not in the topic {topic} any more: they are older than what it keeps")


def _run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


async def _held(settings: Settings, which: "DroppedFilter") -> list[Held]:
    from sinks.postgres.dropping import find_dropped  # noqa: PLC0415 -- start-up time

    async with connected(settings) as connection:
        return await held_of(settings, connection, await find_dropped(connection, which))


async def _replay(settings: Settings, held: list[Held], done: Any) -> int:
    async with connected(settings) as connection:
        return await send_again(settings, connection, held, done)
