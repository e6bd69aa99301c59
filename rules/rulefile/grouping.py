"""The section `grouping` of the rule file: which errors are the same."""

from rules.rulefile.part import Part

__all__ = ["GroupingRules"]


class GroupingRules(Part):
    """How errors are grouped, beside what is built in."""
