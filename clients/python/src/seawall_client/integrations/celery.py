"""Celery: `instrument()`, in the module that makes the app.

https://docs.celeryq.dev/en/stable/userguide/signals.html
"""

from __future__ import annotations

import contextvars
import sys
from typing import Any, Callable

from celery import signals
from celery.utils.serialization import UnpickleableExceptionWrapper

from seawall_client.api import add_breadcrumb, capture_exception, flush, traceparent
from seawall_client.hooks.logs import ignore_logger
from seawall_client.quiet import guarded
from seawall_client.scope import Scope, enter_scope, fresh_scope, leave_scope
from seawall_client.tracing import parse_traceparent

__all__ = ["instrument"]

_tokens: dict[str, contextvars.Token[Scope | None]] = {}


def instrument() -> None:
    """Capture what tasks raise, each task with a scope of its own, in the trace of whoever sent it.

    What a task raises to be run again (`retry`), or to be ignored or rejected, is no error; nor is what it `throws`.
    """
    for name, receive in _RECEIVERS.items():
        getattr(signals, name).connect(guarded(receive), weak=False, dispatch_uid=f"seawall-{name}")
    ignore_logger("celery.app.trace")  # it tells of the same failures, sometimes by another exception object


def _publish(headers: Any = None, **more: Any) -> None:  # noqa: ARG001  the signal's arguments
    if isinstance(headers, dict) and (header := traceparent()):
        headers.setdefault("traceparent", header)


def _begin(task_id: str, task: Any, **more: Any) -> None:  # noqa: ARG001  as above
    scope = fresh_scope()
    scope.trace = parse_traceparent(getattr(task.request, "traceparent", None))
    scope.transaction = task.name
    scope.set_tag("celery.task_id", task_id)
    _tokens[task_id] = enter_scope(scope)


def _end(task_id: str, **more: Any) -> None:  # noqa: ARG001  as above
    token = _tokens.pop(task_id, None)
    if token is not None:
        leave_scope(token)


def _fail(sender: Any, task_id: str, exception: BaseException, **more: Any) -> None:  # noqa: ARG001  as above
    raised = sys.exc_info()[1]
    if raised is not None and isinstance(exception, UnpickleableExceptionWrapper):
        exception = raised  # Celery hands on a stand-in for what cannot be pickled
    if isinstance(exception, tuple(sender.throws or ())):
        return  # what a task says that it throws is expected: Celery logs it as INFO
    request = sender.request
    told = {"task_id": task_id, "retries": request.retries, "delivery": request.delivery_info}
    capture_exception(exception, mechanism="celery", handled=False, extra={"celery": told})


def _retry(request: Any, reason: Any, **more: Any) -> None:  # noqa: ARG001  as above
    add_breadcrumb(reason, category="celery.retry", level="warning")


def _shut_down(**more: Any) -> None:  # noqa: ARG001  as above
    flush()  # a process of the pool ends without Python's own end


_RECEIVERS: dict[str, Callable[..., None]] = {
    "before_task_publish": _publish,
    "task_prerun": _begin,
    "task_postrun": _end,
    "task_failure": _fail,
    "task_retry": _retry,
    "worker_process_shutdown": _shut_down,
}
