"""Faust: `instrument(app)`, before agents and tasks are defined.

https://faust-streaming.github.io/faust/userguide/agents.html
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterable, AsyncIterator, Awaitable
from typing import Any, Callable

import faust
from faust.agents import current_agent

from seawall_client.api import capture_exception
from seawall_client.quiet import guarded

__all__ = ["instrument"]

Catch = Callable[[BaseException], None]


def instrument(app: faust.App) -> faust.App:
    """Capture what agents, tasks, timers and cron jobs raise; what Faust does about it stays as it is."""
    for kind in ("agent", "task", "timer", "crontab"):
        setattr(app, kind, _decorators(getattr(app, kind), kind))
    return app


def _decorators(original: Callable[..., Any], kind: str) -> Callable[..., Any]:
    """`@app.task` comes with and without parentheses, the others with."""

    @functools.wraps(original)
    def decorator(*args: Any, **options: Any) -> Any:
        if kind == "task" and len(args) == 1 and callable(args[0]):
            return original(_job(args[0], kind), **options)
        made = original(*args, **options)
        return lambda function: made(_agent(function) if kind == "agent" else _job(function, kind))

    return decorator


def _agent(function: Callable[..., Any]) -> Callable[..., Any]:
    """An agent's function gives something to await, or to iterate over."""

    @guarded
    def caught(error: BaseException) -> None:
        running = current_agent()
        name = function.__qualname__ if running is None else running.name
        _capture(error, f"agent {name}", _position())

    @functools.wraps(function)
    def watched(*args: Any, **options: Any) -> Any:
        made = function(*args, **options)
        return _iterating(made, caught) if isinstance(made, AsyncIterable) else _awaiting(made, caught)

    return watched


def _job(function: Callable[..., Any], kind: str) -> Callable[..., Any]:
    @guarded
    def caught(error: BaseException) -> None:
        _capture(error, f"{kind} {function.__qualname__}", None)

    @functools.wraps(function)
    async def watched(*args: Any, **options: Any) -> Any:
        return await _awaiting(function(*args, **options), caught)

    return watched


async def _awaiting(made: Awaitable[Any], caught: Catch) -> Any:
    try:
        return await made
    except Exception as error:
        caught(error)
        raise


async def _iterating(made: AsyncIterable[Any], caught: Catch) -> AsyncIterator[Any]:
    try:
        async for item in made:
            yield item
    except Exception as error:
        caught(error)
        raise
    finally:
        close = getattr(made, "aclose", None)
        if close is not None:
            await close()


def _capture(error: BaseException, transaction: str, position: dict[str, Any] | None) -> None:
    extra = {"faust": position} if position else {}
    capture_exception(error, mechanism="faust", handled=False, transaction=transaction, extra=extra)


def _position() -> dict[str, Any] | None:
    """Where the record lies that was being worked on; nothing of what is in it."""
    event = faust.current_event()
    message = getattr(event, "message", None)
    if message is None:
        return None
    return {"topic": message.topic, "partition": message.partition, "offset": message.offset}
