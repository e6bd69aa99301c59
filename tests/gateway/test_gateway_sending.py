"""What senders send arrives in Kafka as they wrote it, and the job reads it."""

import base64
import json
import os
import socket
import subprocess
import sys
import textwrap
import time
import zlib
from pathlib import Path

import cramjam
import pytest
from gateway_support import prepared, query, records_of

from models.dead import ORIGIN
from rules.releases import parse_releases

EVENT_ID = "9ec79c33ec9942ab8353589fcb2e04dc"
EVENT = {"event_id": EVENT_ID, "exception": {"values": [{"type": "KeyError", "value": "'x'"}]}, "platform": "python"}


def envelope(*items, **header):
    lines = [json.dumps({"event_id": EVENT_ID, **header}).encode()]
    for kind, payload in items:
        lines += [json.dumps({"type": kind, "length": len(payload)}).encode(), payload]
    return b"\n".join(lines) + b"\n"


PACKED = {
    None: bytes,
    "gzip": lambda body: bytes(cramjam.gzip.compress(body)),
    "deflate": zlib.compress,
    "br": lambda body: bytes(cramjam.brotli.compress(body)),
    "zstd": lambda body: bytes(cramjam.zstd.compress(body)),
}


@pytest.mark.parametrize("encoding", PACKED)
def test_an_envelope_arrives_byte_for_byte(gateway, keys, sent, encoding):
    body = envelope(("event", json.dumps(EVENT).encode()), dsn=f"http://{keys.public}@x/{keys.project_id}")
    headers = {"Content-Type": "application/x-sentry-envelope"}
    if encoding:
        headers["Content-Encoding"] = encoding
    answer = gateway.request(f"/api/{keys.project_id}/envelope/", PACKED[encoding](body), headers)
    assert (answer.status, json.loads(answer.body)) == (200, {"id": EVENT_ID})
    (record,) = sent()
    assert record.value == body
    headers = dict(record.headers)
    assert headers["content-type"] == b"application/x-sentry-envelope"
    assert headers["seawall-project"] == b"shop"
    (occurrence,) = prepared(record)
    assert occurrence.event_id.hex() == EVENT_ID


@pytest.mark.parametrize(
    ("headers", "query_"),
    [
        ({"X-Sentry-Auth": "Sentry sentry_version=7, sentry_key={key}, sentry_client=raven-js/3"}, ""),
        ({"Authorization": "Sentry sentry_key={key}"}, ""),
        ({}, "?sentry_key={key}&sentry_version=7"),
    ],
)
def test_a_stored_event_arrives(gateway, keys, sent, headers, query_):
    headers = {name: value.format(key=keys.public) for name, value in headers.items()}
    body = json.dumps(EVENT).encode()
    answer = gateway.request(f"/api/{keys.project_id}/store/{query_.format(key=keys.public)}", body, headers)
    assert (answer.status, json.loads(answer.body)) == (200, {"id": EVENT_ID})
    assert [record.value for record in sent()] == [body]


def test_the_oldest_sdks_pack_in_base64_and_leave_the_id_to_us(gateway, keys, sent):
    body = base64.b64encode(zlib.compress(b'{"message":"old","level":"error"}'))
    answer = gateway.request(f"/api/{keys.project_id}/store/?sentry_key={keys.public}", body)
    told = json.loads(answer.body)["id"]
    (record,) = sent()
    assert prepared(record)[0].event_id.hex() == told


def test_items_that_are_no_errors_stay_outside(gateway, keys, sent):
    event = json.dumps(EVENT).encode()
    body = envelope(("session", b'{"sid":"1"}'), ("event", event), ("attachment", b"\0\n" * 50_000))
    path = f"/api/{keys.project_id}/envelope/?sentry_key={keys.public}"
    assert gateway.request(path, body).status == 200
    assert gateway.request(path, envelope(("transaction", b"{}"))).status == 200
    (record,) = sent()
    assert record.value == envelope(("event", event))


@pytest.mark.parametrize(
    "case",
    [
        ("application/json", b'{"message": "one"}', [b'{"message": "one"}']),
        ("application/json", b'[ {"message": "one"} ]', [b'{"message": "one"}']),
        ("application/json", b'[{"message":"one"}, {"message":"two"}]', [b'{"message":"one"}', b'{"message":"two"}']),
        ("application/x-ndjson", b'{"message":"a"}\n\n{"message":"b"}\n', [b'{"message":"a"}', b'{"message":"b"}']),
        (None, b'{"message":"a"}\n{"message":"b"}', [b'{"message":"a"}', b'{"message":"b"}']),
        ("text/plain", b"KeyError: 'x'", [b"KeyError: 'x'"]),
        (None, b"ValueError: no number", [b"ValueError: no number"]),
    ],
)
def test_any_format_arrives_with_the_ids_that_were_told(gateway, keys, sent, case):
    kind, body, values = case
    headers = {"Authorization": f"Bearer {keys.secret}", **({"Content-Type": kind} if kind else {})}
    answer = gateway.request("/v1/errors", body, headers)
    assert answer.status == 202
    records = sent()
    assert sorted(record.value for record in records) == sorted(values)
    assert sorted(json.loads(answer.body)["ids"]) == sorted(prepared(one)[0].event_id.hex() for one in records)
    assert {dict(record.headers)["seawall-environment"] for record in records} == {b"staging"}
    assert len({dict(record.headers)[ORIGIN] for record in records}) == len(records)


def test_an_own_id_is_told_as_it_is(gateway, keys, sent):
    body = json.dumps({"event_id": EVENT_ID, "message": "x"}).encode()
    answer = gateway.request(f"/{keys.project_id}/v1/errors", body, {"X-Seawall-Key": keys.public})
    assert json.loads(answer.body) == {"ids": [EVENT_ID]}
    assert prepared(sent()[0])[0].event_id.hex() == EVENT_ID


REFUSED = [
    ("/api/{id}/envelope/", {}, b"{}\n", 401),
    ("/api/{id}/envelope/?sentry_key=" + "0" * 32, {}, b"{}\n", 401),
    ("/api/999999/envelope/?sentry_key={public}", {}, b"{}\n", 403),
    ("/api/{id}/envelope/?sentry_key={public}", {}, b"no envelope", 400),
    ("/api/{id}/envelope/?sentry_key={public}", {}, b'{}\n{"type":"event","length":99}\n{}', 400),
    ("/api/{id}/store/?sentry_key={public}", {}, b"[]", 400),
    ("/api/{id}/store/?sentry_key={public}", {"Content-Encoding": "gzip"}, b"{}", 400),
    ("/api/{id}/store/?sentry_key={public}", {"Content-Encoding": "lzma"}, b"{}", 415),
    ("/v1/errors", {}, b"{}", 401),
    ("/v1/errors", {"Authorization": "Bearer wrong"}, b"{}", 401),
    ("/v1/errors", {"X-Seawall-Key": "{public}"}, b"  ", 400),
    ("/v1/errors", {"X-Seawall-Key": "{public}"}, b"{broken", 400),
    ("/v1/errors", {"X-Seawall-Key": "{public}"}, b"x" * (4 * 1024 * 1024 + 1), 413),
    (
        "/v1/errors",
        {"X-Seawall-Key": "{public}", "Content-Encoding": "zstd"},
        bytes(cramjam.zstd.compress(b" " * 10**8)),
        413,
    ),
    ("/v1/errors", {"X-Seawall-Key": "{public}"}, b"x" * (21 * 1024 * 1024), 413),
    ("/v1/errors", {"X-Seawall-Key": "{public}", "Origin": "https://shop.example"}, b"{}", 403),
    ("/v1/errors", {"X-Seawall-Key": "{secret}", "Origin": "https://shop.example"}, b"{}", 403),
    ("/nothing/here", {}, b"", 404),
]


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_refused_with_a_word(gateway, keys, sent, case):
    path, headers, body, status = case
    known = {"id": keys.project_id, "public": keys.public, "secret": keys.secret}
    given = {name: value.format(**known) for name, value in headers.items()}
    answer = gateway.request(path.format(**known), body, given)
    assert answer.status == status
    assert json.loads(answer.body)["detail"]
    assert keys.public not in answer.body.decode()
    assert sent() == []


def test_pages_may_send_where_the_key_says_so(gateway, keys):
    path, origin = f"/api/{keys.project_id}/store/?sentry_key={keys.page}", "https://www.shop.example"
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-a"}
    preflight = gateway.request(path, headers=asked, method="OPTIONS")
    assert preflight.status == 204
    assert preflight.headers["access-control-allow-origin"] == origin
    assert preflight.headers["access-control-allow-headers"] == "x-a"
    answer = gateway.request(path, b'{"message":"page"}', {"Origin": origin})
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, origin)
    elsewhere = gateway.request(path, b'{"message":"page"}', {"Origin": "https://evil.example"})
    assert (elsewhere.status, elsewhere.headers.get("access-control-allow-origin")) == (403, None)
    assert gateway.request(path, headers={**asked, "Origin": "https://evil.example"}, method="OPTIONS").status == 403


def test_releases_and_traffic_are_told_of_with_secret_keys_alone(gateway, keys, settings):
    release, traffic = {"service": "shop", "release": "1.2.3"}, {"service": "shop", "requests": 90, "window": "1m"}
    for name, item in (("releases", release), ("traffic", traffic)):
        body = json.dumps(item).encode()
        assert gateway.request(f"/v1/{name}", body, {"X-Seawall-Key": keys.public}).status == 403
        assert gateway.request(f"/v1/{name}", b"1", {"X-Seawall-Key": keys.secret}).status == 400
        assert gateway.request(f"/v1/{name}", body, {"X-Seawall-Key": keys.secret}).status == 202
        topic = settings.releases_topic if name == "releases" else settings.traffic_topic
        (record,) = records_of(
            settings.model_copy(update={"errors_topic": topic, "errors_partitions": 1 if name == "releases" else 4})
        )
        assert record.value == body
    (told,) = parse_releases(json.dumps(release).encode(), time.time(), lambda text: text)
    assert (told.service, told.release) == ("shop", "1.2.3")


def test_a_revoked_key_is_refused_within_seconds(gateway, settings, keys, seawall):
    made = json.loads(seawall("key", "create", "shop", "--json").stdout)
    deadline = time.monotonic() + 10
    send = lambda: gateway.request("/v1/errors", b'{"message":"x"}', {"X-Seawall-Key": made["key"]}).status  # noqa: E731
    while send() != 202:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert seawall("key", "revoke", str(made["id"]), "--yes").returncode == 0
    deadline = time.monotonic() + 5
    while send() != 401:
        assert time.monotonic() < deadline, "a revoked key still works"
        time.sleep(0.05)


PROGRAM = """
    import logging, sys, sentry_sdk
    sentry_sdk.init(sys.argv[1], release="shop@1.2", environment="qa", traces_sample_rate=1.0)
    with sentry_sdk.start_transaction(name="checkout"):
        sentry_sdk.set_user({"id": "42"})
        logging.error("payment of %s refused", 17)
    def pay(amount):
        return 1 / amount
    pay(0)
"""


def test_a_program_with_sentrys_sdk_needs_another_dsn_and_nothing_else(gateway, keys, sent, tmp_path):
    program = tmp_path / "shop.py"
    program.write_text(textwrap.dedent(PROGRAM))
    dsn = f"http://{keys.public}@127.0.0.1:{gateway.port}/{keys.project_id}"
    done = subprocess.run([sys.executable, program, dsn], capture_output=True, text=True, check=False)
    assert "ZeroDivisionError" in done.stderr
    found = {}
    for record in sent():
        for occurrence in prepared(record):
            found[occurrence.group.error_type or occurrence.message] = occurrence
    assert {"ZeroDivisionError", "payment of 17 refused"} <= set(found)
    crash = json.loads(found["ZeroDivisionError"].payload)
    assert crash["exception"][0]["frames"][-1]["function"] == "pay"
    assert (crash["release"], crash["environment"]) == ("shop@1.2", "qa")
    assert found["payment of 17 refused"].user_id == "42"
    assert found["payment of 17 refused"].trace_id


CLIENT = """
    import sys, seawall_client
    seawall_client.init(sys.argv[1], service="shop", environment="qa")
    {}["missing"]
"""


def test_our_own_client_is_understood(gateway, keys, sent, tmp_path):
    program = tmp_path / "shop.py"
    program.write_text(textwrap.dedent(CLIENT))
    dsn = f"http://{keys.secret}@127.0.0.1:{gateway.port}/{keys.project_id}"
    source = Path(__file__).parents[2] / "clients" / "python" / "src"
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(source), "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, program, dsn], capture_output=True, text=True, check=False, env=env)
    assert "KeyError: 'missing'" in done.stderr
    (record,) = sent()
    (occurrence,) = prepared(record)
    told = json.loads(occurrence.payload)
    assert (told["error_type"], told["service"], told["environment"]) == ("KeyError", "shop", "qa")
    assert dict(record.headers)["seawall-project"] == b"shop"


def test_an_event_as_large_as_the_job_reads_arrives(gateway, keys, sent):
    body = b'{"message": "large", "extra": {"padding": "' + b"x" * (4 * 1024 * 1024 - 50) + b'"}}'
    packed = bytes(cramjam.gzip.compress(body))
    answer = gateway.request("/v1/errors", packed, {"X-Seawall-Key": keys.public, "Content-Encoding": "gzip"})
    assert answer.status == 202
    assert [record.value for record in sent()] == [body]


def test_nothing_that_was_sent_is_in_the_log(gateway, keys):
    text = gateway.log.read_text()
    assert "gateway_started" in text
    for secret in (keys.public, keys.secret, "payment", "KeyError", EVENT_ID):
        assert secret not in text


def test_people_make_projects_and_keys(settings, seawall):
    assert seawall("project", "create", "books", "--per-minute", "600").returncode == 0
    for arguments, problem in (
        (("project", "create", "books"), "there is a project books already"),
        (("project", "create", "7"), "a project's name is"),
        (("key", "create", "nowhere"), "there is no project nowhere"),
        (("key", "create", "books", "--origin", "shop.example"), "an origin is like"),
        (("key", "create", "books", "--secret", "--origin", "https://shop.example"), "a secret key has no place"),
        (("key", "revoke", "999999", "--yes"), "there is no key 999999 in force"),
    ):
        done = seawall(*arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert problem in done.stderr
        assert len(done.stderr.splitlines()) == 1
    made = json.loads(seawall("key", "create", "books", "--secret", "--environment", "qa", "--json").stdout)
    assert made["dsn"].endswith(f"@127.0.0.1:8090/{made['project_id']}")
    new = json.loads(seawall("key", "rotate", str(made["id"]), "--grace", "1", "--json").stdout)
    listed = seawall("key", "list", "books", "--json").stdout
    old, young = json.loads(listed)
    assert (old["id"], young["id"], young["environment"]) == (made["id"], new["id"], "qa")
    assert old["expires_at"]
    assert young["expires_at"] is None
    stored = str(query(settings, "SELECT k::text FROM project_keys k"))
    assert not any(key in text for key in (made["key"], new["key"]) for text in (listed, stored))
    (project,) = [one for one in json.loads(seawall("project", "list", "--json").stdout) if one["name"] == "books"]
    assert (project["keys"], project["events_per_minute"]) == (2, 600)


def test_status_shows_it(gateway, settings):
    deadline = time.monotonic() + 10
    while not query(settings, "SELECT 1 FROM processes WHERE role = 'gateway'"):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_an_answer_says_no_more_of_a_body_than_there_is(gateway, keys):
    def raw(request: bytes) -> tuple[bytes, bytes]:
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as connection:
            connection.sendall(request)
            answer = b""
            while part := connection.recv(65_536):
                answer += part
        head, _, body = answer.partition(b"\r\n\r\n")
        return head, body

    end = b"host: x\r\nconnection: close\r\n\r\n"
    head, body = raw(b"HEAD /health HTTP/1.1\r\n" + end)
    assert (head[:15], body) == (b"HTTP/1.1 200 OK", b"")
    assert b"content-length: 15" in head
    head, body = raw(b"OPTIONS /v1/errors HTTP/1.1\r\norigin: https://shop.example\r\n" + end)
    assert (head[:12], body) == (b"HTTP/1.1 204", b"")
    assert b"content-length" not in head
    head, body = raw(b"GET /nowhere HTTP/1.0\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404")
    assert json.loads(body)["detail"]
    assert head.count(b"connection: close") == head.count(b"date: ") == 1
