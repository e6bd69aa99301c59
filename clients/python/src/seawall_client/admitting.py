"""Whether an error becomes an event: not what is ignored, was captured before, or is left out by sampling."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Callable, Union

from seawall_client.events.raw import variables_of
from seawall_client.options import Ignored, Moment

__all__ = ["Ignoring", "Sampling", "captured_before", "mark_captured"]

_MARK = "__seawall__"
_SAME = 30.0  # seconds; an exception object that is raised again later, as cached ones are, is another error
_DIGITS = 14  # hexadecimal, of an id's end
_BITS = 2.0 ** (4 * _DIGITS)


def captured_before(error: BaseException) -> str | None:
    """The id of the event that this very exception was captured as a moment ago."""
    mark = variables_of(error).get(_MARK)
    if type(mark) is tuple and abs(time.time() - mark[1]) < _SAME:
        return str(mark[0])
    return None


def mark_captured(error: BaseException, event_id: str) -> None:
    """Remember that it was captured: on the object itself, so that nothing is kept alive by it."""
    variables_of(error)[_MARK] = (event_id, time.time())


class Ignoring:
    """The exceptions that are no events."""

    def __init__(self, ignored: Sequence[Ignored]) -> None:
        self._classes = tuple(one for one in ignored if isinstance(one, type))
        self._names = frozenset(one for one in ignored if isinstance(one, str))
        self._tests = [one for one in ignored if not isinstance(one, (type, str))]

    def ignores(self, error: BaseException) -> bool:
        """Whether it is one of them. A test that raises says no."""
        if self._classes and issubclass(type(error), self._classes):
            return True
        if self._names and any(_named(kind, self._names) for kind in type(error).__mro__):
            return True
        return any(_holds(test, error) for test in self._tests)


def _named(kind: type, names: frozenset[str]) -> bool:
    return kind.__name__ in names or f"{kind.__module__}.{kind.__qualname__}" in names


def _holds(test: Callable[[BaseException], bool], error: BaseException) -> bool:
    try:
        return bool(test(error))
    except Exception:  # noqa: BLE001  the user's test must not cost the event
        return False


class Sampling:
    """The share of events that is sent. All events of one trace share their fate, in every service."""

    def __init__(self, rate: float, sampler: Callable[[Moment], Union[float, bool]] | None) -> None:
        self._rate = rate
        self._sampler = sampler

    def needs_moment(self) -> bool:
        """Whether anything is decided at all."""
        return self._sampler is not None or self._rate < 1.0

    def keeps(self, moment: Moment, event_id: str) -> bool:
        """Decide by the trace's id, as OpenTelemetry does, or by the event's where there is no trace."""
        rate = self._rate
        if self._sampler is not None:
            try:
                rate = float(self._sampler(moment))
            except Exception:  # noqa: BLE001  the user's function must not cost the event
                rate = self._rate
        if rate >= 1.0:
            return True
        try:
            return int((moment.trace_id or event_id)[-_DIGITS:], 16) < rate * _BITS
        except ValueError:  # a trace's id that is not hexadecimal
            return True
