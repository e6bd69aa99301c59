"""`seawall key create|list|rotate|revoke`."""

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seawall.cli.output import NONE, ask, print_json, print_table
from seawall.errors import SeawallError
from seawall.projects import gateway_url, key_lines, projects
from seawall.settings import load_settings

if TYPE_CHECKING:
    from sinks.postgres.projects import MadeKey, StoredKey

__all__ = ["key_app"]

key_app = typer.Typer(no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Number = Annotated[int, typer.Argument(metavar="ID", help="As `seawall key list` tells it.")]


@key_app.callback()
def _key() -> None:
    """Keys of projects: public ones for web pages and apps, secret ones for servers.

    Example: `seawall key create shop --origin https://shop.example`
    """


@key_app.command()
def create(
    project: Annotated[str, typer.Argument(help="Its name or number.")],
    *,
    secret: Annotated[bool, typer.Option("--secret", help="For servers: stored as a hash, shown once.")] = False,
    origin: Annotated[
        list[str] | None,
        typer.Option(help="Of web pages that may send: https://shop.example, https://*.shop.example, *."),
    ] = None,
    environment: Annotated[str | None, typer.Option(help="Of errors that name none.")] = None,
    label: Annotated[str, typer.Option(help="For people.")] = "",
    per_minute: Annotated[int | None, typer.Option(min=1, help="Events a minute; by default any.")] = None,
    as_json: Json = False,
) -> None:
    """Make a key, and print the addresses to send to.

    Example: `seawall key create shop --secret --environment staging`
    """
    options = {
        "secret": secret,
        "label": label,
        "environment": environment,
        "origins": origin or [],
        "per_minute": per_minute,
    }
    _print(asyncio.run(_create(project, options)), as_json=as_json)


@key_app.command("list")
def list_(
    project: Annotated[str | None, typer.Argument(help="Only of this one.")] = None, *, as_json: Json = False
) -> None:
    """List keys. Of secret ones only the last characters are known.

    Example: `seawall key list shop`
    """
    found = asyncio.run(_list(project))
    if as_json:
        print_json([asdict(one) for one in found])
        return
    rows = [
        (one.id, one.project, one.public_key or f"…{one.ending} (secret)", one.environment or NONE,
         ", ".join(one.origins) or NONE, one.events_per_minute or NONE, one.label or NONE, _state(one))
        for one in found
    ]  # fmt: skip
    print_table("Keys", ["id", "project", "key", "environment", "origins", "events/min", "label", "state"], rows)


@key_app.command()
def rotate(
    key: Number,
    *,
    grace: Annotated[int, typer.Option(min=0, max=8_760, help="Hours for which the old key still works.")] = 24,
    as_json: Json = False,
) -> None:
    """Make a key like an old one, which ends some time later.

    Example: `seawall key rotate 3 --grace 48`
    """
    _print(asyncio.run(_rotate(key, grace)), as_json=as_json)


@key_app.command()
def revoke(
    key: Number,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """End a key, on all gateways within seconds.

    Example: `seawall key revoke 3`
    """
    if not (yes or ask(f"End key {key}? What is sent with it is refused from then on.")):
        raise SeawallError("nothing was changed")
    asyncio.run(_revoke(key))
    if as_json:
        print_json({"revoked": key})
        return
    typer.echo(f"key {key} is revoked")


def _print(made: "MadeKey", *, as_json: bool) -> None:
    lines = key_lines(made, gateway_url(load_settings()))
    if as_json:
        print_json({"id": made.id, "project_id": made.project_id, "secret": made.secret, **lines})
        return
    for name, value in lines.items():
        typer.echo(f"{name:<8} {value}")
    if made.secret:
        typer.echo("keep it: it cannot be shown again")


def _state(key: "StoredKey") -> str:
    now = datetime.now(UTC)
    if key.revoked_at is not None:
        return f"revoked {key.revoked_at:%Y-%m-%d %H:%M}"
    if key.expires_at is None:
        return "in force"
    return f"{'ended' if key.expires_at <= now else 'ends'} {key.expires_at:%Y-%m-%d %H:%M}"


async def _create(project: str, options: "dict[str, Any]") -> "MadeKey":
    from sinks.postgres.projects import create_key  # noqa: PLC0415 -- start-up time

    async with projects(load_settings()) as connection:
        return await create_key(connection, project, **options)


async def _list(project: str | None) -> "list[StoredKey]":
    from sinks.postgres.projects import list_keys  # noqa: PLC0415

    async with projects(load_settings()) as connection:
        return await list_keys(connection, project)


async def _rotate(key: int, grace: int) -> "MadeKey":
    from sinks.postgres.projects import rotate_key  # noqa: PLC0415

    async with projects(load_settings()) as connection:
        return await rotate_key(connection, key, timedelta(hours=grace))


async def _revoke(key: int) -> None:
    from sinks.postgres.projects import revoke_key  # noqa: PLC0415

    async with projects(load_settings()) as connection:
        await revoke_key(connection, key)
