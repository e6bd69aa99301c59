"""Filters: which errors are dropped, thinned out or lowered before anything else is done with them.

Pure, and the same answer for the same event on every worker and in every attempt.
"""

from rules.filtering.filters import Decision, Filters
from rules.filtering.presets import PRESETS

__all__ = ["PRESETS", "Decision", "Filters"]
