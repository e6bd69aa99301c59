"""A log of Sentry's structured logs: https://develop.sentry.dev/sdk/telemetry/logs/."""

from typing import Any

from rules.normalizing.draft import Draft
from rules.normalizing.formats.otlp.conventions import put_attributes
from rules.normalizing.formats.otlp.logs import severity_of
from rules.normalizing.levels import severity
from rules.normalizing.times import epoch

__all__ = ["parse_log"]

_OWN = {  # attributes of Sentry's own, beside OpenTelemetry's
    "sentry.environment": "environment",
    "sentry.release": "release",
    "server.address": "hostname",
    "sentry.trace.parent_span_id": "span_id",
}
_PARAMETER = "sentry.message.parameter."
_SAID = frozenset({"sentry.severity_number", "sentry.severity_text"})  # by the log itself, too


def parse_log(log: dict[str, Any], envelope: dict[str, Any]) -> Draft:
    """A log as a draft, whatever its level.

    Args:
        log: one of an item's logs.
        envelope: the headers of the envelope that it came in.
    """
    draft: Draft = {"format": "sentry"}
    attributes = _plain(log.get("attributes"))
    for name, field in _OWN.items():
        if value := attributes.pop(name, None):
            draft[field] = value
    sdk = attributes.pop("sentry.sdk.name", None)
    version = attributes.pop("sentry.sdk.version", None)
    if not sdk and isinstance(envelope.get("sdk"), dict):
        sdk, version = envelope["sdk"].get("name"), envelope["sdk"].get("version")
    if sdk:
        draft["sdk"] = f"{sdk}/{version}" if version else sdk
    if (at := epoch(log.get("timestamp"))) is not None:
        draft["timestamp"] = at
    number = log.get("severity_number")
    draft["severity"] = severity(log.get("level")) or severity_of(number if isinstance(number, int) else 0) or "info"
    for name in ("trace_id", "span_id"):
        if log.get(name):
            draft[name] = log[name]
    draft["message"] = log.get("body")
    draft["extra"] = put_attributes(draft, attributes)
    release = draft.get("release")
    if isinstance(release, str) and "@" in release:
        draft["service"] = release.rpartition("@")[0]
    return draft


def _plain(given: Any) -> dict[str, Any]:
    """The attributes without their types; parameters are in the message already."""
    if not isinstance(given, dict):
        return {}
    return {
        name: value["value"] if isinstance(value, dict) and "value" in value else value
        for name, value in given.items()
        if name not in _SAID and not name.startswith(_PARAMETER)
    }
