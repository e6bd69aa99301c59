"""FastAPI and Starlette: `instrument(app)`.

https://www.starlette.io/exceptions/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketState

from seawall_client.api import capture_exception
from seawall_client.api_error import SERVER_ERROR, APIError, answer, answer_of_status
from seawall_client.integrations.asgi import SeawallASGI

__all__ = ["instrument"]

_INVALID = 422
_FAILED, _REFUSED = 1011, 1008  # https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1
_MAX_REASON = 100  # characters; a frame of control holds 123 bytes


def instrument(app: Starlette, *, json_errors: bool = True) -> Starlette:
    """Capture what endpoints raise, and answer every error in the uniform JSON form.

    Call it before the application serves: afterwards Starlette takes no more middleware.

    Args:
        app: the application; FastAPI's are Starlette's as well.
        json_errors: False leaves the answers as they are.
    """
    app.add_middleware(SeawallASGI)
    if json_errors:
        app.add_exception_handler(APIError, _answer_api_error)
        app.add_exception_handler(HTTPException, _answer_http)
        app.add_exception_handler(Exception, _answer_unknown)
        _add_validation(app)
    return app


def _add_validation(app: Starlette) -> None:
    try:
        from fastapi.exceptions import RequestValidationError  # noqa: PLC0415  Starlette works without FastAPI
    except ImportError:
        return
    app.add_exception_handler(RequestValidationError, _answer_invalid)


async def _answer_api_error(connection: HTTPConnection, error: Any) -> Any:
    if error.status >= SERVER_ERROR:
        capture_exception(error, mechanism="starlette", handled=True)
    return await _answer(connection, answer(error.code, error.message, error.status, error.details))


async def _answer_http(connection: HTTPConnection, error: Any) -> Any:
    if error.status_code >= SERVER_ERROR:
        capture_exception(error, mechanism="starlette", handled=True)
    headers = getattr(error, "headers", None)
    if error.status_code < 400:  # noqa: PLR2004  no error: `Not Modified` may have no body at all
        return Response(status_code=error.status_code, headers=headers)
    text = isinstance(error.detail, str)
    made = answer_of_status(error.status_code, error.detail if text else None, None if text else error.detail)
    return await _answer(connection, made, headers)


async def _answer(
    connection: HTTPConnection, made: dict[str, Any], headers: Mapping[str, str] | None = None
) -> Response | None:
    """Answer a request, or a WebSocket that was not accepted yet; one that was can only be closed."""
    error = made["error"]
    if isinstance(connection, WebSocket) and connection.application_state is not WebSocketState.CONNECTING:
        if connection.application_state is WebSocketState.CONNECTED:
            await connection.close(
                _FAILED if error["status"] >= SERVER_ERROR else _REFUSED, error["code"][:_MAX_REASON]
            )
        return None
    return JSONResponse(made, error["status"], headers=headers)


async def _answer_invalid(request: Request, error: Any) -> JSONResponse:  # noqa: ARG001  Starlette's signature
    """What the request's fields have wrong: where and why, and not what was sent."""
    details = [{"loc": list(one["loc"]), "msg": one["msg"], "type": one["type"]} for one in error.errors()]
    return JSONResponse(answer("VALIDATION_FAILED", "the request is not valid", _INVALID, details), _INVALID)


async def _answer_unknown(request: Request, error: Any) -> JSONResponse:  # noqa: ARG001  as above
    """Asked by the outermost middleware, outside of the request's scope: the trace's id is on the request."""
    made = answer_of_status(SERVER_ERROR)
    made["error"]["trace_id"] = request.scope.get("seawall_trace_id")
    return JSONResponse(made, SERVER_ERROR)
