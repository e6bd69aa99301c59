"""`python -m seawall.demo`: what `make run` does."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from seawall.demo.play import Options, play
from seawall.embedded.running import read_run_file
from seawall.errors import AlreadyRunningError, SeawallError
from seawall.settings import Settings, load_settings


def demo(
    *,
    data: Annotated[Path | None, typer.Option(help="Folder for everything (SEAWALL_DATA).")] = None,
    once: Annotated[
        bool, typer.Option("--once", help="One run, then the numbers; so wherever no terminal is.")
    ] = False,
    seconds: Annotated[float, typer.Option(min=1, max=3600, help="Time that the crashes are spread over.")] = 25.0,
) -> None:
    """Start everything, and a small shop of programs that really crash; watch what becomes of their errors.

    On a terminal it goes on until Ctrl-C. Elsewhere it runs once, prints a table, and exits 1 if a number does not
    agree.

    Example: python -m seawall.demo --once --seconds 10
    """
    settings = load_settings()
    if data is not None:
        settings = settings.model_copy(update={"data": data})
    settings = settings.model_copy(update={"data": settings.data.expanduser().absolute()})
    console = Console(width=None if sys.stdout.isatty() else 140)
    options = Options(once=once or not sys.stdout.isatty(), seconds=seconds)
    try:
        code = asyncio.run(_until_stopped(options, settings, console))
    except SeawallError as error:
        console.print(f"error: {error}", style="red", highlight=False, markup=False)
        code = 1
    raise typer.Exit(code)


async def _until_stopped(options: Options, settings: Settings, console: Console) -> int:
    if running := read_run_file(settings.data):
        raise AlreadyRunningError(f"seawall is already running in {settings.data} (pid {running['pid']})")
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    return await play(settings, options, console, stopping)


if __name__ == "__main__":
    typer.run(demo)
