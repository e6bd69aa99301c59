"""Click and Typer: `instrument()`, once.

https://click.palletsprojects.com/en/stable/exceptions/
"""

from __future__ import annotations

import functools
from typing import Any

import click

from seawall_client.api import capture_exception

__all__ = ["instrument"]

_NO_ERRORS = (click.ClickException, click.exceptions.Exit, click.Abort)


def instrument() -> None:
    """Capture what commands raise, by the command's name. Wrong usage is no error, nor is Ctrl-C."""
    original = click.Command.invoke
    if getattr(original, "seawall", False):
        return

    @functools.wraps(original)
    def invoke(self: click.Command, ctx: click.Context) -> Any:
        try:
            return original(self, ctx)
        except _NO_ERRORS:
            raise
        except Exception as error:
            capture_exception(
                error, mechanism="click", handled=False, severity="critical", transaction=ctx.command_path
            )
            raise

    invoke.seawall = True  # type: ignore[attr-defined]
    click.Command.invoke = invoke  # type: ignore[method-assign]
