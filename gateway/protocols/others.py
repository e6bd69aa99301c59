"""GELF, reports of browsers, and what is understood and not taken."""

import orjson

from gateway.contract import Accepted, Answer, Endpoint, Received, Record, Refused
from gateway.protocols.common import checked, json_of, refused_as_detail, split_array, split_lines
from gateway.protocols.plain import plain_key
from gateway.protocols.sentry import refuse, sentry_key

__all__ = ["GELF", "MINIDUMP", "REPORTS"]


def _gelf(received: Received) -> Accepted:
    """One message, or one a line. https://go2docs.graylog.org/current/getting_in_log_data/gelf.html."""
    value = None
    try:
        value = orjson.loads(received.body)
        records = [Record(received.body)]
    except orjson.JSONDecodeError:
        records = [Record(line) for line in split_lines(received.body) if isinstance(json_of(line), dict)]
    if not records or (value is not None and not isinstance(value, dict)):
        raise Refused(400, "invalid", "the body is no GELF message")
    return Accepted(checked(records), Answer(202))


GELF = Endpoint("gelf", plain_key, _gelf, refused_as_detail)


def _reports(received: Received) -> Accepted:
    """What browsers report of a page: https://www.w3.org/TR/reporting-1/ and CSP's `report-uri`.

    A list is taken apart. Types that are no errors of a page, such as deprecations, are left to the job to judge.
    """
    value = json_of(received.body)
    if isinstance(value, list):
        if not all(isinstance(item, dict) for item in value):
            raise Refused(400, "invalid", "the body is no list of reports")
        return Accepted(checked(Record(item) for item in split_array(received.body, value)), Answer(204))
    if not isinstance(value, dict):
        raise Refused(400, "invalid", "the body is no report")
    return Accepted(checked([Record(received.body)]), Answer(204))


REPORTS = Endpoint(
    "reports", lambda received: sentry_key(received) or plain_key(received), _reports, refuse, opaque_origin=True
)


def _minidump(received: Received) -> Accepted:
    del received
    raise Refused(501, "not_taken", "minidumps are not taken: let the SDK send events with the stack as it knows it")


MINIDUMP = Endpoint("sentry", sentry_key, _minidump, refuse)
