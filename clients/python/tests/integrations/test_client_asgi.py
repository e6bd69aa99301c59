"""ASGI, Starlette and FastAPI."""

import asyncio

import pytest

import seawall_client
from seawall_client.integrations.asgi import SeawallASGI
from seawall_client.scope import base_scope, current_scope

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
HEADER = f"00-{TRACE}-00f067aa0ba902b7-01"
CONNECTION = {
    "type": "http",
    "method": "GET",
    "path": "/orders/7",
    "query_string": b"token=abc&a=1",
    "scheme": "https",
    "headers": [(b"host", b"shop.example"), (b"traceparent", HEADER.encode()), (b"authorization", b"Bearer abc")],
}


def test_what_an_application_raises(client, gateway):
    made = client()

    async def app(scope, receive, send):
        seawall_client.set_tag("shard", 7)
        await asyncio.sleep(0)
        raise LookupError("lost")

    async def main():
        with pytest.raises(LookupError):
            await SeawallASGI(app)(dict(CONNECTION), None, None)
        assert current_scope() is base_scope()

    asyncio.run(main())
    made.flush(10)
    (event,) = gateway.wait()
    assert (event["transaction"], event["trace_id"], event["tags"]["shard"]) == ("GET /orders/7", TRACE, "7")
    assert event["request"] == {
        "url": "https://shop.example/orders/7",
        "method": "GET",
        "query_string": "token=[token]&a=1",
        "headers": {"host": "shop.example", "traceparent": HEADER, "authorization": "[authorization]"},
    }


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_connections_of_other_kinds(client, gateway, kind):
    made = client()

    async def app(scope, receive, send):
        raise LookupError(kind)

    with pytest.raises(LookupError):
        asyncio.run(SeawallASGI(app)({"type": kind, "path": "/", "headers": []}, None, None))
    made.flush(10)
    assert len(gateway.events) == (kind == "websocket")


def test_a_connection_that_is_not_as_it_should_be_is_served_and_captured(client, gateway):
    made = client()

    async def app(scope, receive, send):
        raise LookupError("lost")

    with pytest.raises(LookupError):
        asyncio.run(SeawallASGI(app)({"type": "http", "headers": [("text", None)]}, None, None))
    made.flush(10)
    assert gateway.wait()[0]["message"] == "lost"


def test_requests_at_once_are_kept_apart(client, gateway):
    made = client(max_per_second=1e9)

    async def app(scope, receive, send):
        seawall_client.set_tag("path", scope["path"])
        await asyncio.sleep(0.001)
        raise LookupError(scope["path"])

    async def main():
        wrapped = SeawallASGI(app)
        await asyncio.gather(
            *(wrapped({**CONNECTION, "path": f"/{number}", "headers": []}, None, None) for number in range(50)),
            return_exceptions=True,
        )

    asyncio.run(main())
    made.flush(10)
    events = gateway.wait(50)
    assert all(event["tags"]["path"] == event["message"] for event in events)
    assert len({event["trace_id"] for event in events}) == 50


@pytest.fixture
def shop(client):
    import fastapi
    from fastapi.testclient import TestClient

    from seawall_client.integrations.fastapi import instrument

    class OutOfStock(seawall_client.APIError):
        status = 409

    made = client(hooks=("logging",))
    app = fastapi.FastAPI()
    instrument(app)

    @app.get("/orders/{number}")
    async def order(number: int):
        if number == 409:
            raise OutOfStock("none left", details={"left": 0})
        if number == 502:
            raise seawall_client.APIError("the bank is away", status=502, code="BANK_AWAY")
        if number == 418:
            raise fastapi.HTTPException(418, {"a": 1}, headers={"X-Tea": "yes"})
        return 1 / number

    @app.get("/empty/{status}")
    def empty(status: int):
        raise fastapi.HTTPException(status, headers={"Location": "/orders/1", "ETag": "x"})

    @app.websocket("/socket/{status}")
    async def socket(socket: fastapi.WebSocket, status: int, accept: bool = True):
        if accept:
            await socket.accept()
        raise fastapi.HTTPException(403) if status == 403 else seawall_client.APIError(status=status, code="NO")

    @app.get("/sync/{number}")
    def synchronous(number: int):
        seawall_client.set_tag("number", number)
        return 1 / number

    asked = TestClient(app, raise_server_exceptions=False)
    asked.shop_client = made
    return asked


@pytest.mark.parametrize(
    ("path", "status", "code", "message", "captured"),
    [
        ("/orders/409", 409, "OUT_OF_STOCK", "none left", None),
        ("/orders/502", 502, "BANK_AWAY", "the bank is away", "APIError"),
        ("/orders/418", 418, "IM_A_TEAPOT", "I'm a Teapot", None),
        ("/orders/0", 500, "INTERNAL_SERVER_ERROR", "Internal Server Error", "ZeroDivisionError"),
        ("/sync/0", 500, "INTERNAL_SERVER_ERROR", "Internal Server Error", "ZeroDivisionError"),
        ("/orders/x", 422, "VALIDATION_FAILED", "the request is not valid", None),
        ("/nowhere", 404, "NOT_FOUND", "Not Found", None),
    ],
)
def test_fastapi_answers_every_error_alike(shop, gateway, path, status, code, message, captured):
    response = shop.get(path, headers={"traceparent": HEADER})
    assert response.status_code == status
    error = response.json()["error"]
    assert set(error) == {"code", "message", "details", "status", "trace_id"}
    assert (error["code"], error["message"], error["status"], error["trace_id"]) == (code, message, status, TRACE)
    assert shop.shop_client.flush(10)
    assert [event["error_type"] for event in gateway.events] == ([captured] if captured else [])
    for event in gateway.events:
        assert event["trace_id"] == TRACE
        assert event["transaction"] in {"GET /orders/{number}", "GET /sync/{number}"}
        assert event["tags"].get("number") == ("0" if path == "/sync/0" else None)


@pytest.mark.parametrize("status", [204, 304, 307])
def test_fastapi_answers_without_a_body(shop, gateway, status):
    """`Not Modified` with a body would be taken for the next answer."""
    response = shop.get(f"/empty/{status}", follow_redirects=False)
    assert response.status_code == status
    assert response.content == b""
    assert response.headers["etag"] == "x"
    assert gateway.events == []


@pytest.mark.parametrize(
    ("status", "code", "reason", "captured"),
    [(409, 1008, "NO", []), (503, 1011, "NO", ["APIError"]), (403, 1008, "FORBIDDEN", [])],
)
def test_fastapi_closes_sockets(shop, gateway, status, code, reason, captured):
    """There is no other answer to what was accepted already."""
    with shop.websocket_connect(f"/socket/{status}") as socket:
        assert socket.receive() == {"type": "websocket.close", "code": code, "reason": reason}
    assert shop.shop_client.flush(20)
    assert [event["error_type"] for event in gateway.events] == captured


def test_fastapi_refuses_sockets(shop, gateway):
    from starlette.testclient import WebSocketDenialResponse

    with pytest.raises(WebSocketDenialResponse) as refused, shop.websocket_connect("/socket/409?accept=false"):
        pass
    assert refused.value.status_code == 409
    assert refused.value.json()["error"]["code"] == "NO"
