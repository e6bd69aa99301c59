"""Dramatiq: `broker.add_middleware(SeawallMiddleware())`.

https://dramatiq.io/reference.html#middleware
"""

from __future__ import annotations

import threading
from typing import Any

from dramatiq.errors import Retry
from dramatiq.middleware import Middleware

from seawall_client.api import capture_exception
from seawall_client.scope import enter_scope, fresh_scope, leave_scope

__all__ = ["SeawallMiddleware"]


class SeawallMiddleware(Middleware):  # type: ignore[misc]  # its types are not there
    """Gives every message a scope of its own, and captures what its actor raises.

    Every attempt that fails is an error, as for dramatiq's own log; what an actor raises to be run again is none.
    """

    def __init__(self) -> None:
        self._local = threading.local()

    def before_process_message(self, broker: Any, message: Any) -> None:  # noqa: ARG002  dramatiq's signature
        """A worker's thread begins with a message."""
        scope = fresh_scope()
        scope.transaction = message.actor_name
        self._local.token = enter_scope(scope)

    def after_process_message(
        self,
        broker: Any,  # noqa: ARG002  as above
        message: Any,
        *,
        result: Any = None,  # noqa: ARG002  as above
        exception: BaseException | None = None,
    ) -> None:
        """It is done, for now or for good."""
        if exception is not None and not isinstance(exception, Retry):
            told = {"message_id": message.message_id, "queue": message.queue_name, "retries": _retries(message)}
            capture_exception(exception, mechanism="dramatiq", handled=False, extra={"dramatiq": told})
        self._leave()

    def after_skip_message(self, broker: Any, message: Any) -> None:  # noqa: ARG002  as above
        """It is not to be worked on."""
        self._leave()

    def _leave(self) -> None:
        token, self._local.token = getattr(self._local, "token", None), None
        if token is not None:
            leave_scope(token)


def _retries(message: Any) -> Any:
    return message.options.get("retries", 0)
