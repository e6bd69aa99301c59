"""Log records as events and breadcrumbs.

Records are seen where loggers hand them to handlers, and not by a handler at the root: a logger that does not
propagate, and a configuration that replaces all handlers, as Django's does, would take that away.
"""

from __future__ import annotations

import logging
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Callable

from seawall_client.events.texts import str_of
from seawall_client.quiet import LOGGER, depth, note
from seawall_client.scope import current_scope

if TYPE_CHECKING:
    from seawall_client.client import Client

__all__ = ["SeawallHandler", "handle_record", "ignore_logger", "install", "noted", "severity_of"]

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "seawall_event_id"}
_MAX_CRUMB = 500
_TWICE = "seawall_event_id"
_told_otherwise: set[str] = {LOGGER.name}
_MAX_MESSAGE = 8_192


class Noted(threading.local):
    """What structlog's processor has noted and hands on to logging next, on this thread."""

    text: str | None = None


noted = Noted()


def install(client: Client) -> Callable[[], None]:
    """See every record that a logger hands out."""
    previous = logging.Logger.callHandlers
    lowest = min(client.options.event_level, client.options.breadcrumb_level)

    def callHandlers(self: logging.Logger, record: logging.LogRecord) -> None:  # noqa: N802  logging's name
        if record.levelno >= lowest:
            handle_record(client, record)
        previous(self, record)

    logging.Logger.callHandlers = callHandlers  # type: ignore[method-assign]

    def undo() -> None:
        if logging.Logger.callHandlers is callHandlers:
            logging.Logger.callHandlers = previous  # type: ignore[method-assign]

    return undo


class SeawallHandler(logging.Handler):
    """A handler, for programs that leave out the hook `logging` and say themselves which loggers are watched."""

    def emit(self, record: logging.LogRecord) -> None:
        """Capture the record, or note it as a breadcrumb."""
        from seawall_client.api import current_client  # noqa: PLC0415  it imports the hooks

        client = current_client()
        if client is not None:
            handle_record(client, record)


def ignore_logger(name: str) -> None:
    """Leave out a logger, and those below it: another part of the client captures what it tells."""
    _told_otherwise.add(name)
    _is_left_out.cache_clear()


def handle_record(client: Client, record: logging.LogRecord) -> None:
    """Make an event of a record, or a breadcrumb, as its level says. A record is seen once."""
    if not client.enabled or depth.sending or _TWICE in record.__dict__:
        return
    try:
        if _is_left_out(record.name, tuple(client.options.ignored_loggers)) or _is_from_structlog(record):
            return
        if record.levelno >= client.options.event_level:
            record.seawall_event_id = _capture(client, record)  # a formatter may print it
        if record.levelno >= client.options.breadcrumb_level:
            _add_breadcrumb(record)
    except Exception:  # noqa: BLE001  see `quiet`
        note("capturing a log record")


def severity_of(level: int) -> str:
    """A level of logging as one of ours."""
    if level >= logging.ERROR:
        return "critical" if level >= logging.CRITICAL else "error"
    if level >= logging.INFO:
        return "warning" if level >= logging.WARNING else "info"
    return "debug"


def _capture(client: Client, record: logging.LogRecord) -> str | None:
    message = _message(record)
    fields: dict[str, Any] = {
        "message": message,
        "severity": severity_of(record.levelno),
        "logger": record.name,
        "mechanism": "logging",
        "handled": True,
        "source_file": record.pathname,
        "line_number": record.lineno,
        "extra": {name: value for name, value in record.__dict__.items() if name not in _STANDARD},
    }
    if record.args and isinstance(record.msg, str):
        fields["message_template"] = record.msg
    if record.stack_info:
        fields["stack_trace"] = record.stack_info
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    if error is None:
        return client.capture_event(fields)
    if record.name == "asyncio":  # its loops' default handler
        fields.update(mechanism="asyncio", handled=False)
    return client.capture_exception(error, **fields)


def _message(record: logging.LogRecord) -> str:
    try:
        return str_of(record.getMessage(), _MAX_MESSAGE)
    except Exception:  # noqa: BLE001  arguments that do not fit, or cannot be told
        return str_of(record.msg, _MAX_MESSAGE)


def _add_breadcrumb(record: logging.LogRecord) -> None:
    message = _message(record)
    before, noted.text = noted.text, None
    if before is not None and before in message:
        return
    crumb = {
        "timestamp": record.created,
        "message": message[:_MAX_CRUMB],
        "category": record.name,
        "level": severity_of(record.levelno),
    }
    current_scope().add_breadcrumb(crumb)


@lru_cache(maxsize=1_000)
def _is_left_out(name: str, ignored: tuple[str, ...]) -> bool:
    """Asked for every record: loggers are few."""
    return any(name == one or name.startswith(one + ".") for one in (*_told_otherwise, *ignored))


def _is_from_structlog(record: logging.LogRecord) -> bool:
    """Whether structlog hands on an entry that our processor has captured: it is told by the id that it then has."""
    if isinstance(record.msg, dict):
        return _TWICE in record.msg
    return isinstance(record.msg, str) and _TWICE in record.msg
