"""Python's warnings as events; off by default."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Callable

from seawall_client.events.texts import str_of

if TYPE_CHECKING:
    from seawall_client.client import Client

__all__ = ["install"]


def install(client: Client) -> Callable[[], None]:
    """Capture what is shown; which warnings are, and how often, is for `warnings` to say."""
    previous = warnings.showwarning

    def showwarning(message: Any, category: type[Warning], filename: str, lineno: int, *rest: Any, **more: Any) -> None:
        client.capture_event(
            {
                "message": str_of(message, 8_192),
                "error_type": category.__name__,
                "severity": "warning",
                "logger": "py.warnings",
                "source_file": filename,
                "line_number": lineno,
            }
        )
        previous(message, category, filename, lineno, *rest, **more)

    warnings.showwarning = showwarning

    def undo() -> None:
        if warnings.showwarning is showwarning:
            warnings.showwarning = previous

    return undo
