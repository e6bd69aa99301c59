"""Bodies of answers that are made while they are sent: each piece in the request's scope, and watched."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Any, Callable

from seawall_client.scope import Scope, enter_scope, leave_scope

__all__ = ["Body", "pieces_later"]

Caught = Callable[[Exception], None]


class Body:
    """An iterable body, closed as its server says."""

    def __init__(self, body: Iterable[bytes], scope: Scope, caught: Caught) -> None:
        """`caught` is told what is raised, which is raised on."""
        self._body = body
        self._pieces = None  # type: Iterator[bytes] | None
        self._scope = scope
        self._caught = caught

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        token = enter_scope(self._scope)
        try:
            if self._pieces is None:
                self._pieces = iter(self._body)
            return next(self._pieces)
        except StopIteration:
            raise
        except Exception as error:
            self._caught(error)
            raise
        finally:
            leave_scope(token)

    def close(self) -> None:
        """As the server calls it at the end, whatever happened."""
        close = getattr(self._body, "close", None)
        if close is None:
            return
        token = enter_scope(self._scope)
        try:
            close()
        except Exception as error:
            self._caught(error)
            raise
        finally:
            leave_scope(token)


async def pieces_later(body: AsyncIterable[Any], scope: Scope, caught: Caught) -> AsyncIterator[Any]:
    """The pieces of an asynchronous body."""
    pieces = body.__aiter__()
    while True:
        token = enter_scope(scope)
        try:
            piece = await pieces.__anext__()
        except StopAsyncIteration:
            return
        except Exception as error:
            caught(error)
            raise
        finally:
            leave_scope(token)
        yield piece
