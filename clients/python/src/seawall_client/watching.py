"""`capture`: code that is watched, as a decorator or a block, for functions and coroutines."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Generator
from types import TracebackType
from typing import Any, Callable, Literal, TypeVar, Union, overload

from seawall_client import api

__all__ = ["Capture", "Catch", "capture"]

F = TypeVar("F", bound=Callable[..., Any])


class _Watch:
    """Captures what is raised within, once for all uses: it holds no state of its own."""

    __slots__ = ("_default", "_fields", "_reraise")

    def __init__(self, *, reraise: bool, default: Any, fields: dict[str, Any]) -> None:
        """`fields` are more of the event, under the schema's names."""
        self._reraise = reraise
        self._default = default
        self._fields = {"mechanism": "capture", "handled": not reraise, **fields}

    def __call__(self, function: F) -> F:
        """Watch a function, a coroutine function, or a generator of either kind."""
        if inspect.isasyncgenfunction(function):
            made: Any = self._async_generator(function)
        elif inspect.iscoroutinefunction(function):
            made = self._coroutine(function)
        elif inspect.isgeneratorfunction(function):
            made = self._generator(function)
        else:
            made = self._function(function)
        return functools.wraps(function)(made)  # type: ignore[return-value]  # it takes and gives what the function does

    def __enter__(self) -> None:
        return None

    async def __aenter__(self) -> None:
        return None

    def _caught(self, error: Exception) -> bool:
        """Capture it. Returns whether it ends here."""
        api.capture_exception(error, **self._fields)
        return not self._reraise

    def _function(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            except Exception as error:
                if self._caught(error):
                    return self._default
                raise

        return watched

    def _coroutine(self, function: Callable[..., Any]) -> Callable[..., Any]:
        async def watched(*args: Any, **kwargs: Any) -> Any:
            try:
                return await function(*args, **kwargs)
            except Exception as error:
                if self._caught(error):
                    return self._default
                raise

        return watched

    def _generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            try:
                return (yield from function(*args, **kwargs))
            except Exception as error:
                if self._caught(error):
                    return self._default
                raise

        return watched

    def _async_generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """As an asynchronous `yield from` would: what is sent or thrown into the generator is its own to handle."""

        async def watched(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
            inner = function(*args, **kwargs)
            try:
                step = inner.__anext__()
                while True:
                    item = await step
                    try:
                        sent = yield item
                    except GeneratorExit:
                        raise
                    except BaseException as thrown:  # noqa: BLE001  handed on
                        step = inner.athrow(thrown)
                    else:
                        step = inner.asend(sent)
            except StopAsyncIteration:
                return
            except Exception as error:
                if not self._caught(error):
                    raise
            finally:
                await inner.aclose()

        return watched


class Capture(_Watch):
    """A block that raises on: type checkers know that what stands behind it is only reached without an error."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, Exception):
            self._caught(error)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)


class Catch(_Watch):
    """A block that may end an error."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        return isinstance(error, Exception) and self._caught(error)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        return self.__exit__(kind, error, traceback)


@overload
def capture(function: F) -> F: ...
@overload
def capture(*, reraise: Literal[True] = ..., default: Any = ..., **fields: Any) -> Capture: ...
@overload
def capture(*, reraise: bool, default: Any = ..., **fields: Any) -> Catch: ...
def capture(
    function: F | None = None, *, reraise: bool = True, default: Any = None, **fields: Any
) -> Union[F, Capture, Catch]:
    """Watch code: as a decorator, or in a `with` or `async with` block.

    Args:
        function: what is decorated.
        reraise: whether what was captured is raised on.
        default: what the function returns instead, where it is not.
        fields: more of the event, under the schema's names, such as `severity` or `tags`.
    """
    made = (Capture if reraise else Catch)(reraise=reraise, default=default, fields=fields)
    return made if function is None else made(function)
