"""`seawall feedback list`."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from seawall.cli.output import NONE, print_json, print_table
from seawall.settings import Settings, load_settings
from seawall.showing import as_text

__all__ = ["feedback_app", "print_feedback"]

feedback_app = typer.Typer(no_args_is_help=True)


@feedback_app.callback()
def _feedback() -> None:
    """What people say of errors that they ran into, as Sentry's SDKs send it.

    Example: `seawall feedback list`
    """


@feedback_app.command("list")
def list_(
    *,
    project: Annotated[str | None, typer.Option(help="Only what was sent to this one.")] = None,
    group: Annotated[str | None, typer.Option(help="Only of this group's errors: its id, or the start of it.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The latest so many.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List it, the latest first.

    Example: `seawall feedback list --project shop`
    """
    found = asyncio.run(_listed(load_settings(), project, group, limit))
    if as_json:
        print_json(found)
        return
    print_feedback(found)


def print_feedback(found: Sequence[dict[str, Any]]) -> None:
    """Print what was said as a table."""
    rows = [
        (f"{one['at']:%Y-%m-%d %H:%M}", one["project"], (one["group_id"] or NONE)[:8], _shown(one["name"]),
         _shown(one["comments"]))
        for one in found
    ]  # fmt: skip
    print_table("Feedback", ["when (UTC)", "project", "group", "who", "what"], rows)


def _shown(text: str | None) -> str:
    return as_text(text.encode()) or NONE if text else NONE


async def _listed(settings: Settings, project: str | None, group: str | None, limit: int) -> list[dict[str, Any]]:
    from seawall.ids import find_group_id  # noqa: PLC0415 -- start-up time
    from seawall.postgres import connected  # noqa: PLC0415
    from sinks.postgres.feedback import list_feedback  # noqa: PLC0415

    async with connected(settings) as connection:
        group_id = await find_group_id(connection, group) if group is not None else None
        return await list_feedback(connection, project=project, group_id=group_id, limit=limit)
