"""`seawall together`."""

import asyncio
from enum import StrEnum
from typing import Annotated

import typer

from seawall.settings import load_settings
from seawall.together import run_together

__all__ = ["together"]


class Role(StrEnum):
    """What can be run so."""

    worker = "worker"
    notifier = "notifier"
    gateway = "gateway"


def together(roles: Annotated[list[Role], typer.Argument(help="Which.")]) -> None:
    """Run several programs as one, as a container needs it: when one ends, all do, to be started again.

    Where SEAWALL_METRICS_PORT is set, the first listens there and each further one at the next port.

    Example: `seawall together notifier gateway`
    """
    raise typer.Exit(asyncio.run(run_together([role.value for role in roles], load_settings().metrics_port)))
