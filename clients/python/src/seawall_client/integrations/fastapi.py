"""FastAPI and Starlette: `instrument(app)`.

https://www.starlette.io/exceptions/
"""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from seawall_client.api import capture_exception
from seawall_client.api_error import SERVER_ERROR, APIError, answer, answer_of_status
from seawall_client.integrations.asgi import SeawallASGI

__all__ = ["instrument"]

_INVALID = 422


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


async def _answer_api_error(request: Request, error: Any) -> JSONResponse:  # noqa: ARG001  Starlette's signature
    if error.status >= SERVER_ERROR:
        capture_exception(error, mechanism="starlette", handled=True)
    return JSONResponse(answer(error.code, error.message, error.status, error.details), error.status)


async def _answer_http(request: Request, error: Any) -> JSONResponse:  # noqa: ARG001  as above
    if error.status_code >= SERVER_ERROR:
        capture_exception(error, mechanism="starlette", handled=True)
    text = isinstance(error.detail, str)
    made = answer_of_status(error.status_code, error.detail if text else None, None if text else error.detail)
    return JSONResponse(made, error.status_code, headers=getattr(error, "headers", None))


async def _answer_invalid(request: Request, error: Any) -> JSONResponse:  # noqa: ARG001  as above
    """What the request's fields have wrong: where and why, and not what was sent."""
    details = [{"loc": list(one["loc"]), "msg": one["msg"], "type": one["type"]} for one in error.errors()]
    return JSONResponse(answer("VALIDATION_FAILED", "the request is not valid", _INVALID, details), _INVALID)


async def _answer_unknown(request: Request, error: Any) -> JSONResponse:  # noqa: ARG001  as above
    """Asked by the outermost middleware, outside of the request's scope: the trace's id is on the request."""
    made = answer_of_status(SERVER_ERROR)
    made["error"]["trace_id"] = request.scope.get("seawall_trace_id")
    return JSONResponse(made, SERVER_ERROR)
