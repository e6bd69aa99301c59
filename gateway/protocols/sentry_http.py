"""What Sentry takes over plain HTTP beside events: check-ins of jobs that have no SDK, and feedback of forms.

https://docs.sentry.io/product/monitors-and-alerts/monitors/crons/getting-started/http/
https://docs.sentry.io/api/projects/submit-user-feedback/
"""

from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from gateway.contract import Accepted, Answer, Endpoint, Received, Refused
from gateway.protocols.check_ins import check_in_record
from gateway.protocols.common import header, json_answer, json_of
from gateway.protocols.feedback import feedback_record
from gateway.protocols.sentry import refuse, sentry_key

__all__ = ["CRON", "USER_FEEDBACK"]

_QUERY = ("status", "check_in_id", "environment", "release")


def _cron_key(received: Received) -> str | None:
    return received.path.get("key") or sentry_key(received)


def _cron(received: Received) -> Accepted:
    """One check-in: in the query, or in a body with what is told of the job."""
    item: dict[str, Any] = {name: received.query[name] for name in _QUERY if name in received.query}
    duration = received.query.get("duration", "")
    if duration.replace(".", "", 1).isascii() and duration.replace(".", "", 1).isdigit():
        item["duration"] = float(duration)
    if received.body.strip():
        body = json_of(received.body)
        if not isinstance(body, dict):
            raise Refused(400, "invalid", "the body is no JSON object")
        item |= body
    item["monitor_slug"] = received.path["slug"]
    record = check_in_record(item, received)
    if record is None:
        raise Refused(400, "invalid", "`status` is none of in_progress, ok, error")
    said = orjson.loads(record.value)
    return Accepted([], json_answer(202, {"id": said.get("check_in_id", said["new_id"])}), told={"check-ins": [record]})


def _feedback_key(received: Received) -> str | None:
    """`Authorization: DSN https://…`, as Sentry's API has it, or as with events."""
    scheme, _, dsn = (header(received, b"authorization") or "").partition(" ")
    if scheme.lower() != "dsn":
        return sentry_key(received)
    try:
        return unquote(urlsplit(dsn.strip()).username or "") or None
    except ValueError:
        return None


def _feedback(received: Received) -> Accepted:
    item = json_of(received.body)
    record = feedback_record("user_report", item, received) if isinstance(item, dict) else None
    if record is None:
        raise Refused(400, "invalid", "`comments` is missing")
    return Accepted([], Answer(200, orjson.dumps(item)), told={"feedback": [record]})


CRON = Endpoint("sentry", _cron_key, _cron, refuse, methods=frozenset({"GET", "POST"}))
USER_FEEDBACK = Endpoint("sentry", _feedback_key, _feedback, refuse)
