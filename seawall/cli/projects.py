"""`seawall project create|list`."""

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli.output import NONE, print_json, print_table
from seawall.projects import projects
from seawall.settings import load_settings

if TYPE_CHECKING:
    from sinks.postgres.projects import Project

__all__ = ["project_app"]

project_app = typer.Typer(no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@project_app.callback()
def _project() -> None:
    """Projects: who sends to the gateway; a project's name is the service of errors that name none.

    Example: `seawall project create shop`
    """


@project_app.command()
def create(
    name: Annotated[str, typer.Argument(help="Letters, digits, dots, dashes.")],
    *,
    per_minute: Annotated[int | None, typer.Option(min=1, help="Events a minute; by default any.")] = None,
    per_day: Annotated[int | None, typer.Option(min=1, help="Events a day; by default any.")] = None,
    as_json: Json = False,
) -> None:
    """Make a project. It needs a key before anything can be sent.

    Example: `seawall project create shop && seawall key create shop`
    """
    number = asyncio.run(_create(name, per_minute, per_day))
    if as_json:
        print_json({"id": number, "name": name})
        return
    typer.echo(f"made project {number}: {name}")


@project_app.command("list")
def list_(*, as_json: Json = False) -> None:
    """List projects.

    Example: `seawall project list`
    """
    found = asyncio.run(_list())
    if as_json:
        print_json([asdict(one) for one in found])
        return
    rows = [
        (one.id, one.name, one.keys, one.events_per_minute or NONE, one.events_per_day or NONE,
         f"{one.created_at:%Y-%m-%d %H:%M}")
        for one in found
    ]  # fmt: skip
    print_table("Projects", ["id", "name", "keys", "events/min", "events/day", "made (UTC)"], rows)


async def _create(name: str, per_minute: int | None, per_day: int | None) -> int:
    from sinks.postgres.projects import create_project  # noqa: PLC0415 -- start-up time

    async with projects(load_settings()) as connection:
        return await create_project(connection, name, per_minute=per_minute, per_day=per_day)


async def _list() -> "list[Project]":
    from sinks.postgres.projects import list_projects  # noqa: PLC0415

    async with projects(load_settings()) as connection:
        return await list_projects(connection)
