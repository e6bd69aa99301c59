"""Connections to Kafka, made from the settings: the only place that knows about TLS and SASL."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from seawall.errors import KafkaAwayError, SettingsError

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
    from aiokafka.admin import AIOKafkaAdminClient

    from seawall.settings import Settings

__all__ = ["MAX_RECORD", "admin", "client_kwargs", "consumer", "producer", "security_kwargs"]

MAX_RECORD = 12 * 1024 * 1024  # bytes; the largest record that the errors topics take
REQUEST_TIMEOUT = 15.0  # seconds
STOP_TIMEOUT = 5.0  # seconds; a client whose broker is gone must not hold us up at the end


def security_kwargs(settings: "Settings") -> dict[str, Any]:
    """What aiokafka's clients need to be let in. Raises SettingsError where a certificate or key cannot be used."""
    protocol = settings.kafka_security_protocol
    kwargs: dict[str, Any] = {"security_protocol": protocol}
    if protocol in {"SSL", "SASL_SSL"}:
        kwargs["ssl_context"] = _ssl_context(settings)
    if protocol.startswith("SASL") and settings.kafka_sasl_password is not None:
        kwargs["sasl_mechanism"] = settings.kafka_sasl_mechanism or "PLAIN"
        kwargs["sasl_plain_username"] = settings.kafka_sasl_username
        kwargs["sasl_plain_password"] = settings.kafka_sasl_password.get_secret_value()
    return kwargs


def client_kwargs(settings: "Settings") -> dict[str, Any]:
    """Arguments for any aiokafka client. Raises NothingRunsError or SettingsError."""
    return {
        "bootstrap_servers": settings.kafka().split(","),
        "request_timeout_ms": int(REQUEST_TIMEOUT * 1000),
        **security_kwargs(settings),
    }


def _ssl_context(settings: "Settings") -> ssl.SSLContext:
    with _named("SEAWALL_KAFKA_SSL_CA", settings.kafka_ssl_ca):
        context = ssl.create_default_context(cafile=settings.kafka_ssl_ca)
    context.check_hostname = settings.kafka_ssl_check_hostname
    if settings.kafka_ssl_cert and settings.kafka_ssl_key:
        # Without a password OpenSSL would ask on the terminal; an empty one makes it fail instead.
        secret = settings.kafka_ssl_key_password
        with _named("SEAWALL_KAFKA_SSL_CERT and _KEY", settings.kafka_ssl_cert, settings.kafka_ssl_key):
            context.load_cert_chain(
                settings.kafka_ssl_cert, settings.kafka_ssl_key, secret.get_secret_value() if secret else ""
            )
    return context


class _named:  # noqa: N801 -- reads as a statement: with _named(...)
    """Turns what OpenSSL and the file system say into one line that names the variable."""

    def __init__(self, variable: str, *files: object) -> None:
        self.variable = variable
        self.files = [str(file) for file in files if file]

    def __enter__(self) -> None:
        """Nothing to set up."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        """Translate."""
        if isinstance(error, OSError):  # ssl.SSLError is one
            reason = error.strerror or getattr(error, "reason", None) or "not usable"
            if isinstance(error, ssl.SSLError):
                reason = "not a certificate and its key in PEM, or the wrong password"
                if len(self.files) == 1:
                    reason = "not a certificate in PEM"
            raise SettingsError(f"{self.variable}: {' and '.join(self.files)}: {reason}") from None


@asynccontextmanager
async def admin(settings: "Settings") -> "AsyncIterator[AIOKafkaAdminClient]":
    """An admin client. Raises KafkaAwayError."""
    from aiokafka.admin import AIOKafkaAdminClient  # noqa: PLC0415 -- start-up time of the other commands

    async with _running(AIOKafkaAdminClient(**client_kwargs(settings)), settings, "close") as client:
        yield client


@asynccontextmanager
async def producer(settings: "Settings", **options: Any) -> "AsyncIterator[AIOKafkaProducer]":
    """An idempotent producer that waits for all replicas. Raises KafkaAwayError."""
    from aiokafka import AIOKafkaProducer  # noqa: PLC0415

    defaults = {"enable_idempotence": True, "acks": "all", "linger_ms": 5, "max_request_size": MAX_RECORD}
    client = AIOKafkaProducer(**{**client_kwargs(settings), **defaults, **options})
    async with _running(client, settings, "stop") as running:
        yield running


@asynccontextmanager
async def consumer(settings: "Settings", **options: Any) -> "AsyncIterator[AIOKafkaConsumer]":
    """A consumer without a group: it reads where it is told to. Raises KafkaAwayError."""
    from aiokafka import AIOKafkaConsumer  # noqa: PLC0415

    defaults = {"enable_auto_commit": False, "max_partition_fetch_bytes": MAX_RECORD, "auto_offset_reset": "none"}
    client = AIOKafkaConsumer(**{**client_kwargs(settings), **defaults, **options})
    async with _running(client, settings, "stop") as running:
        yield running


@asynccontextmanager
async def _running(client: Any, settings: "Settings", end: str) -> AsyncIterator[Any]:
    from aiokafka.errors import KafkaConnectionError, KafkaError, NodeNotReadyError, RequestTimedOutError  # noqa: PLC0415

    stop = getattr(client, end)
    try:
        async with asyncio.timeout(REQUEST_TIMEOUT):
            await client.start()
    except (KafkaError, TimeoutError, OSError) as error:
        await _stopped(stop)
        raise KafkaAwayError(_why(settings, error)) from error
    try:
        yield client
    except (KafkaConnectionError, NodeNotReadyError, RequestTimedOutError, TimeoutError) as error:
        raise KafkaAwayError(_why(settings, error)) from error
    finally:
        await _stopped(stop)


async def _stopped(stop: Any) -> None:
    with suppress(Exception):  # the connection goes with the process anyway
        async with asyncio.timeout(STOP_TIMEOUT):
            await stop()


def _why(settings: "Settings", error: BaseException) -> str:
    detail = str(error).splitlines()[0][:200] if str(error) else "no answer in time"
    if "Unable to bootstrap" in detail:
        detail = "no broker answered as expected"
    return f"Kafka at {settings.kafka()} ({settings.kafka_security_protocol}) cannot be reached: {detail}"
