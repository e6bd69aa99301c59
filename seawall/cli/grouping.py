"""`seawall grouping diff`."""

import asyncio
import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seawall.cli.output import print_json, progress, say
from seawall.settings import Settings, load_settings

if TYPE_CHECKING:
    from rules.grouping.comparing import Comparison, NewGroup, OldGroup
    from rules.rulefile import RuleFile

__all__ = ["grouping_app"]

grouping_app = typer.Typer(no_args_is_help=True)

_AGO = re.compile(r"(\d{1,6})\s*([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_MOST_COMPONENTS = 12  # shown of a group


def _ago(text: str) -> datetime:
    found = _AGO.fullmatch(text.strip())
    if found is None:
        raise typer.BadParameter("is not like 90m, 12h or 7d")
    return datetime.now(UTC) - timedelta(**{_UNITS[found[2]]: int(found[1])})


@grouping_app.callback()
def _grouping() -> None:
    """Grouping: what a change of its rules would do.

    Example: `seawall grouping diff --since 7d --rules new-rules.yaml`
    """


@grouping_app.command()
def diff(
    *,
    since: Annotated[datetime, typer.Option(parser=_ago, metavar="AGO", help="Events since then: 12h, 7d.")] = "7d",  # type: ignore[assignment]  # parsed as what is given
    rules: Annotated[Path | None, typer.Option(help="The rule file to try; by default the one in force.")] = None,
    service: Annotated[str | None, typer.Option(help="Only groups of this service.")] = None,
    sample: Annotated[int, typer.Option(min=1, max=1_000, help="Events looked at of each group, the latest.")] = 20,
    limit: Annotated[int, typer.Option(min=1, help="Splits and joins shown.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say which groups would split or join if they were made anew by a rule file, or by this version. Changes nothing.

    Without `--rules`, it says what differs from the rules in force: groups that earlier rules or versions made.

    Example: `seawall grouping diff --since 7d --rules new-rules.yaml`
    """
    from seawall.rulebook import rules_in_force  # noqa: PLC0415 -- start-up time

    settings = load_settings()
    tried = rules_in_force(rules or settings.rules, given=rules is not None)
    result = asyncio.run(_compare(settings, tried, since, service, sample))
    if as_json:
        print_json(_as_json(result))
        return
    _show(result, limit)


async def _compare(
    settings: Settings, tried: "RuleFile", since: datetime, service: str | None, sample: int
) -> "Comparison":
    from rules.grouping import Grouper  # noqa: PLC0415
    from rules.grouping.comparing import Comparer, OldGroup  # noqa: PLC0415
    from seawall.postgres import connected  # noqa: PLC0415
    from sinks.postgres.samples import count_groups, samples  # noqa: PLC0415

    comparer = Comparer(Grouper(tried.grouping), tried.grouping.similarity)
    async with connected(settings) as connection:
        total = await count_groups(connection, since, service)
        with progress("grouping anew", total, "groups") as done:
            last = None
            async for one in samples(connection, since, sample, service):
                old = OldGroup(one.group_id, one.title, one.service, one.environment, one.occurrences)
                comparer.add(old, one.payload, one.event_id)
                done(last != one.group_id)
                last = one.group_id
    return comparer.result()


def _as_json(result: "Comparison") -> dict[str, Any]:
    return {**asdict(result), "unchanged": result.unchanged}


def _show(result: "Comparison", limit: int) -> None:
    typer.echo(
        f"{result.groups:,} groups, {result.events:,} events looked at: {result.unchanged:,} groups stay as they are,"
        f" {len(result.splits):,} would split, {len(result.joins):,} new ones would join several"
    )
    for split in result.splits[:limit]:
        say(f"\nsplits  {_called(split.group)}", bold=True)
        for new in split.into:
            _show_new(new, new.sampled[split.group.id], new.examples[split.group.id])
    for join in result.joins[:limit]:
        say("\njoins", bold=True)
        for old in join.groups:
            say(f"  {_called(old)}")
        typer.echo("  into")
        examples = [ids[0] for ids in join.into.examples.values()]
        _show_new(join.into, sum(join.into.sampled.values()), examples)
    hidden = max(len(result.splits) - limit, 0) + max(len(result.joins) - limit, 0)
    if hidden:
        typer.echo(f"\n{hidden:,} more: --limit, or --json for all", err=True)


def _called(group: "OldGroup") -> str:
    return f"{group.title}  ({group.service}, {group.environment}, {group.events:,} events, {group.id})"


def _show_new(new: "NewGroup", sampled: int, examples: list[str]) -> None:
    by = f", by {new.rule}" if new.rule else ""
    say(f"    {sampled:>5,} of the sample  {new.title}{by}")
    shown = new.components[-_MOST_COMPONENTS:]
    more = "… > " if len(new.components) > len(shown) else ""
    say(f"          {more}{' > '.join(shown)}", dim=True)
    say(f"          such as {', '.join(examples)}", dim=True)
