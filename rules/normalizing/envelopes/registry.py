"""All envelopes. The order decides: what is certain comes before what is likely."""

from rules.normalizing.contract import Record
from rules.normalizing.envelopes import (
    aws,
    azure,
    cloudevents,
    connect,
    containers,
    google_cloud,
    journald,
    kubernetes,
    loki,
    shippers,
    syslog,
)
from rules.normalizing.envelopes.contract import Envelope

__all__ = ["ENVELOPES", "envelope_of"]

ENVELOPES: tuple[Envelope, ...] = (
    *cloudevents.ENVELOPES,
    *connect.ENVELOPES,
    *aws.ENVELOPES,
    *google_cloud.ENVELOPES,
    *azure.ENVELOPES,
    *journald.ENVELOPES,
    *shippers.ENVELOPES,
    *kubernetes.ENVELOPES,
    *containers.ENVELOPES,
    *loki.ENVELOPES,
    *syslog.ENVELOPES,
)
_BY_MARK = {
    mark: [index for index, one in enumerate(ENVELOPES) if mark in one.marks]
    for mark in frozenset().union(*(one.marks for one in ENVELOPES))
}


def envelope_of(record: Record) -> Envelope | None:
    """The kind of envelope that an object is; None for most, at the cost of one look at its keys."""
    if _BY_MARK.keys().isdisjoint(record):
        return None
    for index in sorted({index for key in record if key in _BY_MARK for index in _BY_MARK[key]}):
        if ENVELOPES[index].detect(record):
            return ENVELOPES[index]
    return None
