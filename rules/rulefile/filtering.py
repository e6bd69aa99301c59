"""The section `filters` of the rule file: which errors are passed over, thinned out or lowered."""

from rules.rulefile.part import Part

__all__ = ["FilterRules"]


class FilterRules(Part):
    """What is not worth storing, or not as severe as it says."""
