"""Servers and runtimes that replace what the client stands on: gevent, gunicorn, uvicorn."""

import json
import socket
import time
import urllib.error
import urllib.request

import pytest


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answer_of(url, headers=()):
    """The answer to a request that fails, once the server is there."""
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        try:
            return urllib.request.urlopen(urllib.request.Request(url, headers=dict(headers)), timeout=10)
        except urllib.error.HTTPError as error:
            return error
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server does not answer")


def test_gevent(program, gateway):
    program(
        """
        from gevent import monkey; monkey.patch_all()
        import gevent
        import seawall_client
        client = seawall_client.init(linger=0.05)

        def job(number):
            with seawall_client.isolation_scope() as scope:
                scope.set_tag("job", number)
                gevent.sleep(0.01)
                seawall_client.capture_message(f"m{number}")

        ticks = []
        ticker = gevent.spawn(lambda: [(ticks.append(1), gevent.sleep(0.005)) for _ in range(20)])
        gevent.joinall([gevent.spawn(job, number) for number in range(10)])
        assert seawall_client.flush(10)
        ticker.join()
        assert len(ticks) == 20
        """,
        check=0,
    )
    assert all(event["tags"]["job"] == event["message"][1:] for event in gateway.wait(10))


def test_gunicorn_with_a_preloaded_program(program, gateway, tmp_path, port):
    (tmp_path / "shopapp.py").write_text(
        "import seawall_client\n"
        "from seawall_client.integrations.wsgi import SeawallWSGI\n"
        "seawall_client.init()\n"
        "def app(environ, start_response):\n"
        "    raise LookupError(environ['PATH_INFO'])\n"
        "app = SeawallWSGI(app)\n"
    )
    process = program(
        """
        import sys
        from gunicorn.app.wsgiapp import run
        sys.argv = ["gunicorn", "--preload", "-w", "2", "-b", f"127.0.0.1:{sys.argv[1]}", "shopapp:app"]
        run()
        """,
        str(port),
        wait=False,
    )
    try:
        assert answer_of(f"http://127.0.0.1:{port}/lost").status == 500
        (event,) = gateway.wait(1, timeout=20)
    finally:
        process.terminate()
        process.communicate(timeout=20)
    assert event["message"] == "/lost"
    assert event["request"]["method"] == "GET"


def test_uvicorn_with_fastapi(program, gateway, port):
    """A request from end to end: the answer has the trace of the error, and what was logged before is told with it."""
    process = program(
        """
        import logging, sys
        import fastapi, uvicorn
        import seawall_client
        from seawall_client.integrations.fastapi import instrument

        seawall_client.init()
        app = instrument(fastapi.FastAPI())

        @app.get("/orders/{number}")
        async def order(number: int):
            logging.getLogger("shop").warning("asked for %s", number)
            return 1 / number

        uvicorn.run(app, port=int(sys.argv[1]))
        """,
        str(port),
        wait=False,
    )
    try:
        answer = answer_of(f"http://127.0.0.1:{port}/orders/0", {"X-Request-ID": "r-1", "Cookie": "a=b"})
        told = json.load(answer)["error"]
        (event,) = gateway.wait(1, timeout=20)
    finally:
        process.terminate()
        process.communicate(timeout=20)
    assert (answer.status, told["code"]) == (500, "INTERNAL_SERVER_ERROR")
    assert told["trace_id"] == event["trace_id"]
    assert (event["transaction"], event["correlation_id"]) == ("GET /orders/{number}", "r-1")
    assert event["request"]["url"] == f"http://127.0.0.1:{port}/orders/0"
    assert event["request"]["headers"]["cookie"] == "[cookie]"
    assert event["extra"]["breadcrumbs"][-1]["message"] == "asked for 0"
    frames = event["exception"][-1]["frames"]
    assert [frame["function"] for frame in frames if frame["in_app"]] == ["order"]
    assert len(gateway.events) == 1
