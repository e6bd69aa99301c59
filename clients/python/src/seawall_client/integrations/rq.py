"""RQ: `Worker(queues, exception_handlers=[capture_job])`.

https://python-rq.org/docs/exceptions/
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

from seawall_client.api import capture_exception, flush
from seawall_client.quiet import guarded

__all__ = ["capture_job"]


def capture_job(job: Any, kind: type[BaseException], error: BaseException, traceback: TracebackType) -> bool:  # noqa: ARG001
    """Capture what a job raised, then let the next handler have it."""
    _capture(job, error)
    flush()  # the process of a job ends without Python's own end
    return True


@guarded
def _capture(job: Any, error: BaseException) -> None:
    told = {"job_id": job.id, "queue": job.origin, "retries_left": getattr(job, "retries_left", None)}
    capture_exception(error, mechanism="rq", handled=False, transaction=job.func_name, extra={"rq": told})
