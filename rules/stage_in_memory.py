"""A keyed agent's stage in memory, for trying rules: the same pure functions, without topics and tables."""

import heapq
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

__all__ = ["Stage"]

State = dict[str, Any]
Item = TypeVar("Item")
Decision = TypeVar("Decision")


class Stage(Generic[Item, Decision]):
    """One stage: its states by key, and when each has something to do.

    Args:
        observe: folds an item into a state.
        pass_time: what becomes of a state while nothing comes.
    """

    def __init__(
        self,
        observe: Callable[[State | None, Item], tuple[State | None, list[Decision]]],
        pass_time: Callable[[State, float], tuple[State | None, list[Decision]]],
    ) -> None:
        self._observe, self._pass_time = observe, pass_time
        self._states: dict[str, State] = {}
        self._due: list[tuple[float, str]] = []

    def take(self, key: str, item: Item) -> list[Decision]:
        """Fold an item into the key's state; what that decides."""
        state, decided = self._observe(self._states.get(key), item)
        self._keep(key, state)
        return decided

    def next_due(self) -> float:
        """When there is something to do next; infinite without anything."""
        while self._due:
            at, key = self._due[0]
            state = self._states.get(key)
            if state is not None and state["d"] == at:
                return at
            heapq.heappop(self._due)
        return float("inf")

    def pass_time(self, now: float) -> Iterator[Decision]:
        """Do what is due by `now`; what that decides."""
        while self.next_due() <= now:
            _, key = heapq.heappop(self._due)
            state, decided = self._pass_time(self._states[key], now)
            self._keep(key, state)
            yield from decided

    def _keep(self, key: str, state: State | None) -> None:
        if state is None:
            self._states.pop(key, None)
            return
        self._states[key] = state
        heapq.heappush(self._due, (state["d"], key))
