"""Flask: `instrument(app)`.

https://flask.palletsprojects.com/en/stable/errorhandling/
"""

from __future__ import annotations

from typing import Any

from flask import Flask, got_request_exception, has_request_context, jsonify, request
from flask.wrappers import Response
from werkzeug.exceptions import HTTPException

from seawall_client.api import capture_exception
from seawall_client.api_error import SERVER_ERROR, APIError, answer, answer_of_status
from seawall_client.integrations.wsgi import SeawallWSGI
from seawall_client.quiet import guarded
from seawall_client.scope import current_scope

__all__ = ["instrument"]


def instrument(app: Flask, *, json_errors: bool = True) -> Flask:
    """Capture what views raise, and answer every error in the uniform JSON form.

    Handlers of your own for other exceptions, or for single codes, go on working: Flask asks the most special one.

    Args:
        app: the application.
        json_errors: False leaves the answers as they are.
    """
    app.wsgi_app = SeawallWSGI(app.wsgi_app, capture=False)  # type: ignore[method-assign]  # Flask's way of wrapping
    app.before_request(_name_transaction)
    got_request_exception.connect(_capture, app)
    if json_errors:
        app.register_error_handler(APIError, _answer_api_error)
        app.register_error_handler(HTTPException, _answer_http)
    return app


@guarded
def _name_transaction() -> None:
    rule = request.url_rule
    current_scope().set_transaction(f"{request.method} {rule.rule if rule else request.path}")


def _capture(sender: Flask, exception: BaseException, **more: Any) -> None:  # noqa: ARG001  the signal's arguments
    if not isinstance(exception, APIError) or exception.status >= SERVER_ERROR:
        capture_exception(exception, mechanism="flask", handled=False)


def _answer_api_error(error: APIError) -> tuple[Response, int]:
    if error.status >= SERVER_ERROR:
        capture_exception(error, mechanism="flask", handled=True)
    return jsonify(answer(error.code, error.message, error.status, error.details)), error.status


def _answer_http(error: HTTPException) -> Any:
    """The answer of an `abort`, of routing, or of an exception that nothing has handled (500)."""
    status = error.code or SERVER_ERROR
    if error.response is not None and status < 400:  # noqa: PLR2004  a redirect is an HTTPException, too
        return error
    original = getattr(error, "original_exception", None)
    if status >= SERVER_ERROR and original is None and has_request_context():
        capture_exception(error, mechanism="flask", handled=True)  # `abort(503)`; others were captured by the signal
    response = jsonify(answer_of_status(status, None if original is not None else error.description))
    response.status_code = status
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:  # `Allow`, `Retry-After`
            response.headers[name] = value
    return response
