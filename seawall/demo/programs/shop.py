"""The shop: a Flask app under real requests, with three bugs, a payment provider that refuses it, and a crawler."""

import logging
import sqlite3
import threading
import urllib.error
import urllib.request
import uuid
from contextlib import suppress
from typing import Any

import flask
from kafka_handler import KafkaHandler
from setting import BRANCH, RELEASE, SECONDS, SERVERS, STORM, TOPIC, pace, rng_for, tell
from werkzeug.serving import make_server

PRICES = {"anchor": 120, "rope": 15, "lamp": 40}
CARTS = {"1": ["anchor", "lamp"], "2": ["rope"]}
PAGES = {"1": "anchors", "2": "ropes", "3": None}  # the third was never written

app = flask.Flask("shop")


class CheckoutError(Exception):
    """An order could not be stored."""


class PaymentRefusedError(Exception):
    """The provider does not take our payments."""


@app.get("/discount/<int:percent>/<int:items>")
def discount(percent: int, items: int) -> str:
    """The discount on each item."""
    total = sum(PRICES.values()) * percent / 100
    return str(total / items)


@app.get("/cart/<customer>")
def cart(customer: str) -> str:
    """What a cart costs."""
    return str(sum(PRICES[item] for item in CARTS[customer]))


@app.post("/checkout/<customer>")
def checkout(customer: str) -> str:
    """Store an order."""
    with sqlite3.connect(":memory:") as database:
        try:
            database.execute("INSERT INTO orders (customer) VALUES (?)", [customer])
        except sqlite3.Error as problem:
            raise CheckoutError(f"order of customer {customer} was not stored") from problem
    return "thank you"


@app.post("/pay/<customer>")
def pay(customer: str) -> tuple[str, int]:
    """Take the money."""
    try:
        ask_provider(customer, card_number="4111 1111 1111 1111", password="hunter2")
    except PaymentRefusedError:
        app.logger.critical("payment of customer %s failed", customer, exc_info=True)
    return "try again later", 502


def ask_provider(customer: str, *, card_number: str, password: str) -> None:  # noqa: ARG001 -- they are what leaks
    """Refuse. What it was asked with stands in its variables, which the handler sends too: they have to be masked."""
    raise PaymentRefusedError(f"provider answered 401 to customer {customer}")


@app.get("/page/<number>")
def page(number: str) -> str:
    """A page of the catalogue."""
    title: Any = PAGES[number]
    return str(title.upper())


def request_facts() -> dict[str, Any]:
    """What is known of the request in which an error happens."""
    if not flask.has_request_context():
        return {}
    request = flask.request
    return {
        "request": {"url": request.url, "method": request.method, "headers": dict(request.headers)},
        "transaction": str(request.url_rule),
        "user_id": request.headers.get("X-User"),
        "trace_id": request.headers.get("X-Trace"),
    }


def ask(base: str, method: str, path: str, user: str) -> None:
    """A customer's request; what the shop answers is not our concern."""
    headers = {"X-User": user, "X-Trace": uuid.uuid4().hex, "Authorization": f"Bearer {uuid.uuid4().hex}"}
    request = urllib.request.Request(base + path, method=method, headers=headers)
    with suppress(urllib.error.HTTPError, TimeoutError):
        urllib.request.urlopen(request, timeout=10).close()


def customers(base: str) -> None:
    """Everyday life."""
    rng = rng_for("shop")
    everyday = [
        ("GET", "/discount/10/0"),
        ("GET", "/cart/3"),
        ("POST", "/checkout/1"),
        ("POST", "/pay/2"),
        ("GET", "/cart/1"),
    ]
    for number in pace(40):
        method, path = everyday[number % len(everyday)] if number < len(everyday) else rng.choice(everyday)
        ask(base, method, path, f"u-{rng.randrange(25)}")


def crawler(base: str) -> None:
    """Asks for one broken page again and again, and fast."""
    for _ in pace(STORM, min(8.0, SECONDS / 2)):
        ask(base, "GET", "/page/3", "crawler")


def main() -> None:
    """Serve, be asked, count."""
    handler = KafkaHandler(
        SERVERS, TOPIC, request_facts, service=f"shop-{BRANCH}", environment="production", release=f"shop@{RELEASE}"
    )
    app.logger.handlers[:] = [handler]
    app.logger.propagate = False
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    visitors = [threading.Thread(target=visit, args=(base,)) for visit in (customers, crawler)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    server.shutdown()
    handler.close()
    tell(handler.sent)


main()
