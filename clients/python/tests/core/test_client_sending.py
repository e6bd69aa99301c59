"""Sending to a gateway: every answer of the contract, and what the queue does meanwhile."""

import json
import logging
import os
import re
import socket
import ssl
import threading
import time

import pytest
from fake_gateway import Gateway

import seawall_client
from seawall_client.dsn import parse_dsn
from seawall_client.losses import Losses
from seawall_client.sending.contract import Denied, Refused, Retry, TooLarge
from seawall_client.sending.courier import Courier
from seawall_client.sending.http import HttpTransport, _judge


@pytest.mark.parametrize(
    ("dsn", "path", "port"),
    [
        ("https://k@seawall.example/shop", "/shop/v1/errors", 443),
        ("http://k@localhost:8080/shop", "/shop/v1/errors", 8080),
        (" https://k:ignored@h/prefix/shop/ ", "/prefix/shop/v1/errors", 443),
    ],
)
def test_dsns(dsn, path, port):
    parsed = parse_dsn(dsn)
    assert (parsed.path, parsed.port, parsed.project, parsed.key) == (path, port, "shop", "k")
    assert "k@" not in repr(parsed)


@pytest.mark.parametrize(
    "dsn",
    [
        "",
        "shop",
        "ftp://k@h/p",
        "https://h/p",
        "https://k@/p",
        "https://k@h",
        "https://k@h:x/p",
        "https://k%0a@h/p",
        "https://k%0a℀@h/p",
    ],
)
def test_wrong_dsns_keep_no_program_from_starting(dsn, caplog):
    with pytest.raises(ValueError) as raised:
        parse_dsn(dsn)
    assert "k%0a" not in str(raised.value)
    if dsn:
        assert seawall_client.init(dsn) is None
        assert "errors are not captured" in caplog.text
    assert seawall_client.capture_message("m") is None


def test_no_repr_shows_a_secret(gateway):
    secret = "s3cr3t-9"
    made = seawall_client.init(
        f"http://{secret}@localhost/p", hooks=(), proxy=f"http://u:{secret}@h", kafka_options={"sasl.password": secret}
    )
    assert secret not in repr(made.options)
    assert secret not in repr(made)


def test_the_key_is_in_no_event(client, gateway):
    made = client(frame_locals=True, project_root=os.path.dirname(__file__))
    address = gateway.dsn
    try:
        raise ConnectionError(f"cannot reach {address}")
    except ConnectionError:
        made.capture_exception(extra={"sent to": [address, gateway.key]})
    (event,) = gateway.wait(1)
    assert gateway.key not in json.dumps(event)
    assert "http://[dsn_key]@127.0.0.1" in event["message"]
    assert "[dsn_key]@127.0.0.1" in event["exception"][0]["frames"][-1]["locals"]["address"]


def test_without_a_destination_nothing_happens(caplog):
    assert seawall_client.init() is None
    assert seawall_client.capture_exception(KeyError("x")) is None
    assert seawall_client.flush() is True
    assert not caplog.records


def test_unknown_options_are_a_mistake_of_the_program(gateway):
    with pytest.raises(TypeError, match="sevrice"):
        seawall_client.init(gateway.dsn, sevrice="shop")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((status, None) for status in (200, 201, 202, 204)),
        *((status, Refused) for status in (301, 400, 404, 405, 410, 415, 422)),
        *((status, Denied) for status in (401, 403)),
        (413, TooLarge),
        *((status, Retry) for status in (408, 425, 429, 500, 502, 503, 504, 599)),
    ],
)
def test_what_a_status_means(status, outcome):
    if outcome is None:
        _judge(status, None)
        return
    with pytest.raises(outcome):
        _judge(status, None)


@pytest.mark.parametrize(
    ("status", "after", "seconds"),
    [
        (503, "7", 7.0),
        (503, None, None),
        (429, None, 60.0),
        (429, "0.5", 0.5),
        (429, "-3", 0.0),
        (503, "1e9", 3600.0),
        (503, "nan", None),
        (503, "soon", None),
        (429, "soon", 60.0),
        (503, "Wed, 21 Oct 2015 07:28:07 GMT", 7.0),
        (503, "Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
    ],
)
def test_how_long_a_server_asks_us_to_wait(monkeypatch, status, after, seconds):
    monkeypatch.setattr(time, "time", lambda: 1_445_412_480.0)
    with pytest.raises(Retry) as raised:
        _judge(status, after)
    assert raised.value.after == (seconds if seconds is None else pytest.approx(seconds))


def test_a_connection_is_kept(client, gateway):
    made = client()
    for number in range(5):
        made.capture_message(f"m{number}")
        assert made.flush(10)
    assert len(gateway.wait(5)) == 5
    assert gateway.connections == 1


def test_a_connection_that_the_server_has_closed_is_made_anew(client, gateway):
    made = client()
    made.capture_message("a")
    made.flush(10)
    gateway.stop()
    gateway.start()
    gateway.answers = ["reset"]
    made.capture_message("b")
    assert made.flush(10)
    assert [event["message"] for event in gateway.wait(2)] == ["a", "b"]


@pytest.mark.parametrize("answer", [(500, {}), (503, {"Retry-After": "0"}), (429, {"Retry-After": "0"}), "reset"])
def test_what_may_pass_is_tried_again(client, gateway, answer):
    made = client()
    gateway.answers = [answer] * 2
    made.capture_message("m")
    assert len(gateway.wait(1, timeout=20)) == 1
    assert gateway.requests == 3
    assert made.losses.totals() == {}


def test_the_order_is_kept_while_some_wait(client, gateway):
    made = client()
    gateway.answers = [(503, {"Retry-After": "0.2"})]
    for number in range(250):
        made.capture_message(f"m{number}", logger=f"l{number}")
    events = gateway.wait(100)
    assert [event["message"] for event in events][:100] == [f"m{number}" for number in range(100)]


def test_what_is_refused_is_never_sent_again(client, gateway, caplog):
    made = client()
    gateway.answers = [(400, {})]
    made.capture_message("a")
    assert made.flush(10)
    made.capture_message("b")
    assert made.flush(10)
    (event,) = gateway.wait()
    assert event["message"] == "b"
    assert event["extra"]["seawall"]["dropped"] == {"refused": 1}
    assert gateway.requests == 2


def test_a_wrong_key_is_said_once_and_not_shown(client, gateway, caplog):
    made = client()
    gateway.key = "another"
    made.capture_message("m")
    ends = time.monotonic() + 20
    while not gateway.requests and time.monotonic() < ends:
        assert made.flush(0.1) is False
    seawall_client.close(0)
    assert gateway.requests == 1
    assert made.losses.totals() == {"unsent": 1}
    assert [record.levelno for record in caplog.records if "key" in record.message] == [logging.WARNING]
    assert "s3cr3t" not in caplog.text


def test_a_batch_that_is_too_large_is_split(client, gateway):
    made = client(linger=0.3)
    gateway.most_events = 3
    for number in range(10):
        made.capture_message(f"m{number}")
    assert made.flush(10)
    assert [event["message"] for event in gateway.wait(10)] == [f"m{number}" for number in range(10)]
    assert max(map(len, gateway.batches)) <= 3


def test_one_event_that_is_too_large_is_dropped(client, gateway):
    made = client(linger=0.3)
    gateway.answers = [(413, {}), (413, {}), None, None]
    for number in range(2):
        made.capture_message(f"m{number}")
    assert made.flush(10)
    assert made.losses.totals() == {"too_large": 1}
    assert [event["message"] for event in gateway.wait()] == ["m1"]


def test_events_are_sent_together(client, gateway):
    made = client(linger=0.3)
    for number in range(50):
        made.capture_message(f"m{number}")
    gateway.wait(50)
    assert gateway.requests <= 2


def test_a_full_queue_keeps_the_first_and_counts_the_others(client, gateway):
    gateway.answers = [(503, {"Retry-After": "1"})]
    made = client(queue_size=10, max_per_second=1e9)
    made.capture_message("first")
    while gateway.requests == 0:
        time.sleep(0.01)
    ids = [made.capture_message(f"m{number}") for number in range(100)]
    assert sum(one is not None for one in ids) == 10
    events = gateway.wait(11)
    assert [event["message"] for event in events][:11] == ["first", *(f"m{number}" for number in range(10))]
    told = [event["extra"]["seawall"]["dropped"] for event in events if "seawall" in event["extra"]]
    assert told == [{"queue_full": 90}]


def test_a_queue_is_bounded_by_size_too(client, gateway):
    gateway.answers = [(503, {"Retry-After": "1"})]
    made = client(queue_bytes=1_000_000, max_per_second=1e9)
    for number in range(100):
        made.capture_message(f"m{number}", extra={"big": ["x" * 4_000] * 10})
    assert made.losses.totals()["queue_full"] > 50


@pytest.mark.parametrize("where", ["message", "value", "chain", "breadcrumbs", "request", "locals"])
def test_a_queue_is_bounded_wherever_the_size_is(client, gateway, where):
    gateway.gate.clear()
    made = client(
        queue_bytes=1_000_000, burst=1_000, frame_locals=where == "locals", project_root=os.path.dirname(__file__)
    )
    text = "y" * 60_000
    with seawall_client.isolation_scope() as scope:
        if where == "breadcrumbs":
            for _ in range(50):
                seawall_client.add_breadcrumb(text, data={"text": text[:2_000]})
        if where == "request":
            scope.request = {"headers": {str(number): text for number in range(20)}}
        for _ in range(300):
            try:
                hundred = [text] * 10 if where == "locals" else None
                second = third = fourth = hundred  # noqa: F841
                try:
                    raise KeyError("first" if where != "chain" else text[:8_000])
                except KeyError:
                    raise ValueError(text if where == "value" else text[:8_000] if where == "chain" else "m")
            except ValueError:
                seawall_client.capture_exception(**({"message": text} if where == "message" else {}))
    dropped = made.losses.totals().get("queue_full", 0)
    gateway.gate.set()
    assert dropped > 100


def test_capturing_does_not_wait_for_the_network(client, gateway):
    gateway.gate.clear()
    made = client(max_per_second=1e9)
    for number in range(100):
        assert made.capture_message(f"m{number}")
    assert made.flush(0.01) is False
    assert not gateway.events
    gateway.gate.set()
    assert len(gateway.wait(100)) == 100


def test_flush_is_in_time_where_nothing_answers(gateway):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        made = seawall_client.init(f"http://k@127.0.0.1:{silent.getsockname()[1]}/p", hooks=(), timeout=30)
        made.capture_message("m")
        assert made.flush(0.2) is False
        made.close(0.2)
        assert made.losses.totals() == {"unsent": 1}


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 500\r\n\r\nabc",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"Content-Length: 9\r\n\r\n",
    ],
)
def test_a_status_counts_without_its_body(rest):
    """What was taken is not sent again for want of the answer's end."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            for _ in range(2):
                connection, _ = server.accept()
                taken.append(connection)
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 202 Accepted\r\n" + rest)

        taken = []
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        way = HttpTransport(parse_dsn(f"http://k@127.0.0.1:{server.getsockname()[1]}/p"))
        way.send([b"{}"], 2)
        way.send([b"{}"], 2)  # by another connection
        thread.join(20)
        assert len(taken) == 2
        for connection in taken:
            connection.close()


def test_an_answer_that_comes_byte_by_byte_is_given_up():
    """A socket's timeout begins anew with each byte: such a gateway would be waited for for ever."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        gone = threading.Event()

        def drip():
            connection, _ = server.accept()
            with connection:
                while not gone.wait(0.05):
                    try:
                        connection.sendall(b"H")
                    except OSError:
                        gone.set()

        threading.Thread(target=drip, daemon=True).start()
        way = HttpTransport(parse_dsn(f"http://k@127.0.0.1:{server.getsockname()[1]}/p"))
        try:
            with pytest.raises(Retry, match=r"(?i)timeout"):
                way.send([b"{}"], 0.5)
            assert gone.wait(20)  # the connection was closed
        finally:
            gone.set()


def test_a_before_send_that_does_not_return_holds_up_no_end(client, gateway, tmp_path):
    begun, gone = threading.Event(), threading.Event()
    asked = []

    def before_send(event):
        asked.append(threading.current_thread() is threading.main_thread())
        begun.set()
        gone.wait(60)

    made = client(before_send=before_send, spool_dir=str(tmp_path))
    for number in range(5):
        made.capture_message(f"m{number}")
    assert begun.wait(20)
    made.close(0.2)
    assert asked == [False]
    assert made.losses.totals() == {"unsent": 5}
    gone.set()


def test_at_the_end_nothing_is_finished_that_has_nowhere_to_go(client, gateway):
    gateway.gate.clear()
    asked = []
    made = client(before_send=lambda event: asked.append(threading.current_thread().name) or event)
    made.capture_message("in flight")
    ends = time.monotonic() + 20
    while not asked and time.monotonic() < ends:
        time.sleep(0.01)
    for number in range(50):
        made.capture_message(f"m{number}")
    made.close(0.2)
    assert threading.main_thread().name not in asked
    assert made.losses.totals()["unsent"] >= 50
    gateway.gate.set()


def test_unreachable_is_said_once(gateway, caplog):
    gateway.stop()
    made = seawall_client.init(gateway.dsn, hooks=(), linger=0)
    made.capture_message("m")
    ends = time.monotonic() + 20
    while not any("reached" in record.message for record in caplog.records) and time.monotonic() < ends:
        assert made.flush(0.3) is False
    assert [record.levelno for record in caplog.records if "reached" in record.message] == [logging.WARNING]
    gateway.start()
    assert len(gateway.wait(1, timeout=20)) == 1


def test_a_certificate_that_is_not_trusted_keeps_events_waiting(tmp_path, caplog):
    trustme = pytest.importorskip("trustme")
    authority = trustme.CA()
    gateway = Gateway().start()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    gateway._server.socket = context.wrap_socket(gateway._server.socket, server_side=True)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    dsn = gateway.dsn.replace("http:", "https:")
    made = seawall_client.init(dsn, hooks=())
    made.capture_message("untrusted")
    assert made.flush(1.0) is False
    assert not gateway.events
    seawall_client.close(0)
    made = seawall_client.init(dsn, hooks=(), ca_file=str(tmp_path / "ca.pem"))
    made.capture_message("trusted")
    assert made.flush(10)
    assert [event["message"] for event in gateway.wait()] == ["trusted"]
    gateway.stop()


def test_a_proxy_is_asked(gateway):
    asked = []

    def serve(server):
        taken, _ = server.accept()
        with taken, socket.create_connection(("127.0.0.1", gateway.port)) as onward:
            request = taken.makefile("rb")
            head = b"".join(iter(request.readline, b"\r\n"))
            asked.append(head.decode())
            body = request.read(int(re.search(rb"Content-Length: (\d+)", head)[1]))
            onward.sendall(head.replace(f"http://127.0.0.1:{gateway.port}".encode(), b"") + b"\r\n" + body)
            taken.sendall(onward.recv(100_000))

    with socket.create_server(("127.0.0.1", 0)) as proxy:
        threading.Thread(target=serve, args=(proxy,), daemon=True).start()
        made = seawall_client.init(gateway.dsn, hooks=(), proxy=f"http://u:p@127.0.0.1:{proxy.getsockname()[1]}")
        made.capture_message("m")
        assert made.flush(10)
    (head,) = asked
    assert head.startswith(f"POST http://127.0.0.1:{gateway.port}/shop/v1/errors HTTP/1.1")
    assert "Proxy-Authorization: Basic dTpw" in head


class Scripted:
    """A way out that answers as it is told."""

    def __init__(self, *outcomes):
        self.outcomes = list(outcomes)
        self.sent = []
        self.timeouts = []

    def load(self):
        pass

    def send(self, events, timeout):
        self.timeouts.append(timeout)
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome
        self.sent.append(list(events))

    def close(self):
        pass

    forget = close


def test_a_key_that_was_made_just_now_loses_nothing():
    clock = [0.0]
    way = Scripted(Denied("HTTP 401"))
    courier = Courier(way, Losses(), timeout=1, clock=lambda: clock[0])
    courier.deliver([b"1"])
    assert courier.blocked()
    clock[0] = 5.0
    courier.deliver([b"2"])
    assert way.sent == [[b"1", b"2"]]


def test_a_wrong_key_is_tried_again_now_and_then():
    clock = [0.0]
    losses = Losses()
    way = Scripted(*[Denied("HTTP 401")] * 3)
    courier = Courier(way, losses, timeout=1, clock=lambda: clock[0])
    tries = []
    for second in range(400):
        clock[0] = float(second)
        left = len(way.outcomes)
        courier.deliver([b"%d" % second])
        if len(way.outcomes) < left:
            tries.append(second)
    assert tries == [0, 5, 65]  # then after two minutes
    assert [events[0] for events in way.sent[:2]] == [b"185", b"186"]
    assert losses.totals() == {"denied": 185}


def test_only_what_was_not_taken_is_sent_again():
    clock = [0.0]
    way = Scripted(Retry("half", after=1, left=[b"2"]))
    courier = Courier(way, Losses(), timeout=1, clock=lambda: clock[0])
    courier.deliver([b"1", b"2"])
    assert courier.blocked()
    assert courier.due() == 1.0
    courier.work(hurry=True)  # it was asked to wait
    assert way.sent == []
    clock[0] = 1.0
    courier.work()
    assert way.sent == [[b"2"]]
    assert courier.due() is None


def test_waits_grow_and_are_bounded():
    clock = [0.0]
    courier = Courier(Scripted(*[Retry("away")] * 30), Losses(), timeout=1, clock=lambda: clock[0])
    courier.deliver([b"1"])
    waits = []
    for _ in range(20):
        waits.append(courier.due())
        clock[0] += waits[-1]
        courier.work()
    assert 0.25 <= waits[0] <= 0.5
    assert waits[4] > waits[0]
    assert max(waits) <= 60


def test_at_the_end_an_attempt_takes_no_longer_than_there_is_time():
    clock = [0.0]
    way = Scripted()
    courier = Courier(way, Losses(), timeout=5, clock=lambda: clock[0])
    courier.deliver([b"1"])
    courier.hurry_until(2.0)
    courier.deliver([b"2"])
    clock[0] = 3.0
    courier.deliver([b"3"])
    assert way.timeouts == [5, 2.0, 0.1]


def test_a_server_that_asks_for_no_rest_gets_some():
    clock = [0.0]
    courier = Courier(Scripted(*[Retry("busy", after=0.0)] * 9), Losses(), timeout=1, clock=lambda: clock[0])
    courier.deliver([b"1"])
    waits = []
    for _ in range(8):
        waits.append(courier.due())
        clock[0] += waits[-1]
        courier.work()
    assert min(waits) >= 0.25
    assert waits[-1] > 10 * waits[0]


def test_a_fault_of_ours_loses_no_event():
    clock = [0.0]
    way = Scripted(RuntimeError("ours"))
    courier = Courier(way, Losses(), timeout=1, clock=lambda: clock[0])
    courier.deliver([b"1"])
    clock[0] = 100
    courier.work()
    assert way.sent == [[b"1"]]


def test_a_transport_says_what_happened(gateway):
    transport = HttpTransport(parse_dsn(gateway.dsn))
    gateway.stop()
    with pytest.raises(Retry, match="ConnectionRefusedError"):
        transport.send([b"{}"], 1.0)
