"""`seawall env`."""

import os
import shlex
from pathlib import Path
from typing import Annotated

import typer

from seawall.cli.output import print_json
from seawall.embedded.running import read_running
from seawall.errors import NothingRunsError
from seawall.settings import load_settings

__all__ = ["env"]

# The names that other programs use, and under which ours find the same servers.
OURS = {
    "KAFKA_BOOTSTRAP_SERVERS": "SEAWALL_KAFKA_BOOTSTRAP_SERVERS",
    "DATABASE_URL": "SEAWALL_DATABASE_URL",
    "REDIS_URL": "SEAWALL_REDIS_URL",
}


def env(
    *,
    data: Annotated[Path | None, typer.Option(help="Folder that `seawall up` was started with (SEAWALL_DATA).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the addresses of what `seawall up` runs, as lines for a shell. They hold passwords.

    Example: `eval "$(seawall env)"; psql "$DATABASE_URL"`
    """
    if data is not None:
        os.environ["SEAWALL_DATA"] = str(data)
    folder = load_settings().data.expanduser()
    endpoints = read_running(folder)
    if endpoints is None:
        raise NothingRunsError(f"nothing runs in {folder}: start `seawall up`, or name its folder with --data")
    known = {**endpoints, **{ours: endpoints[name] for name, ours in OURS.items() if name in endpoints}}
    if as_json:
        print_json(known)
        return
    for name, value in known.items():
        typer.echo(f"export {name}={shlex.quote(value)}")
