"""Enrichment: what is known of an error's service, its owner, its release, its place and its user.

Pure: what is looked up has been read before, by whoever may read files and ask servers.
"""

from rules.enriching.enricher import Enricher, EnrichmentData, Hints

__all__ = ["Enricher", "EnrichmentData", "Hints"]
