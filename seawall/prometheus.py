"""Prometheus as the settings name it, and what it tells of a time that is over."""

import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rules.backtesting import Asked
from rules.requests_told import MINUTE, asking, query_of, requests_of
from seawall.errors import SettingsError
from sinks.prometheus import Access, Prometheus, PrometheusError, Series

if TYPE_CHECKING:
    from rules.rulefile import RuleFile, ThresholdRule
    from seawall.settings import Settings

__all__ = ["AskedBefore", "access_of", "asked_before"]

AT_ONCE = 120 * MINUTE  # seconds of one question: thousands of series stay below the limit of an answer


def access_of(settings: "Settings") -> Access | None:
    """How Prometheus is reached; None: there is none. Raises SettingsError where its certificates cannot be read."""
    if settings.prometheus_url is None:
        return None
    token, ca_file = settings.prometheus_token, settings.prometheus_ca_file
    if ca_file is not None:
        try:
            ssl.create_default_context(cafile=ca_file)
        except OSError as error:  # ssl.SSLError is one
            why = "is no certificate in PEM" if isinstance(error, ssl.SSLError) else error.strerror
            raise SettingsError(f"SEAWALL_PROMETHEUS_CA_FILE: {ca_file}: {why}") from None
    return Access(
        url=settings.prometheus_url,
        token=token.get_secret_value() if token else None,
        ca_file=str(ca_file) if ca_file else None,
        timeout=settings.prometheus_timeout,
    )


@dataclass(slots=True)
class AskedBefore:
    """Requests in the order of the ends of their minutes, and the rules that cannot be tried for want of them."""

    requests: list[Asked] = field(default_factory=list)
    unanswered: dict[str, str] = field(default_factory=dict)  # rule -> why


async def asked_before(access: Access | None, rules: "RuleFile", since: float, until: float) -> AskedBefore:
    """What thresholds that ask Prometheus would have been told since then.

    Args:
        access: how it is reached; None: it is not.
        rules: the thresholds.
        since: epoch seconds.
        until: likewise; the minute in which it lies is not over.
    """
    told = AskedBefore()
    wanted = asking(rules)
    if access is None:
        told.unanswered = dict.fromkeys(wanted, "SEAWALL_PROMETHEUS_URL is not set")
        return told
    server = Prometheus(access)
    try:
        for name, rule in wanted.items():
            try:
                told.requests += await _of_rule(server, rule, int(since), int(until))
            except (PrometheusError, ValueError) as problem:
                told.unanswered[name] = str(problem)
    finally:
        await server.close()
    told.requests.sort(key=lambda one: one.end)
    return told


async def _of_rule(server: Prometheus, rule: "ThresholdRule", since: int, until: int) -> list[Asked]:
    first, last = -(-since // MINUTE) * MINUTE, until // MINUTE * MINUTE
    query, found = query_of(rule) or "", list[Asked]()
    for start in range(first, last + 1, AT_ONCE):
        answer = await server.range(query, start, min(start + AT_ONCE - MINUTE, last), MINUTE)
        found += _minutes(rule, answer)
    return found


def _minutes(rule: "ThresholdRule", answer: Iterable[Series]) -> Iterator[Asked]:
    for series in answer:
        for end, value in series.values:
            delta = requests_of(rule, series.labels, [(end, value)])
            if delta is not None:
                yield Asked(float(end), delta)
