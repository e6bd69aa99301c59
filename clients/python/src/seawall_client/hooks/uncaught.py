"""What ends the program: `sys.excepthook`."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from seawall_client.client import Client

__all__ = ["install"]


def install(client: Client) -> Callable[[], None]:
    """Capture before the hook that is there. Ctrl-C is no error."""
    previous = sys.excepthook

    def excepthook(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        if isinstance(error, BaseException) and not isinstance(error, KeyboardInterrupt):
            client.capture_exception(error, mechanism="excepthook", handled=False, severity="critical")
        previous(kind, error, traceback)

    sys.excepthook = excepthook

    def undo() -> None:
        if sys.excepthook is excepthook:
            sys.excepthook = previous

    return undo
