"""All settings, read once at the edge from `SEAWALL_*`, a `.env` file and the running embedded stack."""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Settings", "load_settings"]


class Settings(BaseSettings):
    """Each field is a setting `SEAWALL_<NAME>`; its description is its documentation."""

    model_config = SettingsConfigDict(env_prefix="SEAWALL_", extra="ignore", frozen=True)

    data: Path = Field(Path(".seawall"), description="folder of the embedded servers, their data, logs and passwords")

    kafka_bootstrap_servers: str | None = Field(
        None, description="Kafka brokers, `host:port,…`; unset: the embedded one"
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="how to talk to Kafka"
    )
    kafka_ssl_ca: Path | None = Field(None, description="CA certificates (PEM) to trust; unset: the system's")
    kafka_ssl_cert: Path | None = Field(None, description="client certificate (PEM), for mutual TLS")
    kafka_ssl_key: Path | None = Field(None, description="its key (PEM)")
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field("PLAIN", description="with SASL")
    kafka_sasl_username: str | None = Field(None, description="with SASL")
    kafka_sasl_password: SecretStr | None = Field(None, description="with SASL")
    kafka_replication: int = Field(1, ge=1, description="replication factor of topics that `seawall topics` makes")

    database_url: SecretStr | None = Field(
        None, description="PostgreSQL 16+, `postgresql://…`; unset: the embedded one"
    )
    redis_url: SecretStr | None = Field(None, description="Redis or Valkey, `redis://…`; unset: the embedded one")

    errors_topic: str = Field("errors", description="where services write their errors")
    errors_partitions: int = Field(4, ge=1, description="its partitions, when we make it")
    dead_topic: str = Field("errors.dead", description="what could not be read, with the reason")
    topic_prefix: str = Field("seawall.", description="of the topics between agents")
    partitions: int = Field(4, ge=1, description="of the keyed topics and tables; to change it see docs/operators.md")
    consumer_group: str = Field("seawall", description="Kafka consumer group and Faust app id")

    rules: Path = Field(Path("rules.yaml"), description="the rule file; where missing, the built-in rules hold")
    minimum_severity: Literal["debug", "info", "warning", "error", "critical"] = Field(
        "warning", description="records below are counted and passed over"
    )
    lateness: float = Field(600.0, gt=0, description="seconds; an event older than this counts but fires nothing")
    dedupe_horizon: float = Field(3600.0, gt=0, description="seconds for which a producer's event ids are remembered")
    retention_days: int = Field(30, ge=1, description="days for which occurrences are kept")
    hash_key: SecretStr | None = Field(
        None, description="key for hashes of user ids; unset: one is made and kept in the database"
    )


@cache
def load_settings() -> Settings:
    """The settings of this process."""
    return Settings()
