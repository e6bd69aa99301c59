"""The functions that programs call. They go to the client that `init` made; without one they do nothing."""

from __future__ import annotations

import atexit
import os
import time
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seawall_client.client import Client
from seawall_client.events.texts import str_of
from seawall_client.hooks import install_hooks
from seawall_client.options import InitOptions, read_options
from seawall_client.quiet import LOGGER, note
from seawall_client.scope import current_scope, reset_base_scope
from seawall_client.tracing import Trace, traceparent_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = [
    "add_breadcrumb",
    "capture_event",
    "capture_exception",
    "capture_message",
    "close",
    "current_client",
    "current_trace",
    "flush",
    "init",
    "set_extra",
    "set_fingerprint",
    "set_tag",
    "set_tags",
    "set_transaction",
    "set_user",
    "traceparent",
]

_MAX_CRUMB = 500
_client: Client | None = None
_clients: weakref.WeakSet[Client] = weakref.WeakSet()
_hooked_up = False


def init(dsn: str | None = None, **options: Unpack[InitOptions]) -> Client | None:
    """Watch this program.

    Args:
        dsn: where to send to: `https://<key>@host[:port]/<project>`. Else SEAWALL_DSN; else, straight to Kafka,
            `bootstrap_servers` or SEAWALL_BOOTSTRAP_SERVERS. Where none of them is given, nothing is captured.
        options: see the manual's table.

    Returns: the client; None where nothing is captured, for want of a destination or because an option is wrong.

    Raises:
        TypeError: an option is not known. Nothing else is raised: what is wrong is logged.
    """
    global _client  # noqa: PLW0603  one client a process
    close()
    read = read_options({"dsn": dsn, **options}, os.environ)
    if not read.dsn and not read.bootstrap_servers:
        return None
    try:
        made = Client(read)
        reset_base_scope(read.max_breadcrumbs)
        _hook_up()
        _clients.add(made)
        _client = made
        install_hooks(made)
    except Exception as problem:  # noqa: BLE001  a wrong setting must not keep the program from starting
        LOGGER.error("errors are not captured: %s", problem)
        note("starting")
        return None
    return made


def current_client() -> Client | None:
    """The client that `init` made last."""
    return _client


def capture_exception(error: BaseException | None = None, **fields: Any) -> str | None:
    """Capture an exception; by default the one that is being handled. Returns the event's id, or None."""
    client = _client
    if client is None:
        return None
    try:
        return client.capture_exception(error, **{"handled": True, "mechanism": "capture_exception", **fields})
    except RecursionError:  # raised by the call itself
        return None


def capture_message(message: str, severity: str = "info", **fields: Any) -> str | None:
    """Capture a message. Returns the event's id, or None."""
    client = _client
    return None if client is None else client.capture_message(message, severity, **fields)


def capture_event(event: Mapping[str, Any]) -> str | None:
    """Capture an event of your own making, in the form of the error event's schema. Returns its id, or None."""
    client = _client
    return None if client is None else client.capture_event(event)


def flush(timeout: float | None = None) -> bool:
    """Wait, at most so many seconds, until all that was captured is sent or on disk. Returns whether it is."""
    client = _client
    return True if client is None else client.flush(timeout)


def close(timeout: float | None = None) -> None:
    """Flush, and capture nothing any more."""
    global _client
    client, _client = _client, None
    if client is not None:
        install_hooks(None)
        client.close(timeout)


def add_breadcrumb(message: Any, *, category: str = "default", level: str = "info", data: Any = None) -> None:
    """Note what happens: it is told with the next errors of this request, job or process."""
    if _client is None:
        return
    crumb = {"timestamp": time.time(), "message": str_of(message, _MAX_CRUMB), "category": category, "level": level}
    if data is not None:
        crumb["data"] = data
    current_scope().add_breadcrumb(crumb)


def set_tag(name: str, value: Any) -> None:
    """See `Scope.set_tag`; of the current scope."""
    current_scope().set_tag(name, value)


def set_tags(tags: Mapping[str, Any]) -> None:
    """See `Scope.set_tags`; of the current scope."""
    current_scope().set_tags(tags)


def set_extra(name: str, value: Any) -> None:
    """See `Scope.set_extra`; of the current scope."""
    current_scope().set_extra(name, value)


def set_user(user: Mapping[str, Any] | str | None) -> None:
    """See `Scope.set_user`; of the current scope."""
    current_scope().set_user(user)


def set_transaction(name: str | None) -> None:
    """See `Scope.set_transaction`; of the current scope."""
    current_scope().set_transaction(name)


def set_fingerprint(parts: list[str] | None) -> None:
    """See `Scope.set_fingerprint`; of the current scope."""
    current_scope().set_fingerprint(parts)


def current_trace() -> Trace | None:
    """The trace of what runs: OpenTelemetry's, the request's, or one that is made here; None outside of any scope."""
    try:
        return current_scope().trace_now()
    except Exception:  # noqa: BLE001  OpenTelemetry's part of it is not ours
        return None


def traceparent() -> str | None:
    """The `traceparent` header to send with outgoing requests, so that their errors belong to the same trace."""
    trace = current_trace()
    return None if trace is None else traceparent_of(trace)


def _hook_up() -> None:
    """Once a process: at its end, and in its children."""
    global _hooked_up  # noqa: PLW0603  see init
    if _hooked_up:
        return
    _hooked_up = True
    atexit.register(close)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_after_fork)


def _after_fork() -> None:
    for client in list(_clients):
        client.after_fork()
