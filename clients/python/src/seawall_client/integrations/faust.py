"""Faust: `instrument(app)`, before agents and tasks are defined.

https://faust-streaming.github.io/faust/userguide/agents.html
"""

from __future__ import annotations

import functools
from typing import Any, Callable

import faust

from seawall_client.api import capture_exception

__all__ = ["instrument"]


def instrument(app: faust.App) -> faust.App:
    """Capture what agents, tasks, timers and cron jobs raise; what Faust does about it stays as it is."""
    wrapped = {name: _jobs(getattr(app, name), name) for name in ("task", "timer", "crontab")}
    for name, made in {"agent": _agents(app.agent), **wrapped}.items():
        setattr(app, name, made)
    return app


def _agents(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def agent(*args: Any, on_error: Any = None, **options: Any) -> Any:
        async def report(failed: Any, error: BaseException) -> None:
            _capture(error, f"agent {failed.name}", _position())
            if on_error is not None:
                await on_error(failed, error)

        return original(*args, on_error=report, **options)

    return agent


def _jobs(original: Callable[..., Any], kind: str) -> Callable[..., Any]:
    """`@app.task` comes with and without parentheses, the others with."""

    @functools.wraps(original)
    def decorator(*args: Any, **options: Any) -> Any:
        if len(args) == 1 and callable(args[0]) and not options:
            return original(_watched(args[0], kind))
        made = original(*args, **options)
        return lambda function: made(_watched(function, kind))

    return decorator


def _watched(function: Callable[..., Any], kind: str) -> Callable[..., Any]:
    @functools.wraps(function)
    async def watched(*args: Any, **options: Any) -> Any:
        try:
            return await function(*args, **options)
        except Exception as error:
            _capture(error, f"{kind} {function.__qualname__}", None)
            raise

    return watched


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
