"""The section `enrichment` of the rule file: where to look up what producers do not know."""

from rules.rulefile.part import Part

__all__ = ["EnrichmentRules"]


class EnrichmentRules(Part):
    """Where services, owners, places and users are looked up."""
