"""Click: `instrument()`, once.

https://click.palletsprojects.com/en/stable/exceptions/
"""

from __future__ import annotations

import click

from seawall_client.integrations.commands import watch_commands

__all__ = ["instrument"]


def instrument() -> None:
    """Capture what commands raise, by the command's name. Wrong usage is no error, nor is Ctrl-C."""
    watch_commands(click.Command, (click.ClickException, click.exceptions.Exit, click.Abort))
