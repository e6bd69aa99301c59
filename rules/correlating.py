"""Which of the errors in one trace led to the others.

By what is known best: the spans in which they happened, else what is known of which service calls which, else time. A
call that fails makes its callers fail after it, so what lies deepest, or came first, is the cause.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

__all__ = ["Cause", "Failure", "root_cause"]

_DEEPEST = 100  # calls that a chain is followed through; spans are the producer's to choose, and may go round


class Failure(NamedTuple):
    """The first error of one group in a trace."""

    group_id: str
    service: str
    at: float  # epoch seconds, by the producer's clock
    span_id: str | None = None
    parent_span_id: str | None = None


class Cause(NamedTuple):
    """The failure that led to the others, and how that is known, for a person."""

    failure: Failure
    why: str


def root_cause(failures: Sequence[Failure], calls: Mapping[str, Collection[str]] | None = None) -> Cause:
    """The cause among failures, at least one.

    Args:
        failures: the same answer comes in whatever order.
        calls: service -> the services that it calls, as far as that is known.
    """
    ordered = sorted(failures, key=_order)
    return _by_spans(ordered) or _by_calls(ordered, calls or {}) or Cause(ordered[0], "it came first")


def _order(one: Failure) -> tuple[float, str, str, str, str]:
    return one.at, one.service, one.group_id, one.span_id or "", one.parent_span_id or ""


def _by_spans(ordered: Sequence[Failure]) -> Cause | None:
    by_span: dict[str, Failure] = {}
    for one in ordered:
        if one.span_id:
            by_span.setdefault(one.span_id, one)
    chains = [_callers(one, by_span) for one in ordered]
    longest = max(chains, key=len)
    if len(longest) == 1:
        return None
    path = " → ".join(one.service for one in reversed(longest))
    return Cause(longest[0], f"its call lies deepest: {path}")


def _callers(failure: Failure, by_span: Mapping[str, Failure]) -> list[Failure]:
    """The failure, the one in the call that led to it, the one that led to that, and so on."""
    chain = [failure]
    while len(chain) < _DEEPEST:
        caller = by_span.get(chain[-1].parent_span_id or "")
        if caller is None or caller in chain:
            break
        chain.append(caller)
    return chain


def _by_calls(ordered: Sequence[Failure], calls: Mapping[str, Collection[str]]) -> Cause | None:
    """The one failing service that others of them call, and that calls none of them itself."""
    services = {one.service for one in ordered}
    called = {called for caller in services for called in calls.get(caller, ()) if called in services - {caller}}
    last = called - {caller for caller in services if services & set(calls.get(caller, ())) - {caller}}
    if len(last) != 1:
        return None
    [service] = last
    cause = next(one for one in ordered if one.service == service)
    callers = sorted(caller for caller in services if service in calls.get(caller, ()))
    return Cause(cause, f"{', '.join(callers)} {'calls' if len(callers) == 1 else 'call'} {service}")
