"""A Sentry event as a draft."""

from typing import Any

from models import bounds
from rules.coercing import Remarks, string_map
from rules.normalizing.draft import Draft, NotAnError
from rules.normalizing.formats.browser_report import read_report
from rules.normalizing.formats.sentry.contexts import put_contexts, put_service
from rules.normalizing.formats.sentry.detecting import OLD_NAMES, is_event
from rules.normalizing.formats.sentry.message import put_message
from rules.normalizing.formats.sentry.request import read_request
from rules.normalizing.formats.sentry.stacks import put_stacks
from rules.normalizing.levels import severity
from rules.normalizing.named import put_user
from rules.normalizing.times import epoch

__all__ = ["parse_event"]

_PLATFORMS = {"node": "javascript", "cocoa": "objc", "other": None, "native": None, "null": None}
_NO_ERRORS = frozenset(
    {"transaction", "session", "sessions", "check_in", "profile", "replay_event", "feedback", "generic"}
)
_COMMIT_LENGTH = 40
_HEX = frozenset("0123456789abcdef")
_DIRECT = {
    "event_id": "event_id",
    "environment": "environment",
    "release": "release",
    "server_name": "hostname",
    "logger": "logger",
    "transaction": "transaction",
    "fingerprint": "fingerprint",
    "tags": "tags",
}
_REPORTS = {"csp": "csp", "hpkp": "hpkp", "expectct": "expect-ct", "expectstaple": "expect-staple", "nel": "nel"}
_READ_OR_DROPPED = frozenset(
    {
        *_DIRECT, *_REPORTS, "timestamp", "level", "platform", "sdk", "exception", "threads", "stacktrace", "message",
        "logentry", "user", "request", "extra", "contexts", "breadcrumbs", "modules", "type", "_meta", "_metrics",
        "received", "version", "errors", "transaction_info", "project", "key_id", "culprit", "checksum", "dist",
        "debug_meta", "ingest_path", "nodestore_insert", "grouping_config", "hashes", "title", "metadata", "location",
    }
)  # fmt: skip


def parse_event(record: dict[str, Any], remarks: Remarks) -> Draft:
    """A Sentry event.

    Raises:
        NotAnError: it is a transaction, a session or the like.
    """
    kind = record.get("type")
    if (isinstance(kind, str) and kind in _NO_ERRORS) or not is_event(record):
        raise NotAnError("a Sentry item that is no error")
    if not OLD_NAMES.keys().isdisjoint(record):
        record = {OLD_NAMES.get(key, key): value for key, value in record.items()}
    draft: Draft = {"format": "sentry"}
    for name, field in _DIRECT.items():
        value = record.get(name)
        if value is not None and value != "":
            draft[field] = value
    if isinstance(draft.get("tags"), list):
        draft["tags"] = string_map(draft["tags"], bounds.MAX_TAGS, bounds.MAX_TAG_VALUE, "tags", remarks)
    _put_basics(draft, record, remarks)
    put_message(draft, record)
    draft["extra"] = extra = _extra(record, remarks)
    put_stacks(draft, record, remarks)
    put_contexts(draft, record)
    if record.get("request"):
        draft["request"] = read_request(record["request"], extra)
    if record.get("user"):
        put_user(draft, record["user"])
    _put_aliases(draft, record)
    if not _REPORTS.keys().isdisjoint(record):
        _put_report(draft, record)
    put_service(draft, record)
    return draft


def _put_basics(draft: Draft, record: dict[str, Any], remarks: Remarks) -> None:
    if (given := record.get("timestamp")) is not None:
        at = epoch(given)
        if at is None:
            remarks.add("timestamp", "invalid")
        else:
            draft["timestamp"] = at
    draft["severity"] = severity(record.get("level")) or "error"
    platform = record.get("platform")
    if isinstance(platform, str) and (language := _PLATFORMS.get(platform, platform)):
        draft["language"] = language
    sdk = record.get("sdk")
    if isinstance(sdk, dict) and isinstance(sdk.get("name"), str):
        draft["sdk"] = f"{sdk['name']}/{sdk['version']}" if sdk.get("version") else sdk["name"]
        if platform == "native" and sdk["name"].startswith("sentry.rust"):
            draft["language"] = "rust"
    release = draft.get("release")
    if isinstance(release, str) and len(release) == _COMMIT_LENGTH and _HEX.issuperset(release):
        draft["commit"] = release


def _put_aliases(draft: Draft, record: dict[str, Any]) -> None:
    """What older SDKs call otherwise, and what has a tag in Sentry."""
    if record.get("culprit"):
        draft.setdefault("transaction", record["culprit"])
    if record.get("checksum") and not draft.get("fingerprint"):
        draft["fingerprint"] = [record["checksum"]]
    dist = record.get("dist")
    if dist is not None and dist != "":
        tags = draft.setdefault("tags", {})
        if isinstance(tags, dict):
            tags.setdefault("dist", str(dist))


def _put_report(draft: Draft, record: dict[str, Any]) -> None:
    """What a browser reported of a page's security, as Sentry's own interface holds it."""
    for name, kind in _REPORTS.items():
        body = record.get(name)
        if isinstance(body, dict) and body:
            report = read_report(kind, body)
            extra = {**report.pop("extra", {}), **draft["extra"]}
            draft.update({**report, **draft, "extra": extra})
            return


def _extra(record: dict[str, Any], remarks: Remarks) -> dict[str, Any]:
    """What has no field of ours: the event's extra, its breadcrumbs, modules and images, and names we do not know."""
    given = record.get("extra")
    extra = dict(given) if isinstance(given, dict) else {"extra": given} if given else {}
    crumbs = record.get("breadcrumbs")
    if isinstance(crumbs, dict):
        crumbs = crumbs.get("values")
    if isinstance(crumbs, list) and len(crumbs) > bounds.MAX_KEYS:  # the last ones tell most
        remarks.add("extra.breadcrumbs", "cut", len(crumbs))
        crumbs = crumbs[-bounds.MAX_KEYS :]
    if crumbs:
        extra.setdefault("breadcrumbs", crumbs)
    for name in ("modules", "debug_meta"):
        if record.get(name):
            extra.setdefault(name, record[name])
    if not record.keys() <= _READ_OR_DROPPED:
        for name, value in record.items():
            if name not in _READ_OR_DROPPED and value is not None and value != "":
                extra.setdefault(name, value)
    return extra
