"""What Click and Typer have in common: commands whose `invoke` runs what a program's author wrote."""

from __future__ import annotations

import errno
import functools
from typing import Any

from seawall_client.api import capture_exception

__all__ = ["watch_commands"]


def watch_commands(command: Any, no_errors: tuple[type[BaseException], ...]) -> None:
    """Capture what commands of a class raise, by the command's name; once, however often it is called.

    Args:
        command: the class; its subclasses call its `invoke`.
        no_errors: what wrong usage and an end on purpose are raised as.
    """
    original = command.invoke
    if getattr(original, "seawall", False):
        return

    @functools.wraps(original)
    def invoke(self: Any, ctx: Any) -> Any:
        try:
            return original(self, ctx)
        except no_errors:
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # `… | head`: Click ends quietly
            told = {"mechanism": "click", "handled": False, "severity": "critical", "transaction": ctx.command_path}
            capture_exception(error, **told)
            raise

    invoke.seawall = True  # type: ignore[attr-defined]
    command.invoke = invoke
