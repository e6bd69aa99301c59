"""Any WSGI application (PEP 3333): `app = SeawallWSGI(app)`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Callable

from seawall_client.api import capture_exception, current_client
from seawall_client.api_error import SERVER_ERROR, APIError
from seawall_client.integrations.bodies import Body
from seawall_client.integrations.requests import request_fields, request_scope
from seawall_client.quiet import guarded
from seawall_client.scope import Scope, enter_scope, fresh_scope, leave_scope

__all__ = ["SeawallWSGI"]

Environ = dict[str, Any]
App = Callable[[Environ, Any], Iterable[bytes]]
_TRACE_HEADERS = {"HTTP_TRACEPARENT": "traceparent", "HTTP_X_REQUEST_ID": "x-request-id"}
_TRACE_HEADERS["HTTP_X_CORRELATION_ID"] = "x-correlation-id"


class SeawallWSGI:
    """Gives every request a scope of its own, and captures what the application raises."""

    def __init__(self, app: App, *, capture: bool = True) -> None:
        """`capture`: False where a framework's own integration names requests, and captures what its views raise."""
        self._app = app
        self._capture = capture

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """One request."""
        if current_client() is None:
            return self._app(environ, start_response)
        scope = _scope(environ, named=self._capture) or fresh_scope()
        token = enter_scope(scope)
        try:
            body = self._app(environ, start_response)
        except Exception as error:
            self._caught(error)
            raise
        finally:
            leave_scope(token)
        return body if isinstance(body, (list, tuple)) else Body(body, scope, self._caught)

    def _caught(self, error: Exception) -> None:
        """A framework's own integration does not see what fails behind its views: a body's later pieces, a teardown."""
        if not self._capture and isinstance(error, APIError) and error.status < SERVER_ERROR:
            return
        capture_exception(error, mechanism="wsgi", handled=False)


@guarded
def _scope(environ: Environ, *, named: bool) -> Scope:
    scope = request_scope({name: environ[key] for key, name in _TRACE_HEADERS.items() if key in environ})
    scope.request = lambda: _request(environ)
    if named:
        scope.transaction = f"{environ.get('REQUEST_METHOD', '')} {environ.get('PATH_INFO', '')}"
    return scope


def _request(environ: Environ) -> dict[str, Any]:
    host = environ.get("HTTP_HOST") or environ.get("SERVER_NAME", "")
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    url = f"{environ.get('wsgi.url_scheme', 'http')}://{host}{path}"
    headers = [
        (name[5:].replace("_", "-").lower(), str(value)) for name, value in environ.items() if name.startswith("HTTP_")
    ]
    headers += [
        (name.replace("_", "-").lower(), str(environ[name]))
        for name in ("CONTENT_TYPE", "CONTENT_LENGTH")
        if environ.get(name)
    ]
    return request_fields(url, environ.get("REQUEST_METHOD", ""), environ.get("QUERY_STRING", ""), headers)
