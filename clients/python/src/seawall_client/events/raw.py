"""What Python itself keeps of an exception: a class may hide it behind attributes of its own that fail."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Callable

__all__ = ["cause_of", "context_of", "hides_context", "traceback_of", "variables_of"]


def _reader(name: str) -> Callable[[BaseException], Any]:
    read: Callable[[BaseException], Any] = BaseException.__dict__[name].__get__
    return read


cause_of: Callable[[BaseException], BaseException | None] = _reader("__cause__")
context_of: Callable[[BaseException], BaseException | None] = _reader("__context__")
hides_context: Callable[[BaseException], bool] = _reader("__suppress_context__")
traceback_of: Callable[[BaseException], TracebackType | None] = _reader("__traceback__")
variables_of: Callable[[BaseException], dict[str, Any]] = _reader("__dict__")
