"""Django: `"seawall_client.integrations.django.SeawallMiddleware"` as the first of MIDDLEWARE.

https://docs.djangoproject.com/en/stable/topics/http/middleware/
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Awaitable
from typing import Any, Callable, Union

from asgiref.sync import iscoroutinefunction
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.decorators import sync_and_async_middleware

from seawall_client.api import capture_exception
from seawall_client.api_error import SERVER_ERROR, APIError, answer
from seawall_client.integrations.bodies import Body, pieces_later
from seawall_client.integrations.requests import request_fields, request_scope
from seawall_client.quiet import guarded
from seawall_client.scope import Scope, current_scope, enter_scope, fresh_scope, leave_scope

__all__ = ["SeawallMiddleware"]

Response = Union[HttpResponseBase, Awaitable[HttpResponseBase]]


@sync_and_async_middleware  # type: ignore[untyped-decorator]
def SeawallMiddleware(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Response]:  # noqa: N802
    """Give every request a scope of its own, capture what views raise, and answer an `APIError` in the uniform form."""
    got_request_exception.connect(_capture, dispatch_uid="seawall")
    logging.getLogger("django.request").addFilter(_tell_captured)

    if iscoroutinefunction(get_response):

        async def answer_later(request: HttpRequest) -> HttpResponseBase:
            token = enter_scope(_scope(request) or fresh_scope())
            try:
                response: HttpResponseBase = await get_response(request)
                return _watched(response) or response
            finally:
                leave_scope(token)

        middleware: Any = answer_later
    else:

        def answer_now(request: HttpRequest) -> HttpResponseBase:
            token = enter_scope(_scope(request) or fresh_scope())
            try:
                response: HttpResponseBase = get_response(request)
                return _watched(response) or response
            finally:
                leave_scope(token)

        middleware = answer_now
    middleware.process_exception = _answer_api_error
    return middleware  # type: ignore[no-any-return]


@guarded
def _scope(request: HttpRequest) -> Scope:
    scope = request_scope({name.lower(): value for name, value in request.headers.items()})
    scope.request = lambda: _fields(request)
    scope.transaction = lambda: f"{request.method} {_route(request)}"
    scope.user = lambda: _user(request)
    return scope


@guarded
def _watched(response: Any) -> HttpResponseBase:
    """A body that is made while it is sent is watched as well; a file's is left to the server."""
    if response.streaming and getattr(response, "file_to_stream", None) is None:
        watch = pieces_later if getattr(response, "is_async", False) else Body
        response.streaming_content = watch(response.streaming_content, current_scope(), _caught)
    return response


def _caught(error: BaseException) -> None:
    capture_exception(error, mechanism="django", handled=False)


def _tell_captured(record: logging.LogRecord) -> bool:
    """Django logs answers from 500 on: the hook of logging is told that what led to this one has been captured."""
    event_id = getattr(getattr(record, "request", None), "seawall_event_id", None)
    if event_id is not None:
        record.seawall_event_id = event_id
    return True


def _capture(sender: Any, request: HttpRequest | None = None, **more: Any) -> None:  # noqa: ARG001  the signal's own
    error = sys.exc_info()[1]
    if error is not None:
        _caught(error)


def _answer_api_error(request: Any, exception: Exception) -> JsonResponse | None:
    if not isinstance(exception, APIError):
        return None
    if exception.status >= SERVER_ERROR:
        request.seawall_event_id = capture_exception(exception, mechanism="django", handled=True)
    told = answer(exception.code, exception.message, exception.status, exception.details)
    return JsonResponse(told, status=exception.status)


def _fields(request: HttpRequest) -> dict[str, Any]:
    host = request.META.get("HTTP_HOST") or request.META.get("SERVER_NAME", "")  # `get_host` raises on a wrong one
    url = f"{request.scheme}://{host}{request.path}"
    return request_fields(url, request.method or "", request.META.get("QUERY_STRING", ""), request.headers.items())


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    return f"/{match.route}" if match is not None and match.route is not None else request.path


def _user(request: HttpRequest) -> dict[str, Any]:
    """The id of a user that the program has looked up already: asking here would ask the database."""
    user = request.__dict__.get("_cached_user") or request.__dict__.get("_acached_user")
    key = getattr(user, "pk", None)
    return {} if key is None else {"id": key}
