"""What events are prepared by, compiled from the rules in force; only sections that changed are compiled again."""

from collections.abc import Callable
from typing import Any

from rules.enriching import Enricher, EnrichmentData
from rules.filtering import Filters
from rules.grouping import Grouper
from rules.masking import Masker
from rules.preparing import PrepareConfig
from rules.rulefile import RuleFile
from streams.job import Job

__all__ = ["Compiling"]


class Compiling:
    """Gives the configuration for preparing. One a worker."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._rules: RuleFile | None = None
        self._data: EnrichmentData | None = None
        self._parts: dict[str, tuple[Any, Any]] = {}  # name -> what it was compiled from, and the compiled
        self._config: PrepareConfig | None = None

    def config(self, data: EnrichmentData) -> PrepareConfig:
        """The configuration by the rules that are in force now.

        Args:
            data: what enrichment looks up; a new object whenever it changes.
        """
        rules = self._job.rulebook.current
        if self._config is None or rules is not self._rules or data is not self._data:
            self._config = self._compile(rules, data)
            self._rules, self._data = rules, data
        return self._config

    def _compile(self, rules: RuleFile, data: EnrichmentData) -> PrepareConfig:
        job = self._job
        return PrepareConfig(
            filters=self._part("filters", rules.filters, Filters),
            masker=self._part("masking", rules.masking, lambda section: Masker(section, job.hash_key)),
            enricher=Enricher(data),
            grouper=self._part("grouping", rules.grouping, Grouper),
            minimum_severity=job.config.minimum_severity,
            lateness=job.config.lateness,
            retention=job.config.retention_days * 86_400.0,
            hash_key=job.hash_key,
            hint=job.config.errors_format,
        )

    def _part(self, name: str, section: Any, compile_section: Callable[[Any], Any]) -> Any:
        """Kept where its section is the same: it remembers frames and stacks that it has seen."""
        known = self._parts.get(name)
        if known is None or known[0] != section:
            known = self._parts[name] = section, compile_section(section)
        return known[1]
