"""What a way out is: it sends a batch, and says in four ways that it could not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Callable, Protocol

from seawall_client.sending.loading import loading

__all__ = ["Denied", "NotSent", "OnDemand", "Refused", "Retry", "TooLarge", "Transport"]


class NotSent(Exception):  # noqa: N818  the base of four outcomes, each named after what it is
    """The batch, or a part of it, was not taken."""


class Retry(NotSent):
    """Not now. `after`: seconds that the other side asks for, or None; `left`: the events that were not taken."""

    def __init__(self, reason: str, *, after: float | None = None, left: Sequence[bytes] | None = None) -> None:
        super().__init__(reason)
        self.after = after
        self.left = left


class TooLarge(NotSent):
    """Not as one batch."""


class Refused(NotSent):
    """Never. Sent again, it would be refused again."""


class Denied(NotSent):
    """Not with this key."""


class Transport(Protocol):
    """One way out. Used by one thread at a time."""

    def load(self) -> None:
        """Import what sending needs; called on the thread that sends, before it does anything."""
        ...

    def send(self, events: Sequence[bytes], timeout: float) -> None:
        """Send a batch of events, each a line of JSON without its end; return when the other side has it for good.

        Raises:
            NotSent: one of its four kinds.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...

    def forget(self) -> None:
        """Drop connections that a forked process shares with its parent, without a word to the other side."""
        ...


class OnDemand:
    """A transport that is made when something is to be sent."""

    def __init__(self, make: Callable[[], Transport]) -> None:
        self._make = make
        self._made: Transport | None = None

    def load(self) -> None:
        """See `Transport`."""
        if self._made is None:
            with loading():
                self._made = self._make()

    def send(self, events: Sequence[bytes], timeout: float) -> None:
        """See `Transport`."""
        self.load()
        if self._made is not None:
            self._made.send(events, timeout)

    def close(self) -> None:
        """See `Transport`."""
        if self._made is not None:
            self._made.close()

    def forget(self) -> None:
        """See `Transport`."""
        if self._made is not None:
            self._made.forget()
