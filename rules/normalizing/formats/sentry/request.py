"""The HTTP request of a Sentry event: https://develop.sentry.dev/sdk/foundations/transport/event-payloads/request/."""

from typing import Any

__all__ = ["read_request"]

_MOST_PAIRS = 200
_KEPT = ("cookies", "env", "fragment")


def read_request(request: Any, extra: dict[str, Any]) -> dict[str, Any]:
    """The request; what ErrorEvent has no field for goes to `extra`."""
    if not isinstance(request, dict):
        return {"url": request}
    made = {name: request[name] for name in ("url", "method", "headers") if request.get(name)}
    query = request.get("query_string") or request.get("query")
    if query:
        made["query_string"] = _query(query)
    if (body := request.get("data")) is not None and body != "":
        made["body"] = body
    rest = {name: request[name] for name in _KEPT if request.get(name)}
    if rest:
        extra["request"] = rest
    return made


def _query(query: Any) -> Any:
    """A query as text, as an object, or as a list of pairs."""
    if not isinstance(query, dict | list):
        return query
    pairs = list(query.items()) if isinstance(query, dict) else query
    return "&".join(
        "=".join(map(str, pair)) if isinstance(pair, list | tuple) else str(pair) for pair in pairs[:_MOST_PAIRS]
    )
