"""What to run: which servers are ours, which programs there are, and what each of them is told."""

import hashlib
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seawall.settings import Settings

__all__ = ["Plan", "child_command", "child_environment"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Which parts the settings leave to us."""

    kafka: bool
    postgres: bool
    valkey: bool
    desk: bool

    @classmethod
    def of(cls, settings: "Settings", *, desk: bool = True) -> "Plan":
        """Everything that the settings do not name a server for."""
        slack = settings.slack_bot_token or settings.slack_webhook_url
        return cls(
            kafka=settings.kafka_bootstrap_servers is None,
            postgres=settings.database_url is None,
            valkey=settings.redis_url is None,
            desk=desk and settings.desk_url is None and not (slack and settings.pagerduty_routing_key),
        )

    def names(self) -> list[str]:
        """The servers that we start, as people call them."""
        servers = (("Kafka", self.kafka), ("PostgreSQL", self.postgres), ("Valkey", self.valkey))
        return [name for name, ours in servers if ours]

    def given(self) -> list[str]:
        """The settings that name servers, which we then do not start."""
        settings = (
            ("SEAWALL_KAFKA_BOOTSTRAP_SERVERS", self.kafka),
            ("SEAWALL_DATABASE_URL", self.postgres),
            ("SEAWALL_REDIS_URL", self.valkey),
        )
        return [name for name, ours in settings if not ours]


def given_endpoints(settings: "Settings") -> dict[str, str]:
    """The servers that the settings name."""
    found = {
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "DATABASE_URL": settings.database_url.get_secret_value() if settings.database_url else None,
        "REDIS_URL": settings.redis_url.get_secret_value() if settings.redis_url else None,
        "SEAWALL_DESK_URL": settings.desk_url,
    }
    return {name: value for name, value in found.items() if value}


def child_command(role: str, *arguments: str) -> list[str]:
    """A `seawall` command in a process of its own; -P: a folder `models` where one stands is not our package."""
    return [sys.executable, "-P", "-m", "seawall", role, *arguments]


def child_environment(
    endpoints: Mapping[str, str],
    data: Path,
    *,
    extra: Mapping[str, str],
    instance: str | None = None,
    metrics_port: int | None = None,
) -> dict[str, str]:
    """Our environment, in which every address is known."""
    told = {
        "SEAWALL_DATA": str(data),
        "SEAWALL_KAFKA_BOOTSTRAP_SERVERS": endpoints.get("KAFKA_BOOTSTRAP_SERVERS"),
        "SEAWALL_DATABASE_URL": endpoints.get("DATABASE_URL"),
        "SEAWALL_REDIS_URL": endpoints.get("REDIS_URL"),
        "SEAWALL_DESK_URL": endpoints.get("SEAWALL_DESK_URL"),
        "SEAWALL_INSTANCE": instance,
        "SEAWALL_METRICS_PORT": str(metrics_port) if metrics_port else None,
        "PYTHONUNBUFFERED": "1",
    }
    inherited = {name: value for name, value in os.environ.items() if name not in told}
    return {**inherited, **extra, **{name: value for name, value in told.items() if value}}


def instance_name(number: int, data: Path, *, own_kafka: bool) -> str:
    """What a worker is called in its consumer group: the same after a restart, and nobody else's.

    On a broker of our own the number will do; others may have workers from other machines and folders.
    """
    if own_kafka:
        return str(number)
    return f"{socket.gethostname()[:50]}-{hashlib.sha256(os.fsencode(data)).hexdigest()[:6]}-{number}"
