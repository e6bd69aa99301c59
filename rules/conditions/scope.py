"""What one evaluation of a condition holds and may spend."""

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["BUDGET", "TURN", "Code", "Draft", "Scope", "TooMuchError"]

Draft = Mapping[str, Any]
Code = Callable[[Draft, Any], Any]
"""A node of a condition: its value for a draft. The scope is None where the condition has no loops."""

BUDGET = 4_000_000  # characters that one evaluation may look at within its loops
TURN = 1_000  # characters that one turn of a loop stands for


class TooMuchError(Exception):
    """An evaluation has used up its budget."""


class Scope:
    """What the loops of one evaluation hold, and what is left of its budget."""

    __slots__ = ("left", "slots")

    def __init__(self, slots: int) -> None:
        self.slots: list[Any] = [None] * slots
        self.left = BUDGET

    def spend(self, units: int) -> None:
        """Raises TooMuchError."""
        self.left -= units
        if self.left < 0:
            raise TooMuchError
