"""What asyncio's loops are left with: exceptions of callbacks, and of tasks that nobody asked for their result."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Callable

from seawall_client.events.texts import str_of

if TYPE_CHECKING:
    import asyncio

    from seawall_client.client import Client

__all__ = ["capture_context", "install", "watch_loop"]


def install(client: Client) -> Callable[[], None]:
    """Capture before the handler that a loop has.

    Only where asyncio is imported already: a program that does not use it need not wait for it. Where it is imported
    later, its default handler logs what it is told, and the hook of logging captures that.
    """
    module = sys.modules.get("asyncio.base_events")
    if module is None:
        return lambda: None
    loop_type: Any = module.BaseEventLoop
    previous = loop_type.call_exception_handler

    def call_exception_handler(loop: Any, context: dict[str, Any]) -> Any:
        capture_context(client, context)
        return previous(loop, context)

    loop_type.call_exception_handler = call_exception_handler

    def undo() -> None:
        if loop_type.call_exception_handler is call_exception_handler:
            loop_type.call_exception_handler = previous

    return undo


def watch_loop(loop: asyncio.AbstractEventLoop | None = None) -> None:
    """Watch one loop, of whatever kind: for uvloop with a handler of your own. By default the one that runs."""
    import asyncio  # noqa: PLC0415  see install

    from seawall_client.api import current_client  # noqa: PLC0415  it imports the hooks

    watched = loop or asyncio.get_running_loop()
    previous = watched.get_exception_handler()

    def handler(running: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        client = current_client()
        if client is not None:
            capture_context(client, context)
        if previous is None:
            running.default_exception_handler(context)
        else:
            previous(running, context)

    watched.set_exception_handler(handler)


def capture_context(client: Client, context: dict[str, Any]) -> None:
    """Capture what a loop's handler is told."""
    error = context.get("exception")
    if isinstance(error, BaseException):
        told = {"message": str_of(context.get("message"), 500)}
        client.capture_exception(error, mechanism="asyncio", handled=False, extra={"asyncio": told})
