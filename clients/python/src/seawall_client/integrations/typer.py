"""Typer: `instrument()`, once.

Typer takes the place of `sys.excepthook`, and its newer versions hold a Click of their own: neither the hook nor the
integration of Click sees what its commands raise. https://typer.tiangolo.com/tutorial/exceptions/
"""

from __future__ import annotations

import typer
from typer.core import TyperCommand

from seawall_client.integrations.commands import watch_commands

__all__ = ["instrument"]


def instrument() -> None:
    """Capture what commands raise, by the command's name. Wrong usage is no error, nor is Ctrl-C."""
    command = next(one for one in TyperCommand.__mro__ if one.__name__ == "Command")
    usage = next(one for one in typer.BadParameter.__mro__ if one.__name__ == "ClickException")
    watch_commands(command, (usage, typer.Exit, typer.Abort))
