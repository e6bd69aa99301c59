"""What is raised where nothing can catch it, in destructors and callbacks: `sys.unraisablehook`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Callable

from seawall_client.events.texts import str_of, type_name
from seawall_client.quiet import guarded

if TYPE_CHECKING:
    from seawall_client.client import Client

__all__ = ["install"]


def install(client: Client) -> Callable[[], None]:
    """Capture before the hook that is there."""
    previous = sys.unraisablehook

    @guarded
    def capture(args: Any) -> None:
        error = args.exc_value
        if isinstance(error, BaseException):
            told = {"in": _name(args.object), "message": args.err_msg}
            client.capture_exception(error, mechanism="unraisablehook", handled=False, extra={"unraisable": told})

    def unraisablehook(args: Any) -> None:
        capture(args)
        previous(args)

    sys.unraisablehook = unraisablehook

    def undo() -> None:
        if sys.unraisablehook is unraisablehook:
            sys.unraisablehook = previous

    return undo


def _name(what: Any) -> str:
    """Of the object only the name: it may be half destroyed, and must not live on in an event."""
    try:
        return str_of(what.__qualname__ or type_name(what), 200)
    except Exception:  # noqa: BLE001  it has none, or its attributes are code that fails
        return type_name(what)
