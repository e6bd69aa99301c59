"""`seawall desk`."""

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import typer

from seawall.desk.presses import Hooks
from seawall.desk.server import Desk
from seawall.errors import SeawallError
from seawall.settings import load_settings

__all__ = ["desk"]

PORT = 8025


def desk(
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen on 127.0.0.1; 0: a free port.")] = PORT,
    state: Annotated[
        Path | None,
        typer.Option(help="File that keeps what came over a restart; by default desk.jsonl in the data folder."),
    ] = None,
) -> None:
    """Play Slack and PagerDuty on this machine, and show on a page what came.

    Alerts come here where no Slack or PagerDuty secret is set and SEAWALL_DESK_URL names the desk.

    Buttons below its messages work where SEAWALL_HOOKS_PORT and SEAWALL_SLACK_SIGNING_SECRET are set, for it and for a
    notifier.

    Example: `seawall desk --port 8025`, then open http://127.0.0.1:8025/
    """
    settings = load_settings()
    if state is None and settings.data.is_dir():
        state = settings.data / "desk.jsonl"
    hooks = None
    if settings.hooks_port and settings.slack_signing_secret:
        url = f"http://{settings.hooks_host}:{settings.hooks_port}"
        hooks = Hooks(url, settings.slack_signing_secret.get_secret_value())
    asyncio.run(_serve(port, state, hooks))


async def _serve(port: int, state: Path | None, hooks: Hooks | None) -> None:
    stop = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    server = Desk(port, state, hooks)
    try:
        await server.open()
    except OSError as error:
        raise SeawallError(f"the desk cannot listen on port {port}: {error.strerror or error}") from error
    typer.echo(f"The desk is at {server.url}/")
    await stop.wait()
    await server.close()
