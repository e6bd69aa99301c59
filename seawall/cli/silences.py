"""`seawall silences`: what nobody wants to hear of for a while."""

import asyncio
import getpass
import time
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from seawall.cli.output import NONE, print_json, print_table, progress
from seawall.cli.times import parse_time_ahead
from seawall.settings import load_settings
from seawall.silences import added, ended, listed, previewed

if TYPE_CHECKING:
    from models.notifying import Matcher

__all__ = ["silences_app"]

silences_app = typer.Typer(no_args_is_help=True)

T = TypeVar("T")
DEFAULT = "2h"
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Matchers = Annotated[
    list[str],
    typer.Argument(help="All must fit: service=shop, type!=KeyError, title~'*timeout*', team!~'pay*'."),
]


@silences_app.callback()
def _silences() -> None:
    """Silences: incidents that fit are kept and counted, but nobody is told of them until the silence ends.

    Who was told of an incident before is still told when it is acknowledged or over. When a silence ends, what still
    holds is told, and one message says what was held back.

    Example: `seawall silences add service=shop severity=error --for 2h --comment "moving the database"`
    """


@silences_app.command("list")
def list_(
    *,
    since: Annotated[str, typer.Option(metavar="DURATION", help="Those as well that ended so long ago.")] = "0s",
    as_json: Json = False,
) -> None:
    """List the silences that hold or will hold, and how many incidents each held back.

    Example: `seawall silences list --since 7d`
    """
    rows = _run(listed(load_settings(), ended_since=time.time() - _duration(since)))
    if as_json:
        print_json(rows)
        return
    print_table(
        "Silences",
        ["silence", "matchers", "from", "until (UTC)", "author", "comment", "held back"],
        [
            (
                *(row["id"][:8], " ".join(row["matchers"])),
                *(f"{row[name]:%m-%d %H:%M}" for name in ("starts_at", "ends_at")),
                *(row["author"], row["comment"] or NONE, row["held_back"]),
            )
            for row in rows
        ],
    )


@silences_app.command()
def add(
    matchers: Matchers,
    *,
    lasts: Annotated[str, typer.Option("--for", metavar="DURATION", help="How long.")] = DEFAULT,
    until: Annotated[
        float | None,
        typer.Option(parser=parse_time_ahead, metavar="TIME", help="Until then, instead: 2h, 3d or a date."),
    ] = None,
    starts: Annotated[
        float | None, typer.Option("--from", parser=parse_time_ahead, metavar="TIME", help="Not now, but from then on.")
    ] = None,
    comment: Annotated[str, typer.Option(help="Why, for whoever wonders.")] = "",
    author: Annotated[str, typer.Option(help="Whose silence it is.", default_factory=getpass.getuser)],
    as_json: Json = False,
) -> None:
    """Silence what fits.

    Example: `seawall silences add service=shop "title~*timeout*" --for 90m --comment "load test"`
    """
    starts_at = time.time() if starts is None else starts
    ends_at = until if until is not None else starts_at + _duration(lasts)
    made = _run(
        added(load_settings(), _parsed(matchers), starts_at=starts_at, ends_at=ends_at, author=author, comment=comment)
    )
    if as_json:
        print_json(made)
    else:
        typer.echo(f"silence {made['id'][:8]} until {made['ends_at']:%Y-%m-%d %H:%M} UTC; it hides {made['hides']} now")


@silences_app.command()
def preview(matchers: Matchers, *, as_json: Json = False) -> None:
    """Show which live incidents a silence would hide.

    Example: `seawall silences preview service=shop`
    """
    rows = _run(previewed(load_settings(), _parsed(matchers)))
    if as_json:
        print_json(rows)
        return
    print_table(
        "It would hide",
        ["incident", "severity", "service", "title"],
        [(row["id"][:8], row["severity"], row["service"], row["title"]) for row in rows],
    )


@silences_app.command()
def expire(
    silence: Annotated[str, typer.Argument(help="A silence's id, or the first characters of one.")],
    *,
    as_json: Json = False,
) -> None:
    """Let a silence end now: what it held back and still holds is told.

    Example: `seawall silences expire 6f1c3c0e`
    """
    done = _run(ended(load_settings(), silence))
    if as_json:
        print_json(done)
    else:
        typer.echo(f"silence {done['id'][:8]} has ended; incidents that it held back: {done['held_back']}")


def _parsed(texts: list[str]) -> "list[Matcher]":
    from rules.quiet import parse_matcher  # noqa: PLC0415 -- start-up time of `seawall --help`

    try:
        return [parse_matcher(text) for text in texts]
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _duration(text: str) -> float:
    from rules.rulefile.durations import parse_duration  # noqa: PLC0415

    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _run(work: Coroutine[Any, Any, T]) -> T:
    with progress("asking the database"):
        return asyncio.run(work)
