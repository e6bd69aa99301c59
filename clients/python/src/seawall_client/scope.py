"""What is known of the work that runs: tags, user, request, breadcrumbs. It is the context's, not the thread's.

Scopes are found by a context variable: tasks of asyncio inherit theirs, threads do not, unless they are told
(`inherit_scope`). One scope may be shared by the tasks and threads of one request.
"""

from __future__ import annotations

import contextvars
import functools
from collections import deque
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Callable, TypeVar, Union

from seawall_client.quiet import guarded
from seawall_client.tracing import Trace, active_trace, new_trace

__all__ = [
    "Scope", "ScopeBlock", "base_scope", "current_scope", "enter_scope", "fresh_scope", "inherit_scope",
    "isolation_scope", "leave_scope", "push_scope", "reset_base_scope",
]  # fmt: skip

User = Union[Mapping[str, Any], Callable[[], "Mapping[str, Any]"]]
Request = Union[Mapping[str, Any], Callable[[], "Mapping[str, Any]"]]
F = TypeVar("F", bound=Callable[..., Any])


class Scope:
    """Set what you know; every event that is captured within has it.

    request: the request as the schema has it, or a function that gives it: it is only asked where something failed. So
        may be `user` and `transaction`.
    trace: of the request. Made where it is asked for, but not on the base scope: a process is no trace.
    """

    __slots__ = (
        "breadcrumbs", "correlation_id", "extra", "fingerprint", "is_base", "request", "session_id", "severity", "tags",
        "trace", "transaction", "user",
    )  # fmt: skip

    def __init__(self, max_breadcrumbs: int = 50, *, is_base: bool = False) -> None:
        self.tags: dict[str, Any] = {}
        self.extra: dict[str, Any] = {}
        self.user: User = {}
        self.breadcrumbs: deque[dict[str, Any]] = deque(maxlen=max(max_breadcrumbs, 0))
        self.transaction: str | Callable[[], str | None] | None = None
        self.fingerprint: list[str] | None = None
        self.severity: str | None = None
        self.session_id: str | None = None
        self.correlation_id: str | None = None
        self.request: Request | None = None
        self.trace: Trace | None = None
        self.is_base = is_base

    def copy(self) -> Scope:
        """A scope that says the same, and can be changed without changing this one."""
        made = Scope.__new__(Scope)
        made.tags = dict(self.tags)
        made.extra = dict(self.extra)
        made.user = self.user
        made.breadcrumbs = self.breadcrumbs.copy()
        for name in ("transaction", "fingerprint", "severity", "session_id", "correlation_id", "request", "trace"):
            setattr(made, name, getattr(self, name))
        made.is_base = False
        return made

    @guarded
    def set_tag(self, name: str, value: Any) -> None:
        """A short value to filter by."""
        self.tags[name] = value

    @guarded
    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Several tags."""
        self.tags.update(tags)

    @guarded
    def set_extra(self, name: str, value: Any) -> None:
        """Anything else that helps; bounded and masked when an event is made."""
        self.extra[name] = value

    @guarded
    def set_user(self, user: Mapping[str, Any] | str | None) -> None:
        """Who is affected: an id, or an object with `id` and what else may be told. None forgets."""
        self.user = {} if user is None else dict(user) if isinstance(user, Mapping) else {"id": user}

    def set_transaction(self, name: str | None) -> None:
        """The route, job or command that runs."""
        self.transaction = name

    def set_fingerprint(self, parts: list[str] | None) -> None:
        """Your own grouping; `{{ default }}` stands for Seawall's."""
        self.fingerprint = parts

    def set_severity(self, severity: str | None) -> None:
        """`debug`, `info`, `warning`, `error` or `critical`: of all events within."""
        self.severity = severity

    def add_breadcrumb(self, crumb: dict[str, Any]) -> None:
        """What happened before; the oldest one goes when there are too many."""
        self.breadcrumbs.append(crumb)

    def trace_now(self) -> Trace | None:
        """OpenTelemetry's active trace, else the scope's."""
        trace = active_trace() or self.trace
        if trace is None and not self.is_base:
            trace = self.trace = new_trace()
        return trace


_current: contextvars.ContextVar[Scope | None] = contextvars.ContextVar("seawall_scope", default=None)
_base = Scope(is_base=True)


def base_scope() -> Scope:
    """The process's own scope."""
    return _base


def reset_base_scope(max_breadcrumbs: int) -> None:
    """Forget what the process's scope says."""
    global _base  # noqa: PLW0603  one a process
    _base = Scope(max_breadcrumbs, is_base=True)


def current_scope() -> Scope:
    """The innermost scope that the caller is in."""
    return _current.get() or _base


def enter_scope(scope: Scope) -> contextvars.Token[Scope | None]:
    """Make a scope the current one, until `leave_scope`."""
    return _current.set(scope)


def leave_scope(token: contextvars.Token[Scope | None]) -> None:
    """Back to the scope before."""
    try:
        _current.reset(token)
    except (ValueError, RuntimeError):  # left in another context, as generators may be: there it is not set
        _current.set(None)


class ScopeBlock:
    """A `with` or `async with` block that has a scope of its own."""

    def __init__(self, make: Callable[[], Scope]) -> None:
        """`make` is called on entering."""
        self._make = make
        self._token: contextvars.Token[Scope | None] | None = None

    def __enter__(self) -> Scope:
        scope = self._make()
        self._token = enter_scope(scope)
        return scope

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._token is not None:
            leave_scope(self._token)

    async def __aenter__(self) -> Scope:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)


def push_scope() -> ScopeBlock:
    """A block whose scope begins as a copy of the current one."""
    return ScopeBlock(lambda: current_scope().copy())


def isolation_scope() -> ScopeBlock:
    """A block for one request or job: its scope begins as the process's, with no breadcrumbs and a trace of its own."""
    return ScopeBlock(fresh_scope)


def fresh_scope() -> Scope:
    """The scope of a request or job that begins."""
    made = Scope.__new__(Scope)
    base = _base
    made.tags = dict(base.tags)
    made.extra = dict(base.extra)
    made.user = base.user
    made.breadcrumbs = deque(maxlen=base.breadcrumbs.maxlen)
    made.transaction = base.transaction
    made.fingerprint = base.fingerprint
    made.severity = base.severity
    made.session_id = made.correlation_id = made.request = made.trace = None
    made.is_base = False
    return made


def inherit_scope(function: F) -> F:
    """The function, run in the scope of now: for threads and executors, which do not inherit it."""
    scope = current_scope()

    @functools.wraps(function)
    def inherited(*args: Any, **kwargs: Any) -> Any:
        token = _current.set(scope)
        try:
            return function(*args, **kwargs)
        finally:
            leave_scope(token)

    return inherited  # type: ignore[return-value]  # it takes and gives what the function does
