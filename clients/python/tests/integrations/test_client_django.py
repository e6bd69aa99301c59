"""Django, with and without asyncio."""

import asyncio
import os

import django
import pytest

import seawall_client

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
HEADER = f"00-{TRACE}-00f067aa0ba902b7-01"


def order(request, number):
    from django.http import HttpResponse

    if number in {409, 503}:
        raise seawall_client.APIError("none left", status=number, code="NONE_LEFT")
    seawall_client.set_tag("number", number)
    return HttpResponse(str(1 / number))


def stream(request):
    from django.http import StreamingHttpResponse

    def pieces():
        yield b"first "
        seawall_client.set_tag("part", 1)
        yield str(1 / 0)

    return StreamingHttpResponse(pieces())


async def stream_later(request):
    from django.http import StreamingHttpResponse

    async def pieces():
        yield b"first "
        await asyncio.sleep(0)
        seawall_client.set_tag("part", 1)
        yield str(1 / 0)

    return StreamingHttpResponse(pieces())


def read(response):
    """What a server does with a body."""
    if response.is_async:

        async def pieces():
            return [piece async for piece in response]

        return asyncio.run(pieces())
    return list(response)


async def later(request, number):
    await asyncio.sleep(0)
    return order(request, number)


class User:
    pk = 17


def sign_in(get_response):
    def middleware(request):
        request._cached_user = User()
        return get_response(request)

    return middleware


@pytest.fixture(scope="module", autouse=True)
def _settings():
    from django.conf import settings
    from django.urls import path

    settings.configure(
        SECRET_KEY="x",
        ALLOWED_HOSTS=["testserver"],
        MIDDLEWARE=["seawall_client.integrations.django.SeawallMiddleware", f"{__name__}.sign_in"],
        ROOT_URLCONF=__name__,
    )
    global urlpatterns
    urlpatterns = [path("orders/<int:number>", order), path("later/<int:number>", later)]
    urlpatterns += [path("stream", stream), path("stream/later", stream_later)]
    django.setup()


@pytest.fixture
def ask(client, gateway):
    from django.test import AsyncClient, Client

    made = client(hooks=("logging",))

    def get(path, *, is_async=False):
        if is_async:
            asked = AsyncClient(raise_request_exception=False)
            response = asyncio.run(asked.get(path, headers={"traceparent": HEADER}))
        else:
            response = Client(raise_request_exception=False).get(path, HTTP_TRACEPARENT=HEADER, QUERY_STRING="token=a")
        assert made.flush(10)
        return response

    return get


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("path", ["/orders/0", "/later/0"])
def test_what_a_view_raises(ask, gateway, path, is_async):
    assert ask(path, is_async=is_async).status_code == 500
    (event,) = gateway.wait()
    assert event["error_type"] == "ZeroDivisionError"
    assert event["exception"][0]["mechanism"] == "django"
    assert event["transaction"] == f"GET {path[:-1]}<int:number>"
    assert event["trace_id"] == TRACE
    assert event["user_id"] == "17"
    assert event["tags"]["number"] == "0"
    assert event["request"]["url"] == f"http://testserver{path}"


@pytest.mark.parametrize("is_async", [False, True])
def test_an_answer_on_purpose(ask, gateway, is_async):
    response = ask("/orders/409", is_async=is_async)
    assert response.status_code == 409
    told = {"code": "NONE_LEFT", "message": "none left", "details": None, "status": 409, "trace_id": TRACE}
    assert response.json() == {"error": told}
    assert gateway.events == []


def test_what_is_no_error(ask, gateway):
    assert ask("/orders/1").status_code == 200
    assert ask("/nowhere").status_code == 404
    assert gateway.events == []


@pytest.mark.parametrize("is_async", [False, True])
def test_a_server_error_on_purpose_is_told_once(ask, gateway, is_async):
    """Django logs the answer as well."""
    response = ask("/later/503" if is_async else "/orders/503", is_async=is_async)
    assert response.status_code == 503
    assert [(event["error_type"], event["message"]) for event in gateway.events] == [("APIError", "none left")]


@pytest.mark.parametrize("is_async", [False, True])
def test_what_fails_while_it_is_streamed(ask, gateway, is_async):
    with pytest.raises(ZeroDivisionError):
        read(ask("/stream/later" if is_async else "/stream", is_async=is_async))
    assert seawall_client.flush(20)
    (event,) = gateway.events
    assert event["error_type"] == "ZeroDivisionError"
    assert event["transaction"] == ("GET /stream/later" if is_async else "GET /stream")
    assert event["tags"]["part"] == "1"
    assert event["trace_id"] == TRACE


def test_capturing_asks_no_database(client, gateway):
    from django.db import models
    from django.utils.functional import SimpleLazyObject

    class Order(models.Model):
        class Meta:
            app_label = "shop"

        def __str__(self):
            return "order"

    asked = []
    made = client(frame_locals=True, project_root=os.path.dirname(__file__))
    try:
        orders = Order.objects.all()
        user = SimpleLazyObject(lambda: asked.append(1) or {"name": "Ann"})
        raise KeyError(type(orders), type(user))
    except KeyError:
        made.capture_exception(extra={"orders": orders, "user": user})
    assert not asked
    (event,) = gateway.wait(1)
    assert event["extra"]["orders"] == "<QuerySet, not read yet>"
    assert event["exception"][0]["frames"][-1]["locals"]["user"].startswith("<SimpleLazyObject: <function")
