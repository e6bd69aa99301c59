"""The section `masking` of the rule file: what is taken out of errors before anything else looks at them."""

from rules.rulefile.part import Part

__all__ = ["MaskingRules"]


class MaskingRules(Part):
    """What is masked, beside what is built in."""
