"""WSGI and Flask."""

import datetime as dt
import wsgiref.util
import wsgiref.validate

import pytest

import seawall_client
from seawall_client.integrations.wsgi import SeawallWSGI
from seawall_client.scope import base_scope, current_scope

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
HEADER = f"00-{TRACE}-00f067aa0ba902b7-01"


def ask(app, **environ):
    """One request, by a server that checks what the standard says."""
    made = {
        "QUERY_STRING": "token=abc&a=1",
        "PATH_INFO": "/orders/7",
        "SCRIPT_NAME": "",
        "HTTP_HOST": "shop.example",
        **environ,
    }
    wsgiref.util.setup_testing_defaults(made)
    body = wsgiref.validate.validator(app)(made, lambda status, headers, exc_info=None: lambda data: None)
    try:
        return b"".join(body)
    finally:
        body.close()


def respond(start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])


def test_what_an_application_raises(client, gateway):
    made = client()

    def app(environ, start_response):
        seawall_client.set_tag("shard", 7)
        raise LookupError("lost")

    with pytest.raises(LookupError):
        ask(SeawallWSGI(app), HTTP_TRACEPARENT=HEADER, HTTP_COOKIE="a=b", HTTP_X_REQUEST_ID="r-1", HTTP_ACCEPT="*/*")
    made.flush(10)
    (event,) = gateway.wait()
    assert event["transaction"] == "GET /orders/7"
    assert (event["trace_id"], event["correlation_id"]) == (TRACE, "r-1")
    assert event["tags"]["shard"] == "7"
    request = event["request"]
    assert (request["url"], request["method"]) == ("http://shop.example/orders/7", "GET")
    assert request["query_string"] == "token=[token]&a=1"
    assert request["headers"].items() >= {"cookie": "[cookie]", "accept": "*/*"}.items()
    assert current_scope() is base_scope()


def test_what_is_raised_while_the_body_is_sent(client, gateway):
    made = client()

    def app(environ, start_response):
        respond(start_response)
        seawall_client.set_tag("shard", 7)
        yield b"begun"
        raise LookupError("lost")

    with pytest.raises(LookupError):
        ask(SeawallWSGI(app))
    made.flush(10)
    (event,) = gateway.wait()
    assert event["tags"]["shard"] == "7"
    assert event["request"]["method"] == "GET"
    assert current_scope() is base_scope()


def test_bodies_that_take_turns_keep_their_scopes(client):
    client()

    def app(environ, start_response):
        seawall_client.set_tag("path", environ["PATH_INFO"])
        for _ in range(3):
            yield current_scope().tags["path"].encode()

    bodies = [SeawallWSGI(app)({"PATH_INFO": path}, None) for path in ("a", "b")]
    told = [[next(body), next(other)] for body, other in [bodies, bodies, bodies]]
    assert told == [[b"a", b"b"]] * 3


def test_closing_is_handed_on(client):
    client()
    closed = []

    class Body(list):
        pass

    class Stream:
        def __iter__(self):
            return iter([b"x"])

        def close(self):
            closed.append(current_scope() is not base_scope())

    def app(environ, start_response):
        respond(start_response)
        return Stream()

    assert ask(SeawallWSGI(app)) == b"x"
    assert closed == [True]


def test_without_a_client_nothing_is_added():
    def app(environ, start_response):
        return [b"x"]

    assert SeawallWSGI(app)({}, None) == [b"x"]


@pytest.fixture
def shop(client):
    import flask

    from seawall_client.integrations.flask import instrument

    class OutOfStockError(seawall_client.APIError):
        status = 409
        message = "that is out of stock"

    made = client()
    app = flask.Flask("shop")
    instrument(app)

    @app.get("/orders/<int:number>")
    def order(number):
        if number == 409:
            raise OutOfStockError(details={"left": 0})
        if number == 502:
            raise seawall_client.APIError("the bank is away", status=502, code="BANK_AWAY")
        if number == 503:
            flask.abort(503, "come back later")
        if number == 403:
            flask.abort(403)
        return {"number": 1 / number}

    @app.get("/old")
    def old():
        return flask.redirect("/orders/1")

    app.shop_client = made
    return app


@pytest.mark.parametrize(
    ("path", "status", "code", "message", "details", "captured"),
    [
        ("/orders/409", 409, "OUT_OF_STOCK", "that is out of stock", {"left": 0}, None),
        ("/orders/502", 502, "BANK_AWAY", "the bank is away", None, "APIError"),
        ("/orders/503", 503, "SERVICE_UNAVAILABLE", "come back later", None, "ServiceUnavailable"),
        ("/orders/403", 403, "FORBIDDEN", None, None, None),
        ("/orders/0", 500, "INTERNAL_SERVER_ERROR", "Internal Server Error", None, "ZeroDivisionError"),
        ("/nowhere", 404, "NOT_FOUND", None, None, None),
    ],
)
def test_flask_answers_every_error_alike(shop, gateway, path, status, code, message, details, captured):
    response = shop.test_client().get(path, headers={"traceparent": HEADER})
    assert response.status_code == status
    assert set(response.json) == {"error"}
    error = response.json["error"]
    assert set(error) == {"code", "message", "details", "status", "trace_id"}
    assert (error["code"], error["details"], error["status"], error["trace_id"]) == (code, details, status, TRACE)
    assert message is None or error["message"] == message
    assert shop.shop_client.flush(10)
    assert [event["error_type"] for event in gateway.events] == ([captured] if captured else [])
    for event in gateway.events:
        assert event["transaction"] == "GET /orders/<int:number>"
        assert event["trace_id"] == TRACE


def test_flask_errors_behind_the_views(shop, gateway):
    """Flask itself tells nobody of them: its signal is for views."""

    @shop.get("/stream")
    def stream():
        def pieces():
            yield "first "
            yield str(1 / 0)

        return shop.response_class(pieces())

    @shop.get("/unclean")
    def unclean():
        return "done"

    @shop.teardown_request
    def clean(error):
        if shop.unclean:
            raise KeyError("pool")

    shop.unclean = False
    with pytest.raises(ZeroDivisionError):
        shop.test_client().get("/stream").get_data()
    shop.unclean = True
    with pytest.raises(KeyError):
        shop.test_client().get("/unclean")
    assert shop.shop_client.flush(20)
    told = [(event["error_type"], event["transaction"]) for event in gateway.events]
    assert told == [("ZeroDivisionError", "GET /stream"), ("KeyError", "GET /unclean")]


def test_details_of_any_kind_are_answered(shop, gateway):
    @shop.get("/odd")
    def odd():
        raise seawall_client.APIError("no", status=409, details={"when": dt.date(2026, 1, 2), "nan": float("nan")})

    response = shop.test_client().get("/odd")
    assert response.status_code == 409
    assert response.json["error"]["details"] == {"when": "2026-01-02", "nan": "nan"}
    assert shop.shop_client.flush(20)
    assert gateway.events == []


def test_flask_keeps_what_answers_need(shop):
    response = shop.test_client().post("/orders/1")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
    assert shop.test_client().get("/old").status_code == 302


def test_flask_in_debug_and_tests_raises_on(shop, gateway):
    shop.testing = True
    with pytest.raises(ZeroDivisionError):
        shop.test_client().get("/orders/0")
    assert shop.shop_client.flush(10)
    assert [event["exception"][0]["mechanism"] for event in gateway.events] == ["flask"]


def test_flask_keeps_its_own_context(shop):
    import flask

    with shop.test_client() as asked:
        asked.get("/orders/1?a=b")
        assert flask.request.args["a"] == "b"


def test_flask_handlers_of_ones_own_count_more(shop, gateway):
    @shop.errorhandler(ZeroDivisionError)
    def handle(error):
        return "mine", 418

    assert shop.test_client().get("/orders/0").status_code == 418
    assert shop.shop_client.flush(10)
    assert gateway.events == []


def test_flask_logs_what_was_captured_once(client, gateway):
    import flask

    from seawall_client.integrations.flask import instrument

    made = client(hooks=("logging",))
    app = instrument(flask.Flask("shop"))

    @app.get("/")
    def fail():
        return {}["x"]

    app.test_client().get("/")
    made.flush(10)
    assert len(gateway.wait()) == 1
