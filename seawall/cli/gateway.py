"""`seawall gateway`."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.errors import SettingsError
from seawall.kafka import MAX_RECORD, client_kwargs
from seawall.logs import configure_logs
from seawall.settings import Settings, load_settings

if TYPE_CHECKING:
    from pydantic import SecretStr

    from gateway.listening.certificates import Certificate
    from gateway.protocols.forward import User
    from gateway.running import GatewayConfig, Serve

__all__ = ["gateway", "gateway_config"]


def gateway(
    *,
    host: Annotated[str | None, typer.Option(help="Where to listen (SEAWALL_GATEWAY_HOST).")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="0: any free one.")] = None,
    instance: Annotated[str | None, typer.Option(help="Name among the replicas (SEAWALL_INSTANCE).")] = None,
) -> None:
    """Take errors over HTTP, and write them to the errors topic; run as many of these as you like.

    Runs until Ctrl-C or SIGTERM; requests under way are answered first. A request is answered once the errors are safe.

    Example: `seawall project create shop && seawall key create shop`, then `seawall gateway --port 8090`
    """
    given = {"gateway_host": host, "gateway_port": port, "instance": instance}
    settings = load_settings().model_copy(update={name: value for name, value in given.items() if value is not None})
    configure_logs(settings, "gateway")
    import uvloop  # noqa: PLC0415 -- start-up time of the other commands

    from gateway.running import run_gateway  # noqa: PLC0415

    config, serve = gateway_config(settings), _serve(settings)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run_gateway(config, serve))
    except OSError as error:
        where = error.filename or f"{config.host}:{config.port}"
        raise SettingsError(f"the gateway cannot use {where}: {error.strerror or error}") from error


def gateway_config(settings: Settings) -> "GatewayConfig":
    """What the gateway needs to know of the settings."""
    from gateway.bounds import Bounds  # noqa: PLC0415
    from gateway.listening.serving import Listening  # noqa: PLC0415
    from gateway.running import GatewayConfig  # noqa: PLC0415

    return GatewayConfig(
        host=settings.gateway_host,
        port=settings.gateway_port,
        kafka=client_kwargs(settings),
        topic=settings.errors_topic,
        other_topics={
            "releases": settings.releases_topic,
            "traffic": settings.traffic_topic,
            "check-ins": settings.check_ins_topic,
            "feedback": settings.feedback_topic,
        },
        dead_topic=settings.dead_topic,
        max_record=MAX_RECORD,
        database_url=settings.postgres(),
        bounds=Bounds(
            body=settings.gateway_max_body,
            decoded=settings.gateway_max_decoded,
            connections=settings.gateway_connections,
        ),
        listening=Listening(
            gelf_host=settings.gateway_gelf_host,
            gelf_tcp_port=settings.gateway_gelf_tcp_port,
            gelf_udp_port=settings.gateway_gelf_udp_port,
            gelf_key=_secret(settings.gateway_gelf_key) or "",
            gelf_tls=_tls("GELF", settings.gateway_gelf_tls_cert, settings.gateway_gelf_tls_key),
            fluent_host=settings.gateway_fluent_host,
            fluent_port=settings.gateway_fluent_port,
            fluent_key=_secret(settings.gateway_fluent_key) or "",
            fluent_shared_key=_secret(settings.gateway_fluent_shared_key),
            fluent_user=_user(settings),
            fluent_tls=_tls("FLUENT", settings.gateway_fluent_tls_cert, settings.gateway_fluent_tls_key),
        ),
        redis_url=_secret(settings.redis_url),
        instance=settings.instance,
        spool=settings.data / "gateway",
        spool_bytes=settings.gateway_spool_bytes,
    )


def _secret(value: "SecretStr | None") -> str | None:
    return value.get_secret_value() if value is not None else None


def _user(settings: Settings) -> "User | None":
    from gateway.protocols.forward import User  # noqa: PLC0415 -- start-up time

    name, password = settings.gateway_fluent_username, _secret(settings.gateway_fluent_password)
    return User(name, password) if name is not None and password is not None else None


def _tls(name: str, certificate: Path | None, key: Path | None) -> "Certificate | None":
    """Raises SettingsError where a file cannot be used."""
    from gateway.listening.certificates import Certificate  # noqa: PLC0415 -- start-up time

    if certificate is None or key is None:
        return None
    try:
        return Certificate(certificate, key)
    except OSError as error:  # ssl.SSLError is one
        reason = "no certificate and its key in PEM" if isinstance(error, ssl.SSLError) else error.strerror
        raise SettingsError(f"SEAWALL_GATEWAY_{name}_TLS_CERT and _TLS_KEY: {certificate}, {key}: {reason}") from None


def _serve(settings: Settings) -> "Serve | None":
    if not settings.metrics_port:
        return None

    from seawall.health import bound, serve_health  # noqa: PLC0415 -- start-up time

    listening = bound(settings.metrics_host, settings.metrics_port)

    async def serve(ready: Callable[[], bool]) -> None:
        health = await serve_health(listening, ready=ready)
        async with health.closing():
            await asyncio.Event().wait()

    return serve
