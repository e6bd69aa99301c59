"""How bad an error is: five levels, ordered."""

from enum import StrEnum

__all__ = ["Severity"]


class Severity(StrEnum):
    """The severity of an event, a group or an incident, from least to most."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 (debug) to 4 (critical): what comparisons use."""
        return _RANKS[self]

    def raised(self, steps: int = 1) -> "Severity":
        """The level `steps` above this one, at most critical; below with a negative number, at least debug."""
        return _LEVELS[min(max(self.rank + steps, 0), len(_LEVELS) - 1)]

    @staticmethod
    def worst(first: "Severity", second: "Severity") -> "Severity":
        """The higher of two levels."""
        return first if first.rank >= second.rank else second


_LEVELS = tuple(Severity)
_RANKS = {level: rank for rank, level in enumerate(_LEVELS)}
