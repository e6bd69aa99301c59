"""Any ASGI application: `app = SeawallASGI(app)`, or `app.add_middleware(SeawallASGI)` in Starlette.

https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, MutableMapping
from typing import Any, Callable

from seawall_client.api import capture_exception, current_client, current_trace
from seawall_client.integrations.requests import request_fields, request_scope
from seawall_client.quiet import guarded
from seawall_client.scope import Scope, enter_scope, fresh_scope, leave_scope

__all__ = ["SeawallASGI"]

Connection = MutableMapping[str, Any]
App = Callable[[Connection, Any, Any], Awaitable[None]]
_KINDS = frozenset({"http", "websocket"})
_TRACE_HEADERS = frozenset({b"traceparent", b"x-request-id", b"x-correlation-id"})


class SeawallASGI:
    """Gives every request and every WebSocket a scope of its own, and captures what the application raises."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Connection, receive: Any, send: Any) -> None:
        """One connection."""
        if scope["type"] not in _KINDS or current_client() is None:
            await self._app(scope, receive, send)
            return
        token = enter_scope(_scope(scope) or fresh_scope())
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            capture_exception(error, mechanism="asgi", handled=False)
            trace = current_trace()
            scope["seawall_trace_id"] = trace and trace.trace_id  # for whoever answers, outside of our scope
            raise
        finally:
            leave_scope(token)


@guarded
def _scope(scope: Connection) -> Scope:
    told = {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in _TRACE_HEADERS}
    made = request_scope(told)
    made.request = lambda: _request(scope)
    made.transaction = lambda: _transaction(scope)
    return made


def _transaction(scope: Mapping[str, Any]) -> str:
    """The route's pattern, where the framework has found one: paths with ids in them would all be different."""
    route = scope.get("route")
    path = getattr(route, "path", None) or scope.get("path", "")
    return f"{scope.get('method', 'WEBSOCKET')} {path}"


def _request(scope: Mapping[str, Any]) -> dict[str, Any]:
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    host = next((value for name, value in headers if name == "host"), None)
    if host is None:
        server = scope.get("server") or ("", None)
        host = f"{server[0]}:{server[1]}" if server[1] else str(server[0])
    url = f"{scope.get('scheme', 'http')}://{host}{scope.get('path', '')}"
    query = scope.get("query_string", b"").decode("latin-1")
    return request_fields(url, scope.get("method", "GET"), query, headers)
