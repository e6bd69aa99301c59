"""Django, with and without asyncio."""

import asyncio

import django
import pytest

import seawall_client

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
HEADER = f"00-{TRACE}-00f067aa0ba902b7-01"


def order(request, number):
    from django.http import HttpResponse

    if number == 409:
        raise seawall_client.APIError("none left", status=409, code="NONE_LEFT")
    seawall_client.set_tag("number", number)
    return HttpResponse(str(1 / number))


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
