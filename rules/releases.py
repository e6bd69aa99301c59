"""Records of the topic `releases`: our own JSON, and what Sentry's API, GitHub and GitLab take or send."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec

from models.bounds import MAX_MESSAGE
from models.reasons import DeadReason
from models.release import MAX_COMMITS, MAX_RELEASE, MAX_SUBJECT, MAX_URL, Commit, Release
from rules.coercing import Remarks
from rules.normalizing.decoding import check_size, decode
from rules.normalizing.draft import Unreadable
from rules.normalizing.times import epoch
from rules.release_webhooks import NotReleased, flattened

__all__ = ["parse_releases"]

Mask = Callable[[str], str]

MAX_RELEASES = 200  # in one record: services that are released together
AHEAD = 86_400.0  # seconds by which a release may be announced before it is out
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_ADDRESS = re.compile(r"<[^<>]{0,200}>")
_RELEASES = ("release", "version")
_AT = ("at", "released_at", "dateReleased", "timestamp", "date")
_COMMITS = ("commit", "sha", "revision")


def parse_releases(value: bytes | None, received_at: float, mask: Mask) -> list[Release]:
    """The releases that a record tells of; none where it tells of what is not out yet, or was taken back.

    Args:
        value: the record's.
        received_at: epoch seconds, for a record that says no time of its own.
        mask: takes secrets and personal data out of a text.

    Raises:
        Unreadable: it is no JSON, or names no service or no release.
    """
    data, is_json = decode(check_size(value), Remarks())
    if not is_json:
        raise Unreadable(DeadReason.INVALID_JSON, "a release must be a JSON object")
    items = data if isinstance(data, list) else [data]
    releases = list(islice((one for item in items for one in _of_item(item, received_at, mask)), MAX_RELEASES + 1))
    if not items or len(releases) > MAX_RELEASES:
        raise Unreadable(DeadReason.NO_RELEASE, f"no releases in the record, or more than {MAX_RELEASES}")
    return releases


def _of_item(item: Any, received_at: float, mask: Mask) -> Iterator[Release]:
    if not isinstance(item, dict):
        raise Unreadable(DeadReason.NO_RELEASE, "a release must be an object")
    try:
        flat = flattened(item)
    except NotReleased:
        return
    release, services = _first_name(flat, _RELEASES), _services(flat)
    if not release or not services:
        missing = "`release`" if services else "`service`"
        raise Unreadable(DeadReason.NO_RELEASE, f"{missing} is missing, or no text")
    common = Release(
        service="",
        release=release,
        environment=_name(flat.get("environment")),
        at=_time(_first(flat, _AT), received_at),
        commit=_commit_id(_first(flat, _COMMITS)) or None,
        previous=_name(flat.get("previous")) or None,
        url=_masked(flat.get("url"), MAX_URL, mask) or None,
        author=_author(flat.get("author"), mask) or None,
        commits=tuple(_commits(flat.get("commits"), received_at, mask)),
    )
    for service in services:
        yield msgspec.structs.replace(common, service=service)


def _services(flat: Mapping[str, Any]) -> list[str]:
    given = flat.get("service") or flat.get("services") or flat.get("projects")
    named = (one.get("slug") or one.get("name") if isinstance(one, dict) else one for one in _listed(given))
    return list(dict.fromkeys(name for one in islice(named, MAX_RELEASES) if (name := _name(one))))


def _commits(given: Any, received_at: float, mask: Mask) -> Iterator[Commit]:
    for one in islice(_listed(given), MAX_COMMITS):
        fields = one if isinstance(one, dict) else {"id": one}
        commit = _commit_id(_first(fields, ("id", "sha", "commit", "hash")))
        if not commit:
            continue
        at = _first(fields, ("at", "timestamp", "date"))
        yield Commit(
            id=commit,
            subject=_masked(_line(_first(fields, ("subject", "title", "message"))), MAX_SUBJECT, mask),
            author=_author(_first(fields, ("author", "author_name", "author_email")), mask),
            at=_time(at, received_at) if at else None,
        )


def _first(fields: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((value for name in names if (value := fields.get(name))), None)


def _first_name(fields: Mapping[str, Any], names: Sequence[str]) -> str:
    return next((name for one in names if (name := _name(fields.get(one)))), "")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _name(value: Any) -> str:
    """A name, in one line; a version may have been written as a number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return " ".join(value[:MAX_MESSAGE].split())[:MAX_RELEASE] if isinstance(value, str) else ""


def _line(value: Any) -> str:
    return value[:MAX_MESSAGE].strip().partition("\n")[0].strip() if isinstance(value, str) else ""


def _masked(value: Any, limit: int, mask: Mask) -> str:
    return mask(value[:limit])[:limit] if value and isinstance(value, str) else ""


def _author(value: Any, mask: Mask) -> str:
    """A person's name; of an address only what stands before the `@`."""
    if isinstance(value, dict):
        value = _first(value, ("name", "login", "username", "email"))
    name = _ADDRESS.sub("", value[:MAX_MESSAGE]) if isinstance(value, str) else ""
    if isinstance(value, str) and not name.strip():
        name = value[:MAX_MESSAGE].strip(" <>")
    return _masked(_name(name.partition("@")[0]), MAX_RELEASE, mask)


def _commit_id(value: Any) -> str:
    text = value.strip().lower() if isinstance(value, str) and len(value) <= MAX_RELEASE else ""
    return text if _COMMIT.fullmatch(text) else ""


def _time(value: Any, received_at: float) -> float:
    at = epoch(value)
    return at if at is not None and 0 < at <= received_at + AHEAD else received_at
