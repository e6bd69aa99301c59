"""Rollbar, Bugsnag, Airbrake and Honeybadger: their clients need another address, and a key of ours."""

import re
from typing import Any
from uuid import UUID

from gateway.contract import Accepted, Answer, Endpoint, Received, Record, Refusal, Refused
from gateway.places import event_id_of
from gateway.protocols.common import bearer, checked, header, json_answer, json_of, retry_headers

__all__ = ["AIRBRAKE", "AIRBRAKE_STATS", "BUGSNAG", "HONEYBADGER", "HONEYBADGER_OTHERS", "ROLLBAR"]

# In bodies as clients write them; asked for only where neither header nor query has it.
_ROLLBAR_TOKEN = re.compile(rb'"access_token"\s{0,4}:\s{0,4}"([!-~]{1,100}?)"')
_BUGSNAG_KEY = re.compile(rb'"apiKey"\s{0,4}:\s{0,4}"([!-~]{1,100}?)"')


def _in_body(pattern: "re.Pattern[bytes]", received: Received) -> str | None:
    found = pattern.search(received.body)
    return found[1].decode("ascii") if found else None


def _object(received: Received) -> dict[str, Any]:
    value = json_of(received.body)
    if not isinstance(value, dict):
        raise Refused(400, "invalid", "the body is no JSON object")
    return value


def _hex_id(given: object) -> str | None:
    """A UUID in any spelling as 32 hex characters."""
    try:
        return UUID(given).hex if isinstance(given, str) else None
    except ValueError:
        return None


# Rollbar: https://docs.rollbar.com/reference/create-item


def _rollbar_key(received: Received) -> str | None:
    named = header(received, b"x-rollbar-access-token") or received.query.get("access_token")
    return named or _in_body(_ROLLBAR_TOKEN, received)


def _rollbar(received: Received) -> Accepted:
    data = _object(received).get("data")
    told = _hex_id(data.get("uuid")) if isinstance(data, dict) else None
    event_id = told or event_id_of(received.new_id, 0)
    answer = json_answer(200, {"err": 0, "result": {"id": None, "uuid": event_id}})
    return Accepted(checked([Record(received.body, event_id.encode())]), answer)


def _rollbar_refuse(refusal: Refusal, _: Received) -> Answer:
    return json_answer(refusal.status, {"err": 1, "message": refusal.detail}, retry_headers(refusal))


ROLLBAR = Endpoint("rollbar", _rollbar_key, _rollbar, _rollbar_refuse)


# Bugsnag: https://bugsnagerrorreportingapi.docs.apiary.io/


def _bugsnag_key(received: Received) -> str | None:
    return header(received, b"bugsnag-api-key") or _in_body(_BUGSNAG_KEY, received)


def _bugsnag(received: Received) -> Accepted:
    """Events; sessions come to an address of their own, and are passed over at this one as well."""
    events = _object(received).get("events")
    answer = json_answer(202, {"status": "accepted"})  # clients wait for this status after sessions
    if not isinstance(events, list) or not events:
        return Accepted([], answer, {"session": 1})
    return Accepted(checked([Record(received.body)]), answer)


def _bugsnag_refuse(refusal: Refusal, _: Received) -> Answer:
    return json_answer(refusal.status, {"errors": [refusal.detail]}, retry_headers(refusal))


BUGSNAG = Endpoint("bugsnag", _bugsnag_key, _bugsnag, _bugsnag_refuse)


# Airbrake: https://docs.airbrake.io/docs/devops-tools/api/#create-notice-v3


def _airbrake_key(received: Received) -> str | None:
    return bearer(received) or received.query.get("key")


def _airbrake(received: Received) -> Accepted:
    notice = _object(received)
    if not isinstance(notice.get("errors"), list):
        raise Refused(400, "invalid", "the notice has no errors")
    event_id = event_id_of(received.new_id, 0)
    return Accepted(checked([Record(received.body, event_id.encode())]), json_answer(201, {"id": event_id, "url": ""}))


def _airbrake_stats(_: Received) -> Accepted:
    """Performance of routes and queries: nothing of ours."""
    return Accepted([], Answer(204), {"stats": 1})


def _airbrake_refuse(refusal: Refusal, _: Received) -> Answer:
    """Clients hold back for as many seconds as `X-RateLimit-Delay` says."""
    headers = retry_headers(refusal)
    if refusal.retry_after is not None:
        headers = (*headers, (b"x-ratelimit-delay", str(refusal.retry_after).encode()))
    return json_answer(refusal.status, {"message": refusal.detail}, headers)


AIRBRAKE = Endpoint("airbrake", _airbrake_key, _airbrake, _airbrake_refuse)
AIRBRAKE_STATS = Endpoint("airbrake", _airbrake_key, _airbrake_stats, _airbrake_refuse, frozenset({"POST", "PUT"}))


# Honeybadger: https://docs.honeybadger.io/api/reporting-exceptions/


def _honeybadger_key(received: Received) -> str | None:
    return header(received, b"x-api-key") or received.query.get("api_key")


def _honeybadger(received: Received) -> Accepted:
    notice = _object(received)
    error = notice.get("error")
    if not isinstance(error, dict):
        raise Refused(422, "invalid", "the notice has no error")
    event_id = _hex_id(error.get("token")) or event_id_of(received.new_id, 0)
    return Accepted(checked([Record(received.body, event_id.encode())]), json_answer(201, {"id": str(UUID(event_id))}))


def _honeybadger_others(_: Received) -> Accepted:
    """Events of Insights and deployments."""
    return Accepted([], json_answer(201, {}), {"event": 1})


def _honeybadger_refuse(refusal: Refusal, _: Received) -> Answer:
    status = 403 if refusal.status == 401 else refusal.status  # noqa: PLR2004 -- as they know it: a wrong key
    return json_answer(status, {"error": refusal.detail}, retry_headers(refusal))


HONEYBADGER = Endpoint("honeybadger", _honeybadger_key, _honeybadger, _honeybadger_refuse)
HONEYBADGER_OTHERS = Endpoint("honeybadger", _honeybadger_key, _honeybadger_others, _honeybadger_refuse)
