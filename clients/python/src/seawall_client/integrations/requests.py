"""What all servers' requests have in common: headers, trace, and the scope that a request has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from seawall_client.api import current_client
from seawall_client.scope import Scope, fresh_scope
from seawall_client.tracing import parse_traceparent

__all__ = ["request_fields", "request_scope"]

_MAX_HEADERS = 60
_MAX_VALUE = 2_000
_CORRELATION = ("x-request-id", "x-correlation-id")


def request_scope(headers: Mapping[str, str]) -> Scope:
    """A scope for a request, in the trace that its headers name. Names of headers are in lower case."""
    scope = fresh_scope()
    if "traceparent" in headers:
        scope.trace = parse_traceparent(headers["traceparent"])
    for name in _CORRELATION:
        if name in headers:
            scope.correlation_id = headers[name][:200]
            break
    return scope


def request_fields(url: str, method: str, query: str, headers: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The request as the schema has it; without its body."""
    made: dict[str, Any] = {"url": url, "method": method[:20]}
    if query:
        made["query_string"] = query
    client = current_client()
    if client is not None and client.options.send_headers:
        made["headers"] = {name: value[:_MAX_VALUE] for name, value in list(headers)[:_MAX_HEADERS]}
    return made
