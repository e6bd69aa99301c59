"""What became of an event, and why: each step from its record to its group, by the rules in force."""

from dataclasses import asdict
from typing import Any

from models.severity import Severity
from rules.enriching import Enricher, EnrichmentData
from rules.filtering import Filters
from rules.grouping import Grouper
from rules.grouping.explaining import Explanation, explain
from rules.masking import Masker
from rules.normalizing import NotAnError, Unreadable, normalize
from rules.rulefile import RuleFile

__all__ = ["explain_payload", "explain_record"]

Draft = dict[str, Any]
Told = dict[str, Any]

_FACTS = (
    "service", "environment", "severity", "error_type", "message", "logger", "transaction", "release", "language",
    "event_id", "trace_id", "fingerprint", "message_template",
)  # fmt: skip
_NOTHING = EnrichmentData()
_ADDED = ("culprit", "group_id", "origin", "received_at")  # by us, when it was stored


def explain_record(
    record: bytes,
    rules: RuleFile,
    hash_key: bytes = b"",
    hint: str | None = None,
    known: EnrichmentData = _NOTHING,
) -> list[Told]:
    """Each event in a record, as JSON values.

    Args:
        record: as it would come from Kafka.
        rules: the rules in force.
        hash_key: for masking by hash.
        hint: the format, where it is known.
        known: what enrichment looks up, as far as it is at hand.
    """
    try:
        drafts = normalize(record, {}, hint)
    except Unreadable as problem:
        return [{"unreadable": problem.reason.value, "detail": problem.detail}]
    except NotAnError as problem:
        return [{"not_an_error": problem.what}]
    filters, masker, grouper = Filters(rules.filters), Masker(rules.masking, hash_key), Grouper(rules.grouping)
    enricher = Enricher(known)
    return [_explain_draft(draft, filters, masker, enricher, grouper) for draft in drafts]


def explain_payload(payload: Draft, rules: RuleFile) -> Told:
    """An event that is stored: it was read and masked when it came, and is grouped as the rules say now."""
    draft = {name: value for name, value in payload.items() if name not in _ADDED}
    return {
        "format": draft.get("format"),
        "event": _facts(draft),
        "remarks": draft.get("remarks") or [],
        "enriched": draft.get("enrichment") or {},
        "stored": {name: payload.get(name) for name in _ADDED},
        "grouping": _told(explain(Grouper(rules.grouping), draft), draft),
    }


def _explain_draft(draft: Draft, filters: Filters, masker: Masker, enricher: Enricher, grouper: Grouper) -> Told:
    normalized = list(draft.get("remarks") or ())
    decision = filters.decide(draft)
    hints = enricher.hints(draft)
    masker.mask(draft)
    enricher.enrich(draft, hints)
    masked = (draft.get("remarks") or [])[len(normalized) :]
    severity = Severity(draft.get("severity") or Severity.ERROR)
    return {
        "format": draft.get("format"),
        "event": _facts(draft) | {"severity": severity.value},
        "normalized": normalized,
        "filtered": asdict(decision) if decision else None,
        "masked": masked,
        "enriched": draft.get("enrichment") or {},
        "grouping": _told(explain(grouper, draft), draft),
    }


def _facts(draft: Draft) -> Told:
    facts = {name: draft[name] for name in _FACTS if draft.get(name)}
    chain = draft.get("exception") or []
    facts["exceptions"] = [
        {"type": one.get("type"), "value": one.get("value"), "frames": len(one.get("frames") or ())} for one in chain
    ]
    return facts


def _told(found: Explanation, draft: Draft) -> Told:
    grouping = found.grouping
    chain = draft.get("exception") or []
    return {
        "fingerprint": grouping.fingerprint,
        "title": grouping.title,
        "culprit": grouping.culprit,
        "variant": grouping.variant,
        "rule": grouping.rule,
        "message": grouping.message,
        "hashes": list(grouping.hashes),
        "owned": grouping.owned,
        "variants": [
            {"name": variant.label, "hash": variant.hash, "components": list(variant.components)}
            for variant in found.variants
        ],
        "frames": [asdict(frame) | {"type": chain[frame.exception].get("type")} for frame in found.frames],
    }
