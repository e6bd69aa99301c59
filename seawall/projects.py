"""Projects and keys for commands: how their addresses are written, and errors that a person can act on."""

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from seawall.embedded.running import read_running
from seawall.errors import SeawallError
from seawall.postgres import connected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from psycopg import AsyncConnection

    from seawall.settings import Settings
    from sinks.postgres.projects import MadeKey

__all__ = ["dsn", "gateway_url", "key_lines", "projects"]


def gateway_url(settings: "Settings") -> str:
    """Where senders on this machine reach the gateway: the one that `seawall up` runs beside the database, or ours."""
    running = read_running(settings.data.expanduser()) or {}
    if running.get("DATABASE_URL") == settings.postgres() and "SEAWALL_GATEWAY_URL" in running:
        return running["SEAWALL_GATEWAY_URL"]
    host = settings.gateway_host
    if host in {"0.0.0.0", "::"}:  # noqa: S104 -- compared with, not bound to
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.gateway_port}"


def dsn(url: str, key: str, project_id: int) -> str:
    """A DSN as Sentry's SDKs and seawall-client take it."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{key}@{rest}/{project_id}"


@asynccontextmanager
async def projects(settings: "Settings") -> "AsyncIterator[AsyncConnection[Any]]":
    """A connection for what `sinks.postgres.projects` does; its errors become SeawallError."""
    from sinks.postgres.projects import ProjectError  # noqa: PLC0415 -- start-up time

    async with connected(settings) as connection:
        try:
            yield connection
        except ProjectError as error:
            raise SeawallError(str(error)) from None


def key_lines(made: "MadeKey", url: str) -> dict[str, str]:
    """What a person needs of a new key."""
    return {
        "key": made.text,
        "project": f"{made.project} ({made.project_id})",
        "dsn": dsn(url, made.text, made.project_id),
        "errors": f"{url}/v1/errors",
    }
