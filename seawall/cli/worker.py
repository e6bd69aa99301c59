"""`seawall worker`."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from models.severity import Severity
from seawall.errors import SettingsError
from seawall.kafka import security_kwargs
from seawall.logs import configure_logs
from seawall.settings import Settings, load_settings
from seawall.topics import ensure_topics

if TYPE_CHECKING:
    from streams.config import JobConfig
    from streams.worker import Serve

__all__ = ["job_config", "worker"]


def worker(
    *,
    instance: Annotated[
        str | None, typer.Option(help="Name among the replicas, the same after a restart (SEAWALL_INSTANCE).")
    ] = None,
) -> None:
    """Run one worker until it is told to stop. Start as many as the errors topic has partitions, at most.

    Kafka divides the partitions among the workers; one that is killed loses and repeats nothing.

    Example: `seawall worker --instance a`
    """
    settings = load_settings()
    if instance is not None:
        settings = settings.model_copy(update={"instance": instance})
    configure_logs(settings, "worker")
    serve = _serve(settings)
    asyncio.run(ensure_topics(settings, create=False))
    from streams.worker import run  # noqa: PLC0415 -- imports Faust, which takes a second: after the checks

    raise typer.Exit(run(job_config(settings), serve))


def job_config(settings: Settings) -> "JobConfig":
    """What the job needs to know of the settings."""
    from rules.normalizing import format_names  # noqa: PLC0415 -- start-up time
    from seawall.prometheus import access_of  # noqa: PLC0415
    from streams.config import JobConfig  # noqa: PLC0415

    if settings.errors_format is not None and settings.errors_format not in format_names():
        problem = f"SEAWALL_ERRORS_FORMAT: no format is called `{settings.errors_format}`, see docs/formats.md"
        raise SettingsError(problem)
    return JobConfig(
        bootstrap_servers=settings.kafka().split(","),
        kafka=security_kwargs(settings),
        database_url=settings.postgres(),
        group=settings.consumer_group,
        instance=settings.instance,
        errors_topic=settings.errors_topic,
        errors_format=settings.errors_format,
        dead_topic=settings.dead_topic,
        releases_topic=settings.releases_topic,
        traffic_topic=settings.traffic_topic,
        check_ins_topic=settings.check_ins_topic,
        feedback_topic=settings.feedback_topic,
        topic_prefix=settings.topic_prefix,
        partitions=settings.partitions,
        rules=settings.rules,
        prometheus=access_of(settings),
        prometheus_patience=settings.prometheus_patience,
        minimum_severity=Severity(settings.minimum_severity),
        lateness=settings.lateness,
        retention_days=settings.retention_days,
        hash_key=settings.hash_key.get_secret_value().encode() if settings.hash_key else None,
        session_timeout=settings.session_timeout,
        stall_after=settings.worker_stall_seconds,
        data=settings.data,
        dead_run_limit=settings.dead_run_limit,
    )


def _serve(settings: Settings) -> "Serve | None":
    if not settings.metrics_port:
        return None

    from seawall.health import bound, serve_health  # noqa: PLC0415 -- start-up time

    listening = bound(settings.metrics_host, settings.metrics_port)

    async def serve(live: Callable[[], bool], ready: Callable[[], bool]) -> None:
        health = await serve_health(listening, live=live, ready=ready)
        async with health.closing():
            await asyncio.Event().wait()

    return serve
