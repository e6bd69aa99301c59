"""Imports on the thread that sends, and forks, which have to wait for them.

A process that is forked while a thread imports has half a module for ever: who would finish it is not there.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["loading"]

_PATIENCE = 10.0  # seconds that a fork waits at most; importing takes a tenth of one, or more on a machine that chokes
_lock = threading.RLock()


class _Held(threading.local):
    """Whether the thread that forks has the lock."""

    forking = False


_held = _Held()


@contextmanager
def loading() -> Iterator[None]:
    """A block that imports: no process is forked meanwhile."""
    with _lock:
        yield


def _before_fork() -> None:
    _held.forking = _lock.acquire(timeout=_PATIENCE)


def _after_fork() -> None:
    if _held.forking:
        _held.forking = False
        _lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
