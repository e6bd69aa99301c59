"""`seawall monitors list|delete`."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

import typer

from seawall.cli.output import NONE, ask, print_json, print_table
from seawall.errors import SeawallError
from seawall.settings import Settings, load_settings
from seawall.showing import as_text

__all__ = ["monitors_app"]

monitors_app = typer.Typer(no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@monitors_app.callback()
def _monitors() -> None:
    """Jobs that run by a schedule and check in, as Sentry's SDKs let them.

    Example: `seawall monitors list`
    """


@monitors_app.command("list")
def list_(
    project: Annotated[str | None, typer.Argument(help="Only of this one.")] = None, *, as_json: Json = False
) -> None:
    """List the jobs, those first that fail.

    Example: `seawall monitors list shop`
    """
    found = asyncio.run(_listed(load_settings(), project))
    if as_json:
        print_json(found)
        return
    rows = [
        (one["id"], one["project"], _shown(one["slug"]), _shown(one["environment"]), _schedule(one), one["timezone"],
         _state(one), _time(one["last_at"]), _time(one["next_due"]))
        for one in found
    ]  # fmt: skip
    columns = ["id", "project", "job", "environment", "schedule", "zone", "state", "last (UTC)", "next (UTC)"]
    print_table("Monitors", columns, rows)


@monitors_app.command()
def delete(
    monitor: Annotated[int, typer.Argument(metavar="ID", help="As `seawall monitors list` tells it.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Forget a job that is to run no more, and its runs; it is known again if it checks in again.

    Example: `seawall monitors delete 3`
    """
    if not (yes or ask(f"Forget monitor {monitor} and its runs?")):
        raise SeawallError("nothing was changed")
    if not asyncio.run(_delete(load_settings(), monitor)):
        raise SeawallError(f"there is no monitor {monitor}")
    if as_json:
        print_json({"deleted": monitor})
        return
    typer.echo(f"monitor {monitor} is forgotten")


def _schedule(one: dict[str, Any]) -> str:
    if one["schedule_kind"] == "interval":
        return f"every {one['schedule']} {one['schedule_unit']}"
    return one["schedule"] or NONE


def _state(one: dict[str, Any]) -> str:
    state = "failing" if one["failing"] else "ok"
    return f"{state} ({one['last_status']})" if one["last_status"] else state


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at is not None else NONE


def _shown(text: str) -> str:
    return as_text(text.encode()) or NONE


async def _listed(settings: Settings, project: str | None) -> list[dict[str, Any]]:
    from seawall.postgres import connected  # noqa: PLC0415 -- start-up time
    from sinks.postgres.monitors import list_monitors  # noqa: PLC0415

    async with connected(settings) as connection:
        return await list_monitors(connection, project)


async def _delete(settings: Settings, monitor: int) -> bool:
    from seawall.postgres import connected  # noqa: PLC0415 -- start-up time
    from sinks.postgres.monitors import delete_monitor  # noqa: PLC0415

    async with connected(settings) as connection:
        return await delete_monitor(connection, monitor)
