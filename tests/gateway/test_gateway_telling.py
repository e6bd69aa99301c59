"""What senders tell of beside errors: check-ins, sessions, feedback, by the gateway as it runs."""

import json
import subprocess
import sys
import textwrap
import time

import orjson
import pytest
from gateway_support import records_of

from gateway.contract import Received, Refused
from gateway.protocols.envelope import Envelope
from gateway.protocols.sentry_others import read_others
from gateway.protocols.telling import MAX_TOLD
from rules.feedback import parse_feedback
from rules.monitors.parsing import parse_check_in
from rules.traffic import parse_traffic

NOW = 1_764_000_000.0
REQUEST = Received({}, {}, new_id="ab" * 16, at=NOW, project="shop", environment="staging")


def told(*items: tuple[str, object]):
    envelope = Envelope({}, None, {}, [(kind, orjson.dumps(item)) for kind, item in items])
    return read_others(envelope, REQUEST)


def traffic(*items: tuple[str, object]):
    others = told(*items)
    return [one for record in others.told.get("traffic", []) for one in parse_traffic(record.value, 0, NOW, str)]


def beside(settings, name: str, partitions: int = 1) -> list:
    topic = getattr(settings, f"{name}_topic")
    return records_of(settings.model_copy(update={"errors_topic": topic, "errors_partitions": partitions}))


def envelope(*items: tuple[str, object]) -> bytes:
    lines = [b"{}"]
    for kind, item in items:
        payload = orjson.dumps(item)
        lines += [orjson.dumps({"type": kind, "length": len(payload)}), payload]
    return b"\n".join(lines) + b"\n"


SESSION = {
    "sid": "7c7b6585-f901-4351-bf8d-02711b721929", "did": "u1", "init": True, "started": "2025-11-24T15:59:00Z",
    "status": "ok", "attrs": {"release": "shop@1", "environment": "production"},
}  # fmt: skip


def test_a_session_counts_when_it_begins_and_once():
    (one,) = traffic(("session", SESSION))
    assert (one.service, one.environment, one.requests, one.end - one.start) == ("shop", "production", 1, 1)
    assert traffic(("session", {**SESSION, "init": False, "status": "exited"})) == []
    again, other = traffic(("session", {**SESSION, "errors": 1}), ("session", {**SESSION, "sid": "b"}))
    assert (again.id == one.id, other.id == one.id) == (True, False)


def test_aggregates_count_all_their_sessions_whatever_became_of_them():
    item = {
        "aggregates": [
            {"started": "2025-11-24T15:58:00Z", "exited": 40, "errored": 3},
            {"started": "2025-11-24T15:58:00Z", "did": "u2", "crashed": 2, "abnormal": 1},
            {"started": "2025-11-24T15:59:00Z", "exited": 5, "unhandled": 1},
            {"started": "2099-01-01T00:00:00Z", "exited": -4, "errored": "many"},
            {"exited": 7},
        ],
        "attrs": {"release": "shop@1"},
    }
    found = traffic(("sessions", item), ("sessions", item))
    assert [one.requests for one in found] == [46, 6, 7] * 2
    assert {one.environment for one in found} == {"staging"}
    assert len({one.id for one in found}) == 6
    assert all(one.end - one.start == 60 for one in found)


@pytest.mark.parametrize("letter", ["\U0001f600", "\x01"])
def test_whatever_sessions_are_named_their_records_fit_into_the_topic(letter):
    attrs = {"environment": 200 * letter}
    sessions = [("session", {**SESSION, "sid": f"{number:04}{196 * letter}", "attrs": attrs}) for number in range(999)]
    assert len(traffic(*sessions)) == 999
    assert max(len(record.value) for record in told(*sessions).told["traffic"]) <= MAX_TOLD


def test_what_is_told_of_a_job_may_be_nested_too_deeply():
    payload = b'{"monitor_slug":"a","status":"ok","monitor_config":{"schedule":' + b"[" * 300 + b"]" * 300 + b"}}"
    (record,) = read_others(Envelope({}, None, {}, [("check_in", payload)]), REQUEST).told["check-ins"]
    assert "config" not in orjson.loads(record.value)


@pytest.mark.parametrize("item", [{}, [], {"aggregates": 5}, {"init": True}, {"init": "yes", "sid": "a"}])
def test_sessions_that_say_nothing(item):
    assert traffic(("session", item), ("sessions", item)) == []


def test_too_many_aggregates_are_refused():
    with pytest.raises(Refused):
        told(("sessions", {"aggregates": [{"exited": 1}] * 1_001}))


def test_a_check_in_says_no_more_than_it_may():
    config = {"schedule": {"type": "crontab", "value": "0 * * * *"}, "owner": "x" * 10_000, "timezone": "UTC"}
    item = {
        "check_in_id": "83a7c03e-d259-447e-8b37-9b00e2b0c3a1", "monitor_slug": "report", "status": "in_progress",
        "duration": "long", "monitor_config": config, "contexts": {"trace": {"trace_id": "8f431b7aa08441bbbd5a0100fd91f9fe"}},
    }  # fmt: skip
    others = told(
        ("check_in", item), ("check_in", {**item, "status": "missed"}), ("check_in", {**item, "monitor_slug": 5})
    )
    (record,) = others.told["check-ins"]
    assert others.ignored == {"check_in": 2}
    one = parse_check_in(record.value, NOW, str)
    assert (one.project, one.slug, one.environment, one.at) == ("shop", "report", "staging", NOW)
    assert (one.check_in_id, one.trace_id) == ("83a7c03ed259447e8b379b00e2b0c3a1", "8f431b7aa08441bbbd5a0100fd91f9fe")
    assert one.config is not None
    assert "owner" not in record.value.decode()


def test_feedback_of_both_kinds_and_the_same_of_what_is_sent_twice():
    report = {"event_id": "9" * 32, "name": "Ada", "email": "ada@example.com", "comments": "It broke."}
    item = {"event_id": "8" * 32, "contexts": {"feedback": {
        "message": "Slow", "contact_email": "ada@example.com", "name": "Ada", "associated_event_id": "9" * 32,
        "url": "https://shop.example/cart"}}}  # fmt: skip
    others = told(
        ("user_report", report), ("user_report", report), ("feedback", item), ("feedback", {}), ("user_report", {})
    )
    first, again, second = (parse_feedback(one.value, NOW, str) for one in others.told["feedback"])
    assert (first.comments, first.name, first.email, first.event_id) == (
        "It broke.",
        "Ada",
        "ada@example.com",
        "9" * 32,
    )
    assert (second.comments, second.event_id, second.url) == ("Slow", "9" * 32, "https://shop.example/cart")
    assert first.feedback_id == again.feedback_id != second.feedback_id
    assert others.ignored == {"feedback": 1, "user_report": 1}


PROGRAM = """
    import sys, sentry_sdk
    from sentry_sdk.crons import monitor
    sentry_sdk.init(sys.argv[1], release="shop@1.2", environment="qa")
    schedule = {"type": "crontab", "value": "*/10 * * * *"}
    @monitor(monitor_slug="report", monitor_config={"schedule": schedule, "checkin_margin": 2, "timezone": "Europe/Vienna"})
    def report():
        return 1
    report()
"""


def test_a_job_with_sentrys_sdk_checks_in(gateway, keys, settings, tmp_path):
    program = tmp_path / "job.py"
    program.write_text(textwrap.dedent(PROGRAM))
    dsn = f"http://{keys.public}@127.0.0.1:{gateway.port}/{keys.project_id}"
    done = subprocess.run([sys.executable, program, dsn], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    records = [parse_check_in(record.value, time.time(), str) for record in beside(settings, "check_ins")]
    began, ended = (one for one in records if one.slug == "report")
    assert (began.status, ended.status, began.environment) == ("in_progress", "ok", "qa")
    assert began.check_in_id == ended.check_in_id
    assert began.config is not None
    assert (str(began.config.schedule), began.config.timezone, began.config.margin) == (
        "*/10 * * * *",
        "Europe/Vienna",
        120,
    )


def test_jobs_without_an_sdk_check_in_by_their_address(gateway, keys, settings):
    base = f"/api/{keys.project_id}/cron/backup/{keys.public}/"
    assert gateway.request(f"{base}?status=in_progress&environment=prod", method="GET").status == 202
    config = {"schedule": {"type": "interval", "value": 1, "unit": "hour"}}
    answer = gateway.request(
        base, orjson.dumps({"status": "ok", "monitor_config": config}), {"Content-Type": "application/json"}
    )
    assert answer.status == 202
    assert len(json.loads(answer.body)["id"]) == 32
    assert gateway.request(f"{base}?status=late", method="GET").status == 400
    assert gateway.request(f"/api/{keys.project_id}/cron/backup/nobody/?status=ok", method="GET").status == 401
    assert gateway.request(f"/api/999/cron/backup/{keys.public}/?status=ok", method="GET").status == 403
    records = [parse_check_in(record.value, time.time(), str) for record in beside(settings, "check_ins")]
    first, second = (one for one in records if one.slug == "backup")
    assert (first.status, first.environment, first.check_in_id) == ("in_progress", "prod", None)
    assert (second.status, str(second.config.schedule)) == ("ok", "every 1 hour")


def test_forms_send_feedback(gateway, keys, settings):
    body = orjson.dumps({"event_id": "7" * 32, "name": "Bob", "email": "b@example.com", "comments": "a form"})
    dsn = f"DSN http://{keys.public}@127.0.0.1:{gateway.port}/{keys.project_id}"
    assert gateway.request("/api/0/projects/acme/shop/user-feedback/", body, {"Authorization": dsn}).status == 200
    path = f"/api/{keys.project_id}/user-feedback/?sentry_key={keys.public}"
    assert gateway.request(path, body).status == 200
    assert gateway.request(path, b'{"name": "Bob"}').status == 400
    assert gateway.request("/api/0/projects/acme/shop/user-feedback/", body, {"Authorization": "DSN x"}).status == 401
    said = [parse_feedback(record.value, time.time(), str) for record in beside(settings, "feedback")]
    assert [one.comments for one in said] == ["a form"] * 2
    assert len({one.feedback_id for one in said}) == 1


def test_what_is_told_has_limits_of_its_own(gateway, keys, settings, seawall):
    made = json.loads(seawall("key", "create", "shop", "--per-minute", "5", "--json").stdout)
    path = f"/api/{keys.project_id}/envelope/?sentry_key={made['key']}"
    many = envelope(*(("session", {**SESSION, "sid": f"{n}"}) for n in range(3)))
    deadline = time.monotonic() + 10
    while (answer := gateway.request(path, many)).status == 401:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    checks = envelope(*(("check_in", {"monitor_slug": "a", "status": "ok"}) for _ in range(6)))
    assert answer.status == 200
    limited = gateway.request(path, checks)
    assert limited.status == 429
    assert limited.headers["x-sentry-rate-limits"].endswith(
        ":session;monitor;feedback;user_report:key:told_rate_limited"
    )
    assert gateway.request(path, envelope(("event", {"message": "still taken"}))).status == 200
