"""An answer that has to be there by a moment: a socket's own timeout begins anew with each byte."""

from __future__ import annotations

import http.client
import io
import time
from typing import Any, Callable

__all__ = ["answer_until"]


def answer_until(ends: float) -> Callable[..., http.client.HTTPResponse]:
    """What makes `http.client`'s answers, which raise TimeoutError where they take longer than to `ends`.

    Args:
        ends: of the monotonic clock.
    """

    def make(sock: Any, *args: Any, **options: Any) -> http.client.HTTPResponse:
        return http.client.HTTPResponse(_File(sock, ends), *args, **options)  # type: ignore[arg-type]  # of a socket it only asks a file

    return make


class _File:
    """Gives the file that an answer is read from."""

    def __init__(self, sock: Any, ends: float) -> None:
        self._sock = sock
        self._ends = ends

    def makefile(self, mode: str) -> io.BufferedReader:
        raw = self._sock.makefile(mode, buffering=0)
        return io.BufferedReader(_Until(raw, self._sock, self._ends))


class _Until(io.RawIOBase):
    """Reads with what is left of the time."""

    def __init__(self, raw: Any, sock: Any, ends: float) -> None:
        self._raw = raw
        self._sock = sock
        self._ends = ends

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        self._sock.settimeout(left)
        read: int | None = self._raw.readinto(buffer)
        return read

    def close(self) -> None:
        self._raw.close()
        super().close()
