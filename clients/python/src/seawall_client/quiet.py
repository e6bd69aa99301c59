"""What keeps us from harming the program that we watch: nothing is raised into it, and nothing runs in circles."""

from __future__ import annotations

import functools
import logging
import threading
from typing import Any, Callable, TypeVar

__all__ = ["LOGGER", "Depth", "depth", "guarded", "note", "warn_once"]

F = TypeVar("F", bound=Callable[..., Any])

LOGGER = logging.getLogger("seawall_client")
MAX_DEPTH = 2
"""A signal's handler may capture while the program is captured; a `__repr__` that logs errors ends here."""

_said: set[str] = set()


class Depth(threading.local):
    """How many captures the current thread is in, and whether it is the one that sends."""

    captures = 0
    sending = False


depth = Depth()


def note(doing: str) -> None:
    """Tell whoever debugs us what failed; the current exception is told with it."""
    try:
        LOGGER.debug("failed while %s", doing, exc_info=True)  # noqa: LOG014  called from handlers
    except Exception:  # noqa: BLE001, S110  a logger of the program's own may fail, too
        pass


def guarded(function: F) -> F:
    """A function that frameworks call: what it raises is noted, and it returns None instead."""

    @functools.wraps(function)
    def calm(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception:  # noqa: BLE001  it is not the program's
            note(f"in {function.__module__}.{function.__qualname__}")
            return None

    return calm  # type: ignore[return-value]  # it takes and gives what the function does


def warn_once(message: str, about: str | None = None) -> None:
    """Say what a person can set right, once a process; once for all messages about the same, where that is named."""
    about = about or message
    if about in _said:
        return
    _said.add(about)
    try:
        LOGGER.warning(message)
    except Exception:  # noqa: BLE001, S110  as above
        pass
