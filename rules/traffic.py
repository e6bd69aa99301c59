"""Records of the topic `traffic`, and what they add to the thresholds that are about a share of requests."""

from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import Any

from models.event import ErrorEvent
from models.reasons import DeadReason
from models.traffic import Traffic
from models.wire import GroupRef, Part, RateDelta, Source
from rules.coercing import Remarks
from rules.matching import Getter, compile_match
from rules.normalizing.decoding import check_size, decode
from rules.normalizing.draft import Unreadable
from rules.normalizing.times import epoch
from rules.rulefile import RuleFile
from rules.rulefile.durations import parse_duration

__all__ = ["TrafficThresholds", "delta_of", "parse_traffic"]

MAX_ITEMS = 1_000  # in one record
MAX_REQUESTS = 1_000_000_000_000
LONGEST = 3_600.0  # seconds that one count may be of
AHEAD = 60.0  # seconds by which a producer's clock may be ahead
DEFAULT_WINDOW = 60.0
_ID_BYTES = 16
_NAME = 200  # characters of a service or environment
_SERVICE, _ENVIRONMENT = (ErrorEvent.model_fields[name].default for name in ("service", "environment"))

Mask = Callable[[str], str]


def parse_traffic(
    value: bytes | None, offset: int, received_at: float, mask: Mask, *, sent_as: bytes | None = None
) -> list[Traffic]:
    """What a record says of requests: an object, or a list of them.

    Args:
        value: the record's: `service`, `environment`, `requests`; `from` and `to`, or one of them and `window`
            (`1m`, or seconds), or only `window`, which ends when the record was received; `id`, by which
            it counts once.
        offset: the record's.
        received_at: epoch seconds.
        mask: takes secrets and personal data out of a text.
        sent_as: what makes the record known again where its sender may have written it twice.

    Raises:
        Unreadable: it is no JSON, or no such thing.
    """
    data, is_json = decode(check_size(value), Remarks())
    if not is_json:
        raise Unreadable(DeadReason.INVALID_JSON, "traffic must be a JSON object")
    items = data if isinstance(data, list) else [data]
    if not 0 < len(items) <= MAX_ITEMS:
        raise Unreadable(DeadReason.NO_TRAFFIC, f"no traffic in the record, or more than {MAX_ITEMS} items")
    return [_of_item(item, offset, received_at, mask, _again(sent_as, n)) for n, item in enumerate(items)]


def _again(sent_as: bytes | None, number: int) -> str | None:
    return f"{sent_as.hex()}/{number}" if sent_as else None


def _of_item(item: Any, offset: int, received_at: float, mask: Mask, again: str | None) -> Traffic:
    if not isinstance(item, dict):
        raise Unreadable(DeadReason.NO_TRAFFIC, "traffic must be an object")
    service, requests = _text(item.get("service")), item.get("requests")
    if not service:
        raise Unreadable(DeadReason.NO_TRAFFIC, "`service` is missing, or no text")
    if isinstance(requests, bool) or not isinstance(requests, int) or not 0 <= requests <= MAX_REQUESTS:
        raise Unreadable(DeadReason.NO_TRAFFIC, "`requests` is missing, or no whole number")
    start, end = _times(item, received_at)
    return Traffic(
        offset=offset,
        service=mask(service)[:_NAME],
        environment=mask(_text(item.get("environment")) or _ENVIRONMENT)[:_NAME],
        requests=requests,
        start=start,
        end=end,
        id=_id(service, item.get("id"), again),
    )


def _id(service: str, given: Any, again: str | None) -> str | None:
    """An id as its service gives it, or that of the record."""
    same = f"{service}\0{given[:_NAME]}" if isinstance(given, str) and given else again
    return blake2b(same.encode(errors="replace"), digest_size=_ID_BYTES).hexdigest() if same else None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    storable = value[: 4 * _NAME].replace("\0", " ").encode(errors="replace").decode()
    return " ".join(storable.split())[:_NAME]


def _times(item: dict[str, Any], received_at: float) -> tuple[float, float]:
    start, end, window = epoch(item.get("from")), epoch(item.get("to")), _window(item.get("window"))
    if start is not None and end is None:
        end = start + window
    if end is None:
        end = received_at
    if start is None:
        start = end - window
    if not 0 < end - start <= LONGEST or not 0 < end <= received_at + AHEAD:
        raise Unreadable(DeadReason.NO_TRAFFIC, "`from` and `to` are no time of up to an hour, or lie ahead")
    return start, end


def _window(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return float(value)
    if value is None:
        return DEFAULT_WINDOW
    try:
        return float(parse_duration(value))
    except ValueError:
        raise Unreadable(DeadReason.NO_TRAFFIC, "`window` is no duration such as 1m") from None


_FIELDS: dict[str, Getter] = {"service": lambda told: told.service, "environment": lambda told: told.environment}


class TrafficThresholds:
    """A rule file's thresholds that requests matter to, compiled."""

    def __init__(self, rules: RuleFile) -> None:
        self._rules = []
        for rule in rules.thresholds:
            if rule.plan is not None and rule.plan.base == "traffic" and not rule.plan.asks_prometheus:
                match = {field: patterns for field, patterns in rule.match.patterns().items() if field in _FIELDS}
                self._rules.append((rule.name, compile_match(match, _FIELDS), rule.group_by, rule.plan.span.pane))

    def deltas(self, told: Sequence[Traffic], source: Source, oldest: float) -> list[RateDelta]:
        """What a batch adds: one record a threshold and group-by values.

        Args:
            told: the batch's.
            source: where it lay.
            oldest: epoch seconds; what lies before fires nothing any more.
        """
        found: dict[tuple[str, tuple[tuple[str, str], ...]], list[Traffic]] = {}
        panes: dict[str, int] = {}
        for one in told:
            for name, fits, fields, pane in self._rules:
                if one.end > oldest and fits(one):
                    by = tuple((field, _FIELDS[field](one) or "") for field in fields)
                    found.setdefault((name, by), []).append(one)
                    panes[name] = pane
        return [delta_of(name, dict(by), some, source, panes[name]) for (name, by), some in found.items()]


def delta_of(name: str, by: dict[str, str], told: Sequence[Traffic], source: Source, pane: int) -> RateDelta:
    """What requests add to a threshold, by panes of so many seconds."""
    last = told[-1]
    return RateDelta(
        rule=name,
        by=by,
        source=source,
        parts=[],
        base=_parts(told, pane),
        last_at=max(one.end for one in told),
        group=GroupRef(group_id="", fingerprint="", service=last.service, environment=last.environment, title=name),
    )


def _parts(told: Iterable[Traffic], pane: int) -> list[Part]:
    by_pane: dict[int, dict[int, int]] = {}
    for one in told:
        for start, requests in one.spread(pane):
            offsets = by_pane.setdefault(start, {})
            offsets[one.offset] = offsets.get(one.offset, 0) + requests
    return [
        Part(start, [(offset, 1, requests) for offset, requests in sorted(offsets.items())])
        for start, offsets in sorted(by_pane.items())
    ]
