"""`seawall sourcemaps upload|list|delete`."""

import asyncio
import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.source_map import MapKey
from seawall.cli.output import NONE, ask, print_json, print_table, progress
from seawall.errors import SeawallError
from seawall.settings import Settings, load_settings

if TYPE_CHECKING:
    from seawall.source_maps import FoundMap
    from sinks.postgres.source_maps import StoredMap

__all__ = ["sourcemaps_app"]

sourcemaps_app = typer.Typer(no_args_is_help=True)

_DAYS = re.compile(r"(\d{1,4})d")
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _days(text: str) -> datetime:
    found = _DAYS.fullmatch(text.strip())
    if found is None:
        raise typer.BadParameter("is not like 90d")
    return datetime.now(UTC) - timedelta(days=int(found[1]))


@sourcemaps_app.callback()
def _sourcemaps() -> None:
    """Source maps: with them, stacks of minified JavaScript are told as they were written, and grouped by that.

    Example: `seawall sourcemaps upload dist --release shop@1.4.2 --url-prefix '~/static'`
    """


@sourcemaps_app.command()
def upload(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files, or folders with everything below.")],
    *,
    release: Annotated[str, typer.Option(help="As errors name it; not needed for files with debug ids.")] = "",
    url_prefix: Annotated[str, typer.Option(help="What stands before a file's path; `~`: any host.")] = "~",
    dist: Annotated[str, typer.Option(help="The build within the release, as errors name it.")] = "",
    service: Annotated[str, typer.Option(help="Only for this service; by default for all.")] = "",
    as_json: Json = False,
) -> None:
    """Upload the source maps of a release, in place of those that it has.

    Example: `seawall sourcemaps upload dist --release shop@1.4.2 --url-prefix '~/static'`
    """
    from seawall.source_maps import find_maps, uploaded_url  # noqa: PLC0415 -- start-up time

    found = list(find_maps(paths))
    if not found:
        raise SeawallError("there are no source maps in it")
    if not release and (nameless := next((one for one in found if not one.debug_id), None)):
        raise SeawallError(f"{nameless.path} has no debug id: name the --release that it is of")
    keys = [MapKey(one.debug_id, service, release, dist, uploaded_url(one, url_prefix)) for one in found]
    with progress("uploading", len(found), "maps") as done:
        asyncio.run(_upload(load_settings(), keys, found, done))
    if as_json:
        print_json([{**key._asdict(), "size": _size(one)} for key, one in zip(keys, found, strict=True)])
        return
    rows = [(key.url, key.debug_id or NONE, _size(one)) for key, one in zip(keys, found, strict=True)]
    print_table(f"Uploaded for {release or 'their debug ids'}", ["url", "debug id", "bytes"], rows)


@sourcemaps_app.command("list")
def list_(
    *,
    release: Annotated[str | None, typer.Option(help="Only of this release.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The latest so many.")] = 100,
    as_json: Json = False,
) -> None:
    """List source maps, the latest first.

    Example: `seawall sourcemaps list --release shop@1.4.2`
    """
    maps = asyncio.run(_list(load_settings(), release, limit))
    if as_json:
        print_json([asdict(one) for one in maps])
        return
    rows = [
        (
            one.id, one.release or NONE, one.url, one.debug_id or NONE, one.service or NONE, one.size,
            f"{one.uploaded_at:%Y-%m-%d %H:%M}",
        )
        for one in maps
    ]  # fmt: skip
    print_table("Source maps", ["id", "release", "url", "debug id", "service", "bytes", "uploaded (UTC)"], rows)


@sourcemaps_app.command()
def delete(
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID…]", help="Only these.")] = None,
    *,
    release: Annotated[str | None, typer.Option(help="All of this release.")] = None,
    before: Annotated[
        datetime | None, typer.Option(parser=_days, metavar="AGO", help="All that are older: 90d.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Delete source maps. Errors that are stored keep their stacks.

    Example: `seawall sourcemaps delete --before 90d`
    """
    if release is None and before is None and not ids:
        raise SeawallError("say which: by id, --release or --before")
    if not (yes or ask("Delete these source maps?")):
        raise SeawallError("nothing was deleted")
    deleted = asyncio.run(_delete(load_settings(), release, before, ids or []))
    if as_json:
        print_json({"deleted": deleted})
        return
    typer.echo(f"deleted {deleted:,} source maps")


async def _upload(settings: Settings, keys: list[MapKey], found: "list[FoundMap]", done: Any) -> None:
    from seawall.postgres import connected  # noqa: PLC0415
    from sinks.postgres.source_maps import SourceMapTooLargeError, put_map  # noqa: PLC0415

    async with connected(settings) as connection:
        for key, one in zip(keys, found, strict=True):
            try:
                await put_map(connection, key, one.minified, one.source_map)
            except SourceMapTooLargeError as error:
                raise SeawallError(str(error)) from error
            done(1)


async def _list(settings: Settings, release: str | None, limit: int) -> "list[StoredMap]":
    from seawall.postgres import connected  # noqa: PLC0415
    from sinks.postgres.source_maps import list_maps  # noqa: PLC0415

    async with connected(settings) as connection:
        return await list_maps(connection, release, limit)


async def _delete(settings: Settings, release: str | None, before: datetime | None, ids: list[int]) -> int:
    from seawall.postgres import connected  # noqa: PLC0415
    from sinks.postgres.source_maps import delete_maps  # noqa: PLC0415

    async with connected(settings) as connection:
        return await delete_maps(connection, release, before, ids)


def _size(found: "FoundMap") -> int:
    return len(found.minified or b"") + len(found.source_map)
