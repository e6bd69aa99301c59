"""All settings, read once at the edge and passed down.

Where a value comes from, the first that has it: arguments, the environment (`SEAWALL_*`), a `.env` file in the working
folder, the embedded servers running in the data folder, the default.
"""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError as UnparsableError

from seawall.channel_settings import ChannelSettings
from seawall.errors import NothingRunsError, SettingsError
from seawall.gateway_settings import GatewaySettings
from seawall.hook_settings import HookSettings
from seawall.settings_checks import WebUrl, channel, kafka_name, kafka_problems, kafka_servers, url, web_url

__all__ = ["Settings", "load_settings", "problems_of"]

PREFIX = "SEAWALL_"

Level = Literal["debug", "info", "warning", "error", "critical"]
KafkaName = Annotated[str, AfterValidator(kafka_name)]
Port = Annotated[int, Field(ge=0, le=65535)]
Partitions = Annotated[int, Field(ge=1, le=10_000)]
YEAR = 366 * 86_400  # seconds
DAY = 86_400


class RunningStack(PydanticBaseSettingsSource):
    """The addresses of the embedded servers, where `seawall up` runs them in the data folder."""

    FIELDS = (
        ("KAFKA_BOOTSTRAP_SERVERS", "kafka_bootstrap_servers"),
        ("DATABASE_URL", "database_url"),
        ("REDIS_URL", "redis_url"),
        ("SEAWALL_DESK_URL", "desk_url"),
    )

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not used: all values come at once."""
        del field
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """The values for the fields that no earlier source has given."""
        known = {name: field for name, field in self.FIELDS if field in self.settings_cls.model_fields}
        given = self.current_state
        if all(field in given for field in known.values()):
            return {}
        from seawall.embedded.running import read_running  # noqa: PLC0415 -- only where it is needed: start-up time

        running = read_running(Path(given.get("data") or ".seawall")) or {}
        return {field: running[name] for name, field in known.items() if name in running}


class Settings(ChannelSettings, HookSettings, GatewaySettings):
    """Each field is a setting `SEAWALL_<NAME>`; its description is its documentation."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    data: Path = Field(Path(".seawall"), description="folder of the embedded servers, their data, logs and passwords")

    aot: bool | None = Field(
        None,
        description="whether `seawall up` makes Java's start-up cache for the embedded Kafka in the background (65 MB,"
        " 15 s of one core, once); unset: where it runs on a terminal",
    )

    kafka_bootstrap_servers: Annotated[str, AfterValidator(kafka_servers)] | None = Field(
        None, description="Kafka brokers, `host:port,…`; unset: the embedded one"
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="how to talk to Kafka; nothing is guessed from the other settings"
    )
    kafka_ssl_ca: Path | None = Field(None, description="CA certificates (PEM) to trust; unset: the system's")
    kafka_ssl_cert: Path | None = Field(None, description="client certificate (PEM), for mutual TLS")
    kafka_ssl_key: Path | None = Field(None, description="its key (PEM)")
    kafka_ssl_key_password: SecretStr | None = Field(None, description="of the key, where it is encrypted")
    kafka_ssl_check_hostname: bool = Field(
        default=True, description="whether the broker's certificate must name the host we connect to"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        None, description="with SASL; unset: PLAIN"
    )
    kafka_sasl_username: str | None = Field(None, description="with SASL")
    kafka_sasl_password: SecretStr | None = Field(None, description="with SASL")
    kafka_replication: int = Field(
        1, ge=1, le=100, description="replication factor of topics that `seawall topics` makes"
    )

    database_url: SecretStr | None = Field(
        None, description="PostgreSQL 16+, `postgresql://…`; unset: the embedded one"
    )
    redis_url: SecretStr | None = Field(None, description="Redis or Valkey, `redis://…`; unset: the embedded one")

    errors_topic: KafkaName = Field("errors", description="where services write their errors")
    errors_partitions: Partitions = Field(4, description="its partitions, when we make it")
    errors_format: str | None = Field(
        None, description="the format of its records, by the name that docs/formats.md gives it; unset: found out"
    )
    dead_topic: KafkaName = Field("errors.dead", description="what could not be read, with the reason")
    releases_topic: KafkaName = Field("releases", description="where releases are made known")
    traffic_topic: KafkaName = Field("traffic", description="where services tell how many requests they had")
    check_ins_topic: KafkaName = Field("check-ins", description="where gateways write check-ins of monitored jobs")
    feedback_topic: KafkaName = Field("feedback", description="where gateways write what people say of errors")
    topic_prefix: KafkaName = Field("seawall.", description="of the topics between agents")
    partitions: Partitions = Field(4, description="of the keyed topics and tables; to change it see docs/operators.md")
    consumer_group: KafkaName = Field("seawall", description="Kafka consumer group and Faust app id")

    rules: Path = Field(
        Path("rules.yaml"),
        description="the rule file, several with `:` between, or a folder of `*.yaml`; where missing, the built-in "
        "rules hold",
    )
    minimum_severity: Level = Field("warning", description="records below are counted and passed over")
    lateness: float = Field(
        600.0, gt=0, le=YEAR, description="seconds; an event older than this counts but fires nothing"
    )
    dedupe_horizon: float = Field(
        3600.0, gt=0, le=YEAR, description="seconds for which a producer's event ids are remembered"
    )
    retention_days: int = Field(
        30,
        ge=1,
        le=36_600,
        description="days for which occurrences, what was held back, and what was seen in which release, are kept",
    )
    hash_key: SecretStr | None = Field(
        None, description="key for hashes of user ids; unset: one is made and kept in the database"
    )

    prometheus_url: WebUrl | None = Field(
        None, description="Prometheus, or what speaks as it does, for thresholds with `prometheus`: `https://host/path`"
    )
    prometheus_token: SecretStr | None = Field(None, description="bearer token for it")
    prometheus_ca_file: Path | None = Field(
        None, description="certificates that its own is checked with, beside the system's"
    )
    prometheus_timeout: float = Field(5.0, gt=0, le=60, description="seconds that an answer may take")
    prometheus_patience: float = Field(
        600.0, ge=0, le=YEAR, description="seconds without an answer after which a threshold's channels are told of it"
    )

    slack_bot_token: SecretStr | None = Field(
        None, description="`xoxb-…`: one message an incident, kept up to date, its history in the thread"
    )
    slack_webhook_url: SecretStr | None = Field(
        None, description="incoming webhook, used where there is no bot token: cannot update what it posted"
    )
    slack_api_url: WebUrl = Field("https://slack.com/api/", description="Slack's Web API, or what plays it")
    pagerduty_routing_key: SecretStr | None = Field(None, description="integration key of the Events API v2")
    pagerduty_events_url: WebUrl = Field(
        "https://events.pagerduty.com", description="PagerDuty's Events API v2, or what plays it; EU has its own"
    )
    desk_url: WebUrl | None = Field(
        None, description="the local desk, which plays Slack and PagerDuty where their secrets are not set"
    )
    standstill_channels: list[Annotated[str, AfterValidator(channel)]] = Field(
        ["slack:#alerts", "pagerduty:default"],
        description="who is told, without PostgreSQL, when the pipeline stands still; JSON list",
    )
    notifier_concurrency: int = Field(20, ge=1, le=200, description="deliveries at once, by kind of channel")
    notifier_stall_seconds: float = Field(
        30.0, ge=1, le=DAY, description="after so long without a sign of life, a notifier's deliveries are taken over"
    )

    instance: str | None = Field(
        None,
        max_length=100,
        description="name of this worker among its replicas, the same after a restart: its partitions then wait for it",
    )
    worker_stall_seconds: float = Field(
        120.0,
        gt=0,
        le=DAY,
        description="a worker that reads nothing for so long although records wait exits, to be restarted",
    )

    session_timeout: float = Field(
        6.0, ge=1, le=300, description="seconds without a sign of life after which a worker's partitions move to others"
    )
    dead_run_limit: int = Field(
        0,
        ge=0,
        description="so many unreadable records in a row make their partition stand still; 0: no limit",
    )

    metrics_host: str = Field("127.0.0.1", description="where /healthz, /readyz and /metrics listen")
    metrics_port: Port = Field(0, description="their port; 0: they are off")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="what is logged")
    log_format: Literal["auto", "text", "json"] = Field(
        "auto", description="auto: text on a terminal, JSON lines elsewhere"
    )
    debug: bool = Field(default=False, description="show tracebacks where the command fails")

    @field_validator("database_url")
    @classmethod
    def _postgres_url(cls, value: SecretStr | None) -> SecretStr | None:
        return url(value, "postgresql", "postgres")

    @field_validator("redis_url")
    @classmethod
    def _redis_url(cls, value: SecretStr | None) -> SecretStr | None:
        return url(value, "redis", "rediss", "unix")

    @field_validator("slack_webhook_url")
    @classmethod
    def _secret_web_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            web_url(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _kafka_holds_together(self) -> Self:
        if problems := kafka_problems(self):
            raise ValueError("\n".join(problems))
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The order of the sources, the strongest first."""
        del file_secret_settings
        return init_settings, env_settings, dotenv_settings, RunningStack(settings_cls)

    def kafka(self) -> str:
        """The brokers. Raises NothingRunsError where none are known."""
        return self.kafka_bootstrap_servers or _missing("Kafka", "KAFKA_BOOTSTRAP_SERVERS", self.data)

    def postgres(self) -> str:
        """The database's URL with its password. Raises NothingRunsError where none is known."""
        if self.database_url is None:
            return _missing("PostgreSQL", "DATABASE_URL", self.data)
        return self.database_url.get_secret_value()

    def redis(self) -> str:
        """Redis' or Valkey's URL with its password. Raises NothingRunsError where none is known."""
        if self.redis_url is None:
            return _missing("Redis", "REDIS_URL", self.data)
        return self.redis_url.get_secret_value()


def _missing(what: str, name: str, data: Path) -> str:
    raise NothingRunsError(f"no {what}: start `seawall up` (nothing runs in {data}), or set {PREFIX}{name}")


def problems_of(error: ValidationError) -> list[str]:
    """One line a problem, naming the variable; the value only where it is no secret."""
    lines = []
    for problem in error.errors(include_url=False, include_context=False):
        text = problem["msg"].removeprefix("Value error, ")
        if not problem["loc"]:
            lines += text.splitlines()
            continue
        name = str(problem["loc"][0])
        field = Settings.model_fields.get(name)
        open_value = field is not None and "Secret" not in str(field.annotation)
        value = f"={str(problem['input'])[:100]!r}" if open_value else ""
        lines.append(f"{PREFIX}{name.upper()}{value}: {text[:1].lower()}{text[1:]}")
    return lines


@cache
def load_settings() -> Settings:
    """The settings of this process. Raises SettingsError."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(*problems_of(error)) from None
    except UnparsableError as error:  # of the JSON that lists are written in
        name = next((name for name in Settings.model_fields if f'"{name}"' in str(error)), "a setting")
        raise SettingsError(f'{PREFIX}{name.upper()}: is no JSON list; write such as ["one", "two"]') from None
