"""The end of processes that Python's own end does not reach: multiprocessing's end by `os._exit`."""

from __future__ import annotations

import sys
from typing import Callable

__all__ = ["at_end_of_child"]


def at_end_of_child(flush: Callable[[], object]) -> None:
    """Call `flush` when this process ends, if it is one of multiprocessing's; to be called in the process itself.

    A process that is forked forgets what its parent has registered: it is done where the first event comes up.
    """
    process = sys.modules.get("multiprocessing.process")
    if process is None or process.parent_process() is None:
        return
    from multiprocessing.util import Finalize  # noqa: PLC0415  loaded already, in such a process

    Finalize(None, flush, exitpriority=0)
