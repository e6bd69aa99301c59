"""What is raised where nothing can catch it, in destructors and callbacks: `sys.unraisablehook`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Callable

from seawall_client.events.texts import str_of, type_name

if TYPE_CHECKING:
    from seawall_client.client import Client

__all__ = ["install"]


def install(client: Client) -> Callable[[], None]:
    """Capture before the hook that is there."""
    previous = sys.unraisablehook

    def unraisablehook(args: Any) -> None:
        error = args.exc_value
        if isinstance(error, BaseException):
            # Of the object only the name: it may be half destroyed, and must not live on in an event.
            where = getattr(args.object, "__qualname__", None) or type_name(args.object)
            told = {"in": str_of(where, 200), "message": args.err_msg}
            client.capture_exception(error, mechanism="unraisablehook", handled=False, extra={"unraisable": told})
        previous(args)

    sys.unraisablehook = unraisablehook

    def undo() -> None:
        if sys.unraisablehook is unraisablehook:
            sys.unraisablehook = previous

    return undo
