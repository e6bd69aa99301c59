"""Embedded servers that died by themselves are started again, on the same port."""

import threading
import time
from collections.abc import Callable
from typing import Any

from seawall.embedded.stack import EmbeddedStack, ServerName
from seawall.errors import EmbeddedServerError
from seawall.supervising.backoff import Backoff

__all__ = ["mend_servers"]

TICK = 0.2  # seconds


def mend_servers(stack: EmbeddedStack, over: threading.Event, tell: Callable[[str], Any]) -> None:
    """Watch the servers until it is over."""
    pauses: dict[ServerName, Backoff] = {}
    born: dict[ServerName, float] = {}
    while not over.wait(TICK):
        for name in stack.broken():
            now = time.monotonic()
            wait = pauses.setdefault(name, Backoff()).after(now - born.get(name, 0.0))
            tell(f"{name} died; starts again in {wait:g} s")
            if over.wait(wait):
                return
            try:
                stack.mend(name)
            except EmbeddedServerError as error:
                if not over.is_set():
                    tell(str(error))
            else:
                born[name] = time.monotonic()
                tell(f"{name} started again")
