"""Links in messages, by templates of the rule file over what is known of an incident."""

import string
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from rules.matching import FACT_FIELDS, compile_match
from rules.rulefile import RuleFile

__all__ = ["AROUND", "FIELDS", "Links", "times", "unknown_fields"]

MAX_URL = 3_000
AROUND = 900  # seconds before an incident and after its latest change, for `from` and `to`
FIELDS: Final = (
    *("service", "environment", "severity", "type", "title", "culprit", "release", "rule", "team", "owner", "tier"),
    *("incident_id", "group_id", "event_id", "trace_id"),
    *("from", "to", "from_s", "to_s", "from_iso", "to_iso"),
)
_FORMATTER = string.Formatter()


def unknown_fields(template: str) -> list[str]:
    """The placeholders of a template that stand for nothing. Raises ValueError where its braces do not match."""
    found = []
    for _, name, spec, conversion in _FORMATTER.parse(template):
        if name is not None and (name not in FIELDS or spec or conversion):
            found.append(name)
    return found


def times(opened_at: float, at: float) -> dict[str, str]:
    """The fields that stand for the time around an incident, given in epoch seconds; `from` and `to` are in ms."""
    found = {}
    for name, when in (("from", opened_at - AROUND), ("to", at + AROUND)):
        found[name] = str(int(when * 1_000))
        found[f"{name}_s"] = str(int(when))
        found[f"{name}_iso"] = datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return found


class Links:
    """The links of a rule file, compiled."""

    def __init__(self, rules: RuleFile) -> None:
        self._links = [
            (link.name, list(_FORMATTER.parse(link.url)), compile_match(link.match.patterns(), FACT_FIELDS))
            for link in rules.links
        ]

    def of(self, facts: Mapping[str, str]) -> dict[str, str]:
        """Label -> URL, in the order of the file; one that asks for what is not known is left out.

        Args:
            facts: what is known, by the names of FIELDS.
        """
        found: dict[str, str] = {}
        for name, parts, fits in self._links:
            wanted = [field for _, field, _, _ in parts if field is not None]
            if fits(facts) and all(facts.get(field) for field in wanted):
                # Each value is one piece of the URL, whatever is in it: it cannot end the query or begin another host.
                url = "".join(text + (quote(facts[field], safe="") if field else "") for text, field, _, _ in parts)
                if len(url) <= MAX_URL:
                    found[name] = url
        return found
