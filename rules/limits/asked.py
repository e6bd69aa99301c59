"""What may be asked of a window: each kind says whether it holds at an end, how much there is, and that in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from rules.limits.view import BASE, EVENTS, Drop, View
from rules.rulefile.durations import say_duration

__all__ = ["Count", "Distinct", "Limit", "Rate", "Span"]

_WORDS = {
    "user_id": "users", "hostname": "hosts", "service": "services", "environment": "environments",
    "release": "releases", "type": "types", "group": "groups",
}  # fmt: skip


class Limit(Protocol):
    """One thing that a threshold asks for."""

    @property
    def drops(self) -> Sequence[Drop]:
        """When it may change, without anything coming."""

    def holds(self, view: View, end: int) -> bool:
        """Whether it does at an end."""

    def value(self, view: View, end: int) -> float:
        """How much there is: people are told again when it has doubled. 0 where nothing grows."""

    def words(self, view: View, end: int) -> str:
        """That, for people."""


@dataclass(frozen=True, slots=True)
class Span:
    """A rule's window, seconds, and the grains that its events and its panes are kept in."""

    window: int
    grain: int
    pane: int

    @property
    def reach(self) -> int:
        """How far back whole panes reach from the last one: no window is missed."""
        return -(-self.window // self.pane) * self.pane

    @property
    def said(self) -> str:
        """The window in words."""
        return say_duration(self.window)


@dataclass(frozen=True, slots=True)
class Count:
    """So many events."""

    span: Span
    count: int

    @property
    def drops(self) -> Sequence[Drop]:  # noqa: D102
        return [(EVENTS, self.span.window + self.span.grain)]

    def holds(self, view: View, end: int) -> bool:  # noqa: D102
        return self.value(view, end) >= self.count

    def value(self, view: View, end: int) -> float:  # noqa: D102
        return view.events(end - self.span.window, end)

    def words(self, view: View, end: int) -> str:  # noqa: D102
        return f"{self.value(view, end):,.0f} in {self.span.said}, {self.count:,} or more"


@dataclass(frozen=True, slots=True)
class Distinct:
    """So many users, hosts or others."""

    span: Span
    of: str
    count: int

    @property
    def drops(self) -> Sequence[Drop]:  # noqa: D102
        return [(self.of, self.span.reach + self.span.pane)]

    def holds(self, view: View, end: int) -> bool:  # noqa: D102
        return self.value(view, end) >= self.count

    def value(self, view: View, end: int) -> float:  # noqa: D102
        last = end - end % self.span.pane
        return view.distinct(self.of, last - self.span.reach, last)

    def words(self, view: View, end: int) -> str:  # noqa: D102
        named = _WORDS.get(self.of, f"values of {self.of}")
        return f"{self.value(view, end):,.0f} {named} in {self.span.said}, {self.count:,} or more"


@dataclass(frozen=True, slots=True)
class Rate:
    """More than a share of all requests, or of all errors; told up to where these are known."""

    span: Span
    above: float
    of: Literal["traffic", "errors"]
    at_least: int  # of the base; with less nothing is said

    @property
    def drops(self) -> Sequence[Drop]:  # noqa: D102
        span = self.span
        return [(EVENTS, span.reach + span.pane), (BASE, span.reach + span.pane)]

    def _counts(self, view: View, end: int) -> tuple[int, int]:
        """Events and base in the window."""
        span, known = self.span, view.last(BASE, end)
        if known + span.reach < end:
            return 0, 0
        last = known if self.of == "traffic" else end - end % span.pane
        return view.events(last - span.reach, last + span.pane - 1), view.base(last - span.reach, last)

    def holds(self, view: View, end: int) -> bool:  # noqa: D102
        events, base = self._counts(view, end)
        return base >= self.at_least and events > self.above * base

    def value(self, view: View, end: int) -> float:
        """In percent."""
        events, base = self._counts(view, end)
        return 100 * events / base if base else 0.0

    def words(self, view: View, end: int) -> str:  # noqa: D102
        events, base = self._counts(view, end)
        named = "requests" if self.of == "traffic" else "errors"
        share = f"{100 * events / base:.3g} %" if base else f"{events:,}"
        return f"{share} of {base:,} {named} in {self.span.said}, above {100 * self.above:.3g} %"
