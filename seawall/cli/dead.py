"""`seawall dead list|show|replay`."""

import asyncio
import json
import secrets
from collections.abc import Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from models.dead import Place
from models.reasons import DeadReason
from seawall.cli.output import NONE, ask, print_json, print_table, progress, say
from seawall.cli.times import parse_time
from seawall.dead_letters import DeadFilter, Exhumed, Letter, exhume, find
from seawall.dead_replaying import Replayed, replay
from seawall.errors import SeawallError
from seawall.postgres import connected
from seawall.settings import Settings, load_settings
from seawall.showing import as_text, hexdump

if TYPE_CHECKING:
    from rules.masking import Masker

__all__ = ["dead_app"]

dead_app = typer.Typer(no_args_is_help=True)

T = TypeVar("T")
Reason = Annotated[DeadReason | None, typer.Option(help="Only this reason.")]
Topic = Annotated[str | None, typer.Option(help="Only from this topic.")]
Since = Annotated[
    datetime | None,
    typer.Option(parser=parse_time, metavar="TIME", help="From then on: a time (UTC), or 2h, 3d (ago)."),
]
Until = Annotated[datetime | None, typer.Option(parser=parse_time, metavar="TIME", help="Before then.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dead_app.callback()
def _dead() -> None:
    """Records that could not be read: which, why, and again after a fix.

    Example: `seawall dead list --reason invalid_json`
    """


@dead_app.command("list")
def list_(
    *,
    reason: Reason = None,
    topic: Topic = None,
    since: Since = None,
    until: Until = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="Leave out what was replayed.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
    as_json: Json = False,
) -> None:
    """List dead letters, the newest last.

    Example: `seawall dead list --since 2h --reason no_error`
    """
    which = DeadFilter(reason=reason, topic=topic, since=since, until=until, waiting_only=waiting, limit=limit)
    letters = _run(_find(load_settings(), which))
    if as_json:
        print_json([_facts(letter) for letter in letters])
        return
    rows = [
        (
            str(letter.place),
            letter.reason,
            letter.size,
            f"{letter.received_at:%Y-%m-%d %H:%M:%S}",
            letter.replays,
            letter.detail,
        )
        for letter in letters
    ]
    print_table("Dead letters", ["id", "reason", "bytes", "received (UTC)", "replays", "detail"], rows)
    if len(letters) == limit:
        typer.echo(f"the newest {limit}; more with --limit", err=True)


@dead_app.command()
def show(
    place: Annotated[str, typer.Argument(metavar="ID", help="As `seawall dead list` prints it.")],
    *,
    size: Annotated[int, typer.Option(min=1, max=1_000_000, help="Bytes of the record to show.")] = 4_096,
    raw: Annotated[bool, typer.Option("--raw", help="Mask nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Show one dead letter: reason, origin, headers and the record, masked, as text or as a hex dump.

    Example: `seawall dead show errors/0/0/42`
    """
    settings = load_settings()
    letter, found = _run(_show(settings, _place(place)))
    record, headers = _shown(settings, found, raw=raw) if found else (b"", {})
    text = as_text(record[:size]) if found else None
    dump = hexdump(record[:size]) if found and text is None else None
    if as_json:
        print_json({**_facts(letter), "headers": headers, "text": text, "hex": dump, "in_topic": bool(found)})
        return
    for name, value in _facts(letter).items():
        say(f"{name:>12}  {NONE if value is None else value}")
    for name, value in headers.items():
        say(f"{'header':>12}  {name}: {value}")
    if found is None:
        typer.echo("\nthe dead-letter topic does not hold the record any more")
        return
    shown = text if text is not None else dump
    cut = f"\n… {len(record) - size:,} bytes more, see --size" if len(record) > size else ""
    typer.echo(f"\n{shown}{cut}")


@dead_app.command("replay")
def replay_(
    places: Annotated[list[str] | None, typer.Argument(metavar="[ID…]", help="Only these.")] = None,
    *,
    reason: Reason = None,
    topic: Topic = None,
    since: Since = None,
    until: Until = None,
    again: Annotated[bool, typer.Option("--again", help="Also what was replayed before.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="The newest so many.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Send dead letters back to the topic they came from. Replayed twice, an error still counts once.

    Example: `seawall dead replay --reason refused --since 1d --dry-run`
    """
    which = DeadFilter(
        reason=reason, topic=topic, since=since, until=until, places=[_place(one) for one in places or []],
        waiting_only=not again, limit=limit,
    )  # fmt: skip
    settings = load_settings()
    letters = _run(_find(settings, which))
    _missed(which, letters)
    if dry_run or not letters:
        result = Replayed()
    elif yes or ask(
        f"Send {len(letters):,} records back to {', '.join(sorted({one.place.topic for one in letters}))}?"
    ):
        with progress("replaying", len(letters), "records") as done:
            result = _run(_replay(settings, letters, done))
    else:
        raise SeawallError("nothing was sent")
    if as_json:
        told = {"matched": len(letters), "sent": result.sent, "gone": result.gone, "refused": result.refused.total()}
        print_json({**told, "dry_run": dry_run})
        raise typer.Exit(1 if result.refused else 0)
    gone = f"; {result.gone:,} are not in the dead-letter topic any more" if result.gone else ""
    done_text = f"would send {len(letters):,}" if dry_run else f"sent {result.sent:,} of {len(letters):,}"
    typer.echo(f"{done_text} records{gone}")
    if result.refused:
        raise SeawallError("; ".join(f"{count:,} {why}" for why, count in result.refused.most_common(5)))


def _shown(settings: Settings, found: Exhumed, *, raw: bool) -> tuple[bytes, dict[str, str]]:
    """The record and its headers, by the masking rules in force unless they are asked for `raw`."""
    value, headers = found.value or b"", dict(found.headers)
    if not raw:
        from rules.masking import Masker  # noqa: PLC0415 -- compiles its patterns: only where a record is shown
        from seawall.rulebook import rules_in_force  # noqa: PLC0415

        # A key of its own: what it hashes is to be read once, and compared with nothing.
        masker = Masker(rules_in_force(settings.rules).masking, secrets.token_bytes(32))
        value = masker.mask_bytes(value)
        headers = {name: _masked_header(masker, name, given) for name, given in headers.items()}
    return value, {name: as_text(given[:500]) or hexdump(given[:64]) for name, given in headers.items()}


def _masked_header(masker: "Masker", name: str, value: bytes) -> bytes:
    """A header's value without what its name or its form tells to be a secret."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return masker.mask_bytes(value)
    masked: dict[str, str] = json.loads(masker.mask_bytes(json.dumps({name: text}).encode()))
    return next(iter(masked.values())).encode()


def _run(work: Coroutine[Any, Any, T]) -> T:
    with progress("reading"):
        return asyncio.run(work)


def _place(text: str) -> Place:
    try:
        return Place.parse(text)
    except ValueError:
        raise SeawallError(f"{text[:100]!r} is not an id: topic/partition/generation/offset") from None


def _missed(which: DeadFilter, letters: list[Letter]) -> None:
    """Refuse ids that were named and are not to be had: a mistyped one must not pass for a success."""
    got = {letter.place for letter in letters}
    if missed := [str(place) for place in which.places if place not in got]:
        also = " that was not replayed before (see --again) and fits the filter" if which.waiting_only else ""
        raise SeawallError(f"no dead letter {', '.join(missed[:5])}{also}; nothing was sent")


def _facts(letter: Letter) -> dict[str, Any]:
    return {
        "id": str(letter.place),
        "reason": letter.reason,
        "detail": letter.detail,
        "size": letter.size,
        "received_at": letter.received_at,
        "dead_at": f"{letter.dead_partition}/{letter.dead_offset}",
        "replays": letter.replays,
        "replayed_at": letter.replayed_at,
    }


async def _find(settings: Settings, which: DeadFilter) -> list[Letter]:
    async with connected(settings) as connection:
        return await find(connection, which)


async def _show(settings: Settings, place: Place) -> tuple[Letter, Exhumed | None]:
    letters = await _find(settings, DeadFilter(places=[place]))
    if not letters:
        raise SeawallError(f"no dead letter {place}")
    async for found in exhume(settings, letters):
        if isinstance(found, Exhumed):
            return found.letter, found
    return letters[0], None


async def _replay(settings: Settings, letters: list[Letter], done: Any) -> Replayed:
    async with connected(settings) as connection:
        return await replay(settings, connection, letters, done)
