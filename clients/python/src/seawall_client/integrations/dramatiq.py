"""Dramatiq: `broker.add_middleware(SeawallMiddleware())`.

https://dramatiq.io/reference.html#middleware
"""

from __future__ import annotations

import threading
from typing import Any

from dramatiq.errors import RateLimitExceeded, Retry
from dramatiq.middleware import Middleware

from seawall_client.api import capture_exception
from seawall_client.hooks.logs import ignore_logger
from seawall_client.quiet import guarded
from seawall_client.scope import enter_scope, fresh_scope, leave_scope

__all__ = ["SeawallMiddleware"]


class SeawallMiddleware(Middleware):
    """Gives every message a scope of its own, and captures what its actor raises.

    Every attempt that fails is an error, as for dramatiq's own log; what an actor raises to be run again is none, nor
    what it says that it throws.
    """

    def __init__(self) -> None:
        self._local = threading.local()
        ignore_logger("dramatiq.worker.WorkerThread")  # it tells of the same failures, knowing less

    @guarded
    def before_process_message(self, broker: Any, message: Any) -> None:  # noqa: ARG002  dramatiq's signature
        """A worker's thread begins with a message."""
        scope = fresh_scope()
        scope.transaction = message.actor_name
        self._local.token = enter_scope(scope)

    @guarded
    def after_process_message(
        self,
        broker: Any,
        message: Any,
        *,
        result: Any = None,  # noqa: ARG002  as above
        exception: BaseException | None = None,
    ) -> None:
        """It is done, for now or for good."""
        if exception is not None and not _is_expected(broker, message, exception):
            told = {"message_id": message.message_id, "queue": message.queue_name, "retries": _retries(message)}
            capture_exception(exception, mechanism="dramatiq", handled=False, extra={"dramatiq": told})
        self._leave()

    @guarded
    def after_skip_message(self, broker: Any, message: Any) -> None:  # noqa: ARG002  as above
        """It is not to be worked on."""
        self._leave()

    def _leave(self) -> None:
        token, self._local.token = getattr(self._local, "token", None), None
        if token is not None:
            leave_scope(token)


def _is_expected(broker: Any, message: Any, error: BaseException) -> bool:
    if isinstance(error, (Retry, RateLimitExceeded)):
        return True
    thrown = message.options.get("throws") or broker.get_actor(message.actor_name).options.get("throws")
    return bool(thrown) and isinstance(error, thrown)


def _retries(message: Any) -> Any:
    return message.options.get("retries", 0)
