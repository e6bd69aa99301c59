"""What an event says besides its exceptions: the scope's knowledge, and local variables. Read on the failing thread."""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Mapping
from typing import Any

from seawall_client.events.bounds import MAX_LOCAL_TEXT, MAX_LOCALS, MAX_STACK_TEXT
from seawall_client.events.places import Places
from seawall_client.events.texts import cut, str_of
from seawall_client.events.trees import MAX_CHARACTERS, Budget, tree_of
from seawall_client.quiet import note
from seawall_client.scope import Scope

__all__ = ["LocalsReader", "fields_of_scope"]

_Json = dict[str, Any]
_BASIC_WEIGHT = 2_000
_MERGED = frozenset({"tags", "extra", "user"})


def fields_of_scope(scope: Scope, given: Mapping[str, Any]) -> tuple[_Json, int]:
    """The fields of an event, and roughly the bytes that they hold. What is given counts more than the scope.

    `given` may have `user`, which the schema has as `user_id`.
    """
    budget = Budget()
    made: _Json = {
        name: cut(value, MAX_STACK_TEXT) if type(value) is str else value
        for name, value in given.items()
        if name not in _MERGED and value is not None
    }
    weight = _BASIC_WEIGHT + sum(2 * len(value) for value in made.values() if type(value) is str)
    made.setdefault("severity", scope.severity or "error")
    for name in ("fingerprint", "session_id", "correlation_id"):
        value = getattr(scope, name)
        if value is not None:
            made.setdefault(name, value)
    _put_transaction(made, scope)
    _put_trace(made, scope)
    request, crumbs = Budget(), Budget()
    _put_request(made, scope, request)
    made["tags"] = {str_of(name, 200): str_of(value, 500) for name, value in _merged(scope.tags, given.get("tags"))}
    extra = tree_of(dict(_merged(scope.extra, given.get("extra"))), budget)
    made["extra"] = extra if isinstance(extra, dict) else {}
    _put_user(made, given.get("user", scope.user), budget)
    if scope.breadcrumbs:
        made["extra"]["breadcrumbs"] = tree_of(list(scope.breadcrumbs), crumbs)
    made["extra"]["thread"] = _thread()
    return made, weight + sum(2 * (MAX_CHARACTERS - one.characters) for one in (budget, request, crumbs))


def _merged(first: Mapping[Any, Any], second: Any) -> list[tuple[Any, Any]]:
    return list({**first, **second}.items()) if isinstance(second, Mapping) and second else list(first.items())


def _put_transaction(made: _Json, scope: Scope) -> None:
    if "transaction" not in made and scope.transaction is not None:
        named = _asked(scope.transaction)
        if named:
            made["transaction"] = named


def _put_trace(made: _Json, scope: Scope) -> None:
    trace = None if "trace_id" in made else scope.trace_now()
    if trace is not None:
        made["trace_id"] = trace.trace_id
        made.setdefault("span_id", trace.span_id)


def _put_request(made: _Json, scope: Scope, budget: Budget) -> None:
    request = scope.request
    if "request" not in made and request is not None:
        made["request"] = tree_of(_asked(request), budget)


def _asked(value: Any) -> Any:
    """The value, or what a function gives: one that fails must not cost the event."""
    if not callable(value):
        return value
    try:
        return value()
    except Exception:  # noqa: BLE001  it may be the program's own
        note("asking what a scope knows")
        return None


def _put_user(made: _Json, user: Any, budget: Budget) -> None:
    """The id in its field; what else is known of the user in `extra`."""
    user = _asked(user)
    if not isinstance(user, Mapping):
        if user is not None:
            made.setdefault("user_id", str_of(user, 200))
        return
    for name in ("id", "username", "email"):
        if user.get(name) is not None:
            made.setdefault("user_id", str_of(user[name], 200))
            break
    if len(user) > 1:
        made["extra"]["user"] = tree_of(dict(user), budget)


def _thread() -> str:
    """The thread's name. Not by `current_thread`: for a foreign thread that takes a lock."""
    active: dict[int, threading.Thread] = getattr(threading, "_active", {})
    thread = active.get(threading.get_ident())
    return "unknown" if thread is None else thread.name


class LocalsReader:
    """Reads the local variables of the service's own frames, with one budget for all of an event's."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._budget = Budget(nodes=1_000, characters=_LOCAL_CHARACTERS, items=10, text=MAX_LOCAL_TEXT)

    def weight(self) -> int:
        """Roughly the bytes of what was read."""
        return 2 * (_LOCAL_CHARACTERS - self._budget.characters)

    def read(self, frame: Any) -> _Json | None:
        """The frame's variables as JSON values; None for a library's."""
        module = frame.f_globals.get("__name__")
        place = self._places.of(frame.f_code.co_filename, module if isinstance(module, str) else None)
        if not place.in_app or self._budget.characters <= 0:
            return None
        variables = frame.f_locals
        if variables is frame.f_globals:  # a module's body: all that it has imported
            variables = {name: value for name, value in variables.items() if _is_data(name, value)}
        few = itertools.islice(variables.items(), MAX_LOCALS)
        return {str(name): tree_of(value, self._budget, depth=_DEPTH) for name, value in few}


_DEPTH = 3
_LOCAL_CHARACTERS = 32_768
_NO_DATA = (type(sys), type, type(_thread))


def _is_data(name: str, value: Any) -> bool:
    return not name.startswith("__") and not isinstance(value, _NO_DATA)
