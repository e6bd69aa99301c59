"""Three services that call each other over HTTP: when the last one fails, all of them do, in one trace."""

import json
import logging
import secrets
import threading
import urllib.error
import urllib.request
from contextvars import ContextVar
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from kafka_handler import KafkaHandler
from setting import BRANCH, RELEASE, SERVERS, TOPIC, pace, tell

CALLS = {"checkout": "orders", "orders": "cards"}  # who calls whom
SPAN: ContextVar[dict[str, Any]] = ContextVar("SPAN", default={})  # noqa: B039 -- never changed in place
PORTS: dict[str, int] = {}


class CardError(Exception):
    """The bank did not take the card."""


class OrderError(Exception):
    """An order could not be placed."""


class CheckoutError(Exception):
    """A customer could not pay."""


RAISES = {"orders": OrderError, "checkout": CheckoutError}


def ask_bank() -> None:
    """Nobody answers."""
    raise TimeoutError("no answer of the bank within 3 s")


def charge() -> None:
    """Take the money."""
    try:
        ask_bank()
    except TimeoutError as late:
        raise CardError("the card could not be charged") from late


def call(service: str) -> None:
    """Call a service, in the trace that we are in."""
    span = SPAN.get()
    headers = {"traceparent": f"00-{span['trace_id']}-{span['span_id']}-01"} if span else {}
    urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{PORTS[service]}/", headers=headers)).read()


def serve(service: str, log: logging.Logger) -> ThreadingHTTPServer:
    """Start a service."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = self.headers.get("traceparent", f"00-{secrets.token_hex(16)}-").split("-")
            span = {"trace_id": parts[1], "span_id": secrets.token_hex(8), "parent_span_id": parts[2] or None}
            SPAN.set(span)
            try:
                work(service)
            except Exception:
                log.exception("%s failed", service)
                self.send_error(502)
            else:
                self.send_response(204)
                self.end_headers()

        def log_message(self, *_: object) -> None:
            """Not on the screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    PORTS[service] = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def work(service: str) -> None:
    """What a service does: the last one asks the bank, the others call the next."""
    if service not in CALLS:
        charge()
        return
    try:
        call(CALLS[service])
    except urllib.error.HTTPError as error:
        raise RAISES[service](f"{CALLS[service]} answered {error.code}") from error


def main() -> None:
    """Let customers try to pay."""
    handlers = {}
    for service in ("cards", "orders", "checkout"):
        handlers[service] = KafkaHandler(
            SERVERS,
            TOPIC,
            SPAN.get,
            service=f"{service}-{BRANCH}",
            environment="production",
            release=f"{service}@{RELEASE}",
        )
        log = logging.getLogger(f"{service}.requests")
        log.propagate = False
        log.addHandler(handlers[service])
        serve(service, log)
    for _ in pace(6):
        try:
            call("checkout")
        except urllib.error.HTTPError as error:
            json.dumps({"customer": "told", "status": error.code})
    for handler in handlers.values():
        handler.close()
    tell(sum(handler.sent for handler in handlers.values()))


main()
