"""What ends a thread: `threading.excepthook`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Callable

from seawall_client.quiet import guarded

if TYPE_CHECKING:
    from seawall_client.client import Client

__all__ = ["install"]


def install(client: Client) -> Callable[[], None]:
    """Capture before the hook that is there. A thread may end itself by SystemExit."""
    previous = threading.excepthook

    @guarded
    def capture(args: Any) -> None:
        error = args.exc_value
        if isinstance(error, BaseException) and not isinstance(error, SystemExit):
            name = args.thread.name if args.thread is not None else None
            extra = {"thread": name} if name else {}
            client.capture_exception(error, mechanism="threading", handled=False, extra=extra)

    def excepthook(args: Any) -> None:
        capture(args)
        previous(args)

    threading.excepthook = excepthook

    def undo() -> None:
        if threading.excepthook is excepthook:
            threading.excepthook = previous

    return undo
