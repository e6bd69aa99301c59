"""`seawall releases new|list`."""

import asyncio
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from seawall.cli.output import NONE, print_json, print_table
from seawall.settings import Settings, load_settings

__all__ = ["releases_app"]

releases_app = typer.Typer(no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@releases_app.callback()
def _releases() -> None:
    """Releases: what is known of them is told with errors, and says whether an error is back after its fix.

    Example: `seawall releases new shop 1.4.2 --environment production --commits-from .`
    """


@releases_app.command()
def new(
    service: Annotated[str, typer.Argument(help="As its errors name it.")],
    release: Annotated[str, typer.Argument(help="Likewise.")],
    *,
    environment: Annotated[str, typer.Option(help="By default for all.")] = "",
    commit: Annotated[str | None, typer.Option(help="What it was built from.")] = None,
    previous: Annotated[str | None, typer.Option(help="The release before it.")] = None,
    url: Annotated[str | None, typer.Option(help="Where it is told of.")] = None,
    author: Annotated[str | None, typer.Option(help="Who released it.")] = None,
    commits_from: Annotated[
        Path | None,
        typer.Option(help="A clone of its repository: takes the commits since the release, or the tag, before it."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a release known, once it is out.

    Example: `seawall releases new shop 1.4.2 --commit "$GIT_SHA" --previous 1.4.1 --commits-from .`
    """
    from models.release import Release  # noqa: PLC0415 -- start-up time
    from seawall.releases import commits_between, make_known  # noqa: PLC0415

    async def send() -> tuple[Release, str]:
        read = await commits_between(commits_from, previous, commit) if commits_from is not None else None
        sha, commits = read or (commit, ())
        made = Release(
            service=service, release=release, environment=environment, at=time.time(), commit=sha, previous=previous,
            url=url, author=author, commits=commits,
        )  # fmt: skip
        place = await make_known(settings, made)
        return made, f"{place.topic}/{place.partition} offset {place.offset}"

    settings = load_settings()
    made, place = asyncio.run(send())
    if as_json:
        print_json({"service": service, "release": release, "commits": len(made.commits), "place": place})
        return
    with_them = f" with {len(made.commits):,} commits" if made.commits else ""
    typer.echo(f"sent {service} {release}{with_them} to {place}")


@releases_app.command("list")
def list_(
    *,
    service: Annotated[str | None, typer.Option(help="Only of this service.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The latest so many.")] = 50,
    as_json: Json = False,
) -> None:
    """List releases, the newest first.

    Example: `seawall releases list --service shop`
    """
    found = asyncio.run(_listed(load_settings(), service, limit))
    if as_json:
        print_json(found)
        return
    rows = [
        (
            one["service"], one["environment"] or NONE, one["release"], f"{one['at']:%Y-%m-%d %H:%M}",
            (one["commit"] or NONE)[:12], one["commits"], one["author"] or NONE,
        )
        for one in found
    ]  # fmt: skip
    columns = ["service", "environment", "release", "released (UTC)", "commit", "commits", "author"]
    print_table("Releases", columns, rows)


async def _listed(settings: Settings, service: str | None, limit: int) -> list[dict[str, Any]]:
    from seawall.releases import list_releases  # noqa: PLC0415 -- start-up time

    return await list_releases(settings, service, limit)
