"""PagerDuty's Events API v2: https://developer.pagerduty.com/docs/send-alert-event."""

import json
import math
import time
import uuid
from typing import Any

from aiohttp import web

from seawall.desk.pacing import Buckets
from seawall.desk.state import State

__all__ = ["PagerDutyApi"]

MAX_BODY = 512 * 1024
MAX_SUMMARY = 1_024
MAX_KEY = 255
KEY_LENGTH = 32
RATE, BURST = 120 / 60, 120.0  # events a second and routing key
SEVERITIES = ("critical", "error", "warning", "info")
ACTIONS = ("trigger", "acknowledge", "resolve")


class PagerDutyApi:
    """Takes what PagerDuty takes, and answers as it does."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._buckets = Buckets(RATE, BURST)

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add the path."""
        router.add_post("/v2/enqueue", self._enqueue)

    async def _enqueue(self, request: web.Request) -> web.Response:
        raw = await request.read()
        if len(raw) > MAX_BODY:
            return _refused(413, "Event is larger than 512 KB")
        try:
            event = json.loads(raw)
        except ValueError:
            return _refused(400, "Event object is invalid", "The event is not valid JSON")
        if not isinstance(event, dict):
            return _refused(400, "Event object is invalid", "The event is not an object")
        if errors := _errors(event):
            return _refused(400, "Event object is invalid", *errors)
        if wait := self._buckets.take(event["routing_key"]):
            return _refused(429, "Rate limit reached", after=wait)
        event.pop("routing_key")
        event.setdefault("dedup_key", uuid.uuid4().hex)
        self._state.change({"do": "event", "event": event, "at": time.time()})
        answer = {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}
        return web.json_response(answer, status=202)


def _errors(event: dict[str, Any]) -> list[str]:
    errors = []
    if len(str(event.get("routing_key", ""))) != KEY_LENGTH:
        errors.append("Length of 'routing_key' is incorrect (should be 32 characters)")
    if event.get("event_action") not in ACTIONS:
        errors.append("'event_action' is missing or invalid (should be one of: trigger, acknowledge, resolve)")
    key = event.get("dedup_key")
    if key is not None and not (isinstance(key, str) and 0 < len(key) <= MAX_KEY):
        errors.append("'dedup_key' is invalid (at most 255 characters)")
    if event.get("event_action") == "trigger":
        errors += _payload_errors(event.get("payload"))
    elif key is None:
        errors.append("'dedup_key' is missing")
    return errors


def _payload_errors(payload: Any) -> list[str]:
    if not isinstance(payload, dict):
        return ["'payload' is missing or blank"]
    errors = [
        f"'payload.{name}' is missing or blank"
        for name in ("summary", "source", "severity")
        if not isinstance(payload.get(name), str) or not payload[name].strip()
    ]
    if payload.get("severity") and payload["severity"] not in SEVERITIES:
        errors.append("'payload.severity' is invalid (must be one of: critical, warning, error, info)")
    if len(str(payload.get("summary", ""))) > MAX_SUMMARY:
        errors.append("'payload.summary' is too long (at most 1024 characters)")
    return errors


def _refused(status: int, message: str, *errors: str, after: float = 0.0) -> web.Response:
    body = {"status": "invalid event", "message": message, "errors": list(errors)}
    headers = {"Retry-After": str(math.ceil(after))} if after else {}
    return web.json_response(body, status=status, headers=headers)
