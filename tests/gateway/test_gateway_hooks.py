"""Alerts and failed builds that other systems tell of."""

import hashlib
import hmac
import json
import time
from types import SimpleNamespace

import pytest
from gateway_support import CONFIG
from hypothesis import given
from hypothesis import strategies as st

from gateway.contract import Received, Refused
from gateway.routing import find
from models.occurrence import Occurrence
from rules.preparing import prepare

NOW = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def read(path, body, headers=None, query=None):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return find(path).endpoint.read(Received(headers or {}, query or {}, body, "1" * 32))


def occurrences(accepted):
    """What the job makes of it."""
    origin = SimpleNamespace(topic="errors", partition=0, offset=1)
    found = [one for record in accepted.records for one in prepare(record.value, {}, origin, time.time(), CONFIG)]
    assert all(isinstance(one, Occurrence) for one in found)
    return [(one, json.loads(one.payload)) for one in found]


def alert(status="firing", **labels):
    return {
        "status": status,
        "labels": {"alertname": "HighLatency", "job": "shop", "instance": "10.1.2.3:9100", **labels},
        "annotations": {"summary": "p99 is 2.4 s", "runbook_url": "https://wiki.example/latency"},
        "startsAt": NOW,
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example/graph?g0.expr=x",
        "fingerprint": "c0ffee" + labels.get("zone", "0"),
    }


def test_alerts_that_fire_are_errors_and_each_one_once():
    body = {
        "version": "4",
        "status": "firing",
        "alerts": [alert(severity="critical"), alert(zone="b"), alert("resolved")],
    }
    accepted = read("/hooks/alertmanager", body)
    assert accepted.ignored == {"resolved": 1}
    (first, told), (second, _) = occurrences(accepted)
    assert (told["error_type"], told["message"], told["service"]) == ("HighLatency", "p99 is 2.4 s", "shop")
    assert (str(first.severity), str(second.severity)) == ("critical", "error")
    assert first.group.group_id == second.group.group_id
    assert told["extra"]["annotations"]["runbook_url"].startswith("https://wiki.example")
    again = occurrences(read("/hooks/alertmanager", body))
    assert [one.event_id for one, _ in again] == [first.event_id, second.event_id]


KEY = "sws_" + "a" * 64
RUN = {
    "id": 7,
    "name": "CI",
    "conclusion": "failure",
    "head_branch": "main",
    "head_sha": "9" * 40,
    "run_attempt": 1,
    "run_number": 4,
    "html_url": "https://github.com/acme/shop/actions/runs/7",
    "updated_at": NOW,
}


def github(run, event="workflow_run", key=KEY):
    body = json.dumps({"action": "completed", "workflow_run": run, "repository": {"id": 1, "name": "shop"}}).encode()
    signature = "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    headers = {b"x-github-event": event.encode(), b"x-hub-signature-256": signature.encode()}
    return read("/hooks/github", body, headers, {"key": KEY})


def test_a_workflow_that_fails_at_github_is_an_error():
    ((one, told),) = occurrences(github(RUN))
    assert (told["error_type"], told["message"]) == ("BuildFailed", "CI failed on main")
    assert (told["service"], told["commit"]) == ("shop", "9" * 40)
    ((again, _),) = occurrences(github({**RUN, "id": 8, "head_sha": "8" * 40}))
    assert again.group.group_id == one.group.group_id
    assert again.event_id != one.event_id
    assert github({**RUN, "conclusion": "success"}).records == []
    assert github({}, event="ping").records == []


@pytest.mark.parametrize("headers", [{}, {b"x-hub-signature-256": b"sha256=" + b"0" * 64}])
def test_a_hook_of_github_without_its_signature_is_refused(headers):
    with pytest.raises(Refused) as refused:
        read("/hooks/github", {"workflow_run": RUN}, {b"x-github-event": b"workflow_run", **headers}, {"key": KEY})
    assert refused.value.refusal.status == 401
    with pytest.raises(Refused):
        github(RUN, key="another")


def test_releases_that_are_told_of_go_to_their_topic():
    for event in ("release", "deployment_status"):
        accepted = github({}, event=event)
        assert (accepted.records, list(accepted.told), accepted.answer.status) == ([], ["releases"], 202)
    accepted = read("/hooks/gitlab", {"object_kind": "deployment", "status": "success"})
    assert (accepted.records, list(accepted.told)) == ([], ["releases"])


def test_a_pipeline_that_fails_at_gitlab_is_an_error():
    builds = [{"name": "test", "status": "failed"}, {"name": "lint", "status": "failed", "allow_failure": True}]
    attributes = {"id": 3, "status": "failed", "ref": "main", "sha": "7" * 40, "url": "https://gitlab.example/p/3"}
    body = {
        "object_kind": "pipeline",
        "object_attributes": attributes,
        "project": {"id": 1, "name": "shop"},
        "builds": builds,
    }
    ((_, told),) = occurrences(read("/hooks/gitlab", body))
    assert (told["message"], told["service"], told["extra"]["jobs"]) == ("pipeline failed on main", "shop", ["test"])
    assert read("/hooks/gitlab", {**body, "object_attributes": {**attributes, "status": "success"}}).records == []
    assert find("/hooks/gitlab").endpoint.find_key(Received({b"x-gitlab-token": b"k"}, {})) == "k"


def test_a_build_that_fails_at_jenkins_is_an_error():
    build = {"phase": "FINALIZED", "status": "FAILURE", "number": 9, "full_url": "http://ci.example/job/shop/9/",
             "scm": {"branch": "origin/main", "commit": "6" * 40}}  # fmt: skip
    ((_, told),) = occurrences(read("/hooks/jenkins", {"name": "shop", "build": build}))
    assert told["message"] == "shop failed on origin/main"
    assert read("/hooks/jenkins", {"name": "shop", "build": {**build, "phase": "STARTED"}}).records == []


NAMES = ["alerts", "labels", "annotations", "status", "workflow_run", "repository", "build", "scm", "object_kind", "builds",
         "object_attributes", "project", "conclusion", "phase", "name", "startsAt"]  # fmt: skip
VALUES = st.none() | st.integers() | st.sampled_from(["failed", "failure", "FAILURE", "FINALIZED", "pipeline", "x"])


@given(
    st.recursive(
        VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)
    )
)
def test_any_json_is_taken_or_refused(value):
    body = json.dumps(value).encode()
    signature = b"sha256=" + hmac.new(b"k", body, hashlib.sha256).hexdigest().encode()
    headers = {b"x-github-event": b"workflow_run", b"x-hub-signature-256": signature}
    for path in ("/hooks/alertmanager", "/hooks/github", "/hooks/gitlab", "/hooks/jenkins"):
        status = 200
        try:
            accepted = read(path, body, headers, {"key": "k"})
        except Refused as refused:
            status = refused.refusal.status
        else:
            occurrences(accepted)
        assert status in {200, 400}


def sentry(*items):
    lines = [b"{}"]
    for kind, item in items:
        lines += [json.dumps({"type": kind}).encode(), json.dumps(item).encode()]
    return read("/api/1/envelope/", b"\n".join(lines))


def test_what_sdks_could_not_send_is_counted():
    discarded = [
        {"reason": "queue_overflow", "category": "error", "quantity": 3},
        {"reason": "queue_overflow", "category": "transaction", "quantity": 100},
        {"reason": "anything", "category": "default", "quantity": 2},
        {"reason": "sample_rate", "category": "error", "quantity": -5},
        "nonsense",
    ]
    accepted = sentry(("client_report", {"discarded_events": discarded}), ("client_report", []))
    assert (accepted.records, dict(accepted.lost)) == ([], {"queue_overflow": 3, "other": 2})
