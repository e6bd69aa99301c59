"""The office: each of its departments has chosen another logger, and what they write goes to Kafka as it comes."""

import json
import logging
import logging.handlers
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

import ecs_logging
import pygelf
import sentry_sdk
import structlog
from kafka_handler import KafkaHandler
from logfmter import Logfmter
from loguru import logger as loguru
from pythonjsonlogger.json import JsonFormatter
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport
from setting import BRANCH, RELEASE, SERVERS, TOPIC, pace, rng_for, tell

SERVICE = f"office-{BRANCH}"
SHELVES = {"letters": ["invoice"], "forms": []}

Ship = Callable[[str | bytes], None]
Fail = Callable[[str], None]  # logs what just failed, with this message


class Shipper(KafkaHandler):
    """Sends lines as they are."""

    def ship(self, line: str | bytes) -> None:
        """Put one in the line."""
        self._waiting.put(line.encode() if isinstance(line, str) else line)


class ShippingHandler(logging.Handler):
    """What its formatter makes, shipped."""

    def __init__(self, ship: Ship, formatter: logging.Formatter) -> None:
        super().__init__()
        self._ship = ship
        self.setFormatter(formatter)

    def emit(self, record: logging.LogRecord) -> None:
        """One record, one line."""
        self._ship(self.format(record))


class Collector:
    """Where loggers send datagrams to, and who hands them on."""

    def __init__(self, ship: Ship) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(5)
        self.host, self.port = self._socket.getsockname()
        self._ship = ship

    def after(self, fail: Fail) -> Fail:
        """Hand on what `fail` has sent."""

        def one(message: str) -> None:
            fail(message)
            self._ship(self._socket.recv(65_536))

        return one


def logs(name: str, handler: logging.Handler, **extra: str) -> Fail:
    """A department that uses `logging`."""
    log = logging.getLogger(f"office.{name}")
    log.propagate = False
    log.addHandler(handler)
    return partial(log.exception, extra=extra)


def ecs(ship: Ship) -> Fail:
    """Elastic Common Schema, by Elastic's own library."""
    formatter = ecs_logging.StdlibFormatter(extra={"service.name": SERVICE, "service.version": RELEASE})
    return logs("ecs", ShippingHandler(ship, formatter))


def python_json(ship: Ship) -> Fail:
    """python-json-logger."""
    formatter = JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s", static_fields={"service": SERVICE})
    return logs("python_json", ShippingHandler(ship, formatter))


def logfmt(ship: Ship) -> Fail:
    """`key=value`, by logfmter."""
    formatter = Logfmter(
        keys=["time", "level", "logger"], mapping={"time": "asctime", "level": "levelname", "logger": "name"}
    )
    return logs("logfmt", ShippingHandler(ship, formatter), service=SERVICE)


def gelf(ship: Ship) -> Fail:
    """GELF over UDP, by pygelf."""
    collector = Collector(ship)
    handler = pygelf.GelfUdpHandler(collector.host, collector.port, compress=False, chunk_size=65_000, _service=SERVICE)
    return collector.after(logs("gelf", handler))


def syslog(ship: Ship) -> Fail:
    """RFC 3164 over UDP, by the standard library."""
    collector = Collector(ship)
    handler = logging.handlers.SysLogHandler((collector.host, collector.port))
    handler.ident = f"{SERVICE}: "
    handler.append_nul = False
    return collector.after(logs("syslog", handler))


def structured(ship: Ship) -> Fail:
    """structlog, with tracebacks as objects."""

    class Shipped:
        def msg(self, line: str) -> None:
            ship(line)

        error = msg

    processors: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.dict_tracebacks,
        structlog.processors.JSONRenderer(),
    ]
    log = structlog.wrap_logger(Shipped(), processors=processors).bind(service=SERVICE)
    return log.exception


def loguru_lines(ship: Ship) -> Fail:
    """loguru, serialized."""
    loguru.remove()
    loguru.add(lambda message: ship(str(message).rstrip()), serialize=True)
    log = loguru.bind(service=SERVICE)
    return log.exception


def sentry(ship: Ship) -> Fail:
    """Sentry's SDK, whose events go to Kafka and not to Sentry."""

    class ToKafka(Transport):
        def capture_envelope(self, envelope: Envelope) -> None:
            if (event := envelope.get_event()) is not None:
                ship(json.dumps(event))

    sentry_sdk.init(
        dsn="https://0123456789abcdef0123456789abcdef@sentry.example/7",
        transport=ToKafka,
        default_integrations=False,
        auto_session_tracking=False,
        release=RELEASE,
        environment="production",
    )
    sentry_sdk.set_tag("service", SERVICE)

    def fail(message: str) -> None:
        sentry_sdk.set_context("filing", {"told": message})
        sentry_sdk.capture_exception()

    return fail


def file_away(shelf: str, drawer: int) -> str:
    """Where a document lies."""
    return SHELVES[shelf][drawer]


def main() -> None:
    """File documents, and fail at it, department by department."""
    rng = rng_for("office")
    shipper = Shipper(SERVERS, TOPIC)
    departments = [
        make(shipper.ship) for make in (ecs, python_json, logfmt, gelf, syslog, structured, loguru_lines, sentry)
    ]
    for number in pace(3 * len(departments)):
        try:
            file_away(rng.choice(["forms", "receipts"]), rng.randrange(1, 9))
        except LookupError:
            departments[number % len(departments)](f"document {rng.randrange(10**6)} is not to be found")
    shipper.close()
    tell(shipper.sent)


if __name__ == "__main__":
    main()
