"""`seawall rules test`."""

import asyncio
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seawall.cli.output import print_json, print_table, progress
from seawall.cli.times import parse_time
from seawall.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.backtesting import Firing
    from rules.rulefile import RuleFile

__all__ = ["backtest"]


def backtest(
    file: Annotated[Path | None, typer.Argument(help="As of `rules check`; by default the settings'.")] = None,
    *,
    since: Annotated[
        datetime, typer.Option(parser=parse_time, metavar="TIME", help="From when on: 12h, 7d (ago), 2026-01-31.")
    ] = "7d",  # type: ignore[assignment]  # parsed as what is given
    limit: Annotated[int, typer.Option(min=0, help="Incidents shown, the latest.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say when each rule of a file would have fired on what is stored, how often, and who would have been told.

    What people did meanwhile is not replayed: nothing is resolved by hand, and so nothing comes back. Whom policies
    would have paged is said as if nobody had acknowledged; silences and times at which routes are mute are left out.

    Example: `seawall rules test rules.yaml --since 7d`
    """
    from seawall.rulebook import rules_in_force  # noqa: PLC0415 -- start-up time

    settings = load_settings()
    rules = rules_in_force(file or settings.rules, given=file is not None)
    number, firings, untried = asyncio.run(_replayed(settings, rules, since))
    if as_json:
        summary, incidents = _summary(rules, firings), [_as_json(one) for one in firings]
        print_json(
            {"since": since, "occurrences": number, "rules": summary, "not_tried": untried, "incidents": incidents}
        )
        return
    typer.echo(f"{number:,} occurrences since {since:%Y-%m-%d %H:%M} UTC")
    for name, why in untried.items():
        typer.echo(f"{name} could not be tried: {why}")
    rows = [
        [
            one["rule"],
            one["fired"],
            _when(one["first"]),
            _when(one["last"]),
            one["messages"],
            ", ".join(one["told"]),
            one["pages"],
        ]
        for one in _summary(rules, firings)
    ]
    print_table("rules", ["rule", "fired", "first", "last", "messages", "told", "pages"], rows)
    shown = firings[max(len(firings) - limit, 0) :]
    print_table(
        f"the latest {len(shown)} of {len(firings):,} incidents",
        ["at", "until", "rule", "severity", "what", "why"],
        [
            [_when(one.at), _when(one.until), one.rule, one.severity, _what(one), "; ".join(one.reasons)]
            for one in shown
        ],
    )
    pages = [
        [_when(page.at), one.rule, page.policy, page.said, ", ".join(page.channels)]
        for one in shown
        for page in one.paged
    ]
    if pages:
        typer.echo("")
        print_table("pages of these, had nobody acknowledged", ["at", "rule", "policy", "who", "over"], pages)


async def _replayed(
    settings: Settings, rules: "RuleFile", since: datetime
) -> "tuple[int, list[Firing], dict[str, str]]":
    """How many occurrences there are, the incidents, and the rules that could not be tried, with the reason."""
    from seawall.backtesting import backtest as replayed  # noqa: PLC0415
    from seawall.postgres import connected  # noqa: PLC0415
    from seawall.prometheus import access_of, asked_before  # noqa: PLC0415
    from sinks.postgres.history import count_occurrences  # noqa: PLC0415

    asked = await asked_before(access_of(settings), rules, since.timestamp(), datetime.now(UTC).timestamp())
    async with connected(settings) as connection:
        total = await count_occurrences(connection, since)
        with progress("replaying", total, "occurrences") as done:
            replay = await replayed(
                connection, rules, since, lateness=settings.lateness, done=done, asked=asked.requests
            )
    return total, replay.firings, asked.unanswered


def _summary(rules: "RuleFile", firings: "Sequence[Firing]") -> list[dict[str, Any]]:
    """A line each rule, also of those that never fired."""
    by_rule = defaultdict[str, "list[Firing]"](list)
    for one in firings:
        by_rule[one.rule].append(one)
    return [
        {
            "rule": name,
            "fired": len(found := by_rule[name]),
            "first": _utc(found[0].at) if found else None,
            "last": _utc(found[-1].at) if found else None,
            "messages": sum(one.messages for one in found),
            "told": list(dict.fromkeys(channel for one in found for channel in one.told)),
            "pages": sum(len(one.paged) for one in found),
        }
        for name in (*(rule.name for rule in rules.alerts), *(rule.name for rule in rules.thresholds))
    ]


def _as_json(one: "Firing") -> dict[str, Any]:
    return {
        "rule": one.rule, "at": _utc(one.at), "until": _utc(one.until), "severity": one.severity, "what": _what(one),
        "service": one.by.get("service", one.group.service), "environment": one.group.environment,
        "reasons": one.reasons, "told": one.told, "messages": one.messages,
        "pages": [
            {"at": _utc(page.at), "policy": page.policy, "who": page.said, "channels": list(page.channels)}
            for page in one.paged
        ],
    }  # fmt: skip


def _what(one: "Firing") -> str:
    if one.key.startswith("group:"):
        return one.group.title
    return ", ".join(f"{field} {value}" for field, value in one.by.items() if value)


def _utc(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)


def _when(at: "float | datetime | None") -> str:
    if at is None:
        return ""
    return f"{at if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC):%m-%d %H:%M:%S}"
