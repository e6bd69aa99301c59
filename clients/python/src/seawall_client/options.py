"""Every option of the client, with its default and what it is for. The manual's table is made from here."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Callable, TypedDict, Union

__all__ = ["Event", "Ignored", "InitOptions", "Moment", "Options", "read_options"]

Event = dict[str, Any]
"""An event in the form of the error event's schema."""
HOOKS = ("excepthook", "threading", "unraisable", "asyncio", "logging")


@dataclasses.dataclass(frozen=True)
class Moment:
    """What a sampler decides by: known before an event is made."""

    error: BaseException | None
    message: str | None
    severity: str
    logger: str | None
    transaction: str | None
    trace_id: str | None


Ignored = Union[type, str, Callable[[BaseException], bool]]


def _option(default: Any, doc: str, variable: str | None = None, *, secret: bool = False) -> Any:
    """`secret`: it may hold a key or a password, which no `repr` shows."""
    metadata = {"doc": doc, "variable": variable}
    if isinstance(default, dict):
        return dataclasses.field(default_factory=dict, metadata=metadata, repr=not secret)
    return dataclasses.field(default=default, metadata=metadata, repr=not secret)


@dataclasses.dataclass(frozen=True)
class Options:
    """How the client works. Times are in seconds, sizes in bytes."""

    dsn: str | None = _option(
        None, "where the gateway is, and the key: `https://<key>@host[:port]/<project>`", "SEAWALL_DSN", secret=True
    )
    bootstrap_servers: str | None = _option(
        None, "`host:port,…` of Kafka, instead of a DSN; needs the extra `kafka`", "SEAWALL_BOOTSTRAP_SERVERS"
    )
    topic: str = _option("errors", "the Kafka topic to write to", "SEAWALL_ERRORS_TOPIC")
    kafka_options: Mapping[str, Any] = _option({}, "more settings for the Kafka producer, such as SASL", secret=True)
    service: str | None = _option(
        None, "what fails; else `OTEL_SERVICE_NAME`, else the DSN's project where it has a name", "SEAWALL_SERVICE"
    )
    environment: str | None = _option(
        None, "where it runs; else what the key is for, else `production`", "SEAWALL_ENVIRONMENT"
    )
    release: str | None = _option(
        None, "what runs; else what the platform says, else the commit in `.git`", "SEAWALL_RELEASE"
    )
    tags: Mapping[str, str] = _option({}, "tags of every event")
    hooks: Sequence[str] = _option(HOOKS, "what captures by itself; `warnings` may be added")
    event_level: int = _option(logging.ERROR, "log records from this level on are events")
    breadcrumb_level: int = _option(logging.INFO, "log records from this level on are breadcrumbs")
    ignored_loggers: Sequence[str] = _option((), "loggers whose records are neither, and those below them")
    max_breadcrumbs: int = _option(50, "breadcrumbs that an event has at most; the last ones are kept")
    ignore_errors: Sequence[Ignored] = _option(
        (), "exceptions that are no events: classes, names (`KeyError`, `shop.Gone`), or functions that say so"
    )
    sample_rate: float = _option(1.0, "the share of events that is sent; events of one trace share their fate")
    sampler: Callable[[Moment], Union[float, bool]] | None = _option(None, "gives the share for one event, instead")
    before_send: Callable[[Event], Event | None] | None = _option(
        None, "changes an event, or drops it by returning None; called on the sending thread, before masking"
    )
    project_root: str | None = _option(None, "the folder of your own code; else that of the main program")
    in_app_include: Sequence[str] = _option((), "modules that are your own code, wherever they are")
    in_app_exclude: Sequence[str] = _option((), "modules that are not")
    source_lines: int = _option(5, "lines of source before and after each frame's line, up to 10; -1: none at all")
    frame_locals: bool = _option(False, "local variables of your own frames, bounded and masked")
    send_headers: bool = _option(True, "the headers of requests, masked; without addresses of clients")
    mask_keys: Sequence[str] = _option((), "more names whose values are masked")
    mask_patterns: Mapping[str, str] = _option({}, "more patterns that are masked: name → regular expression")
    max_per_second: float = _option(20.0, "events sent whole in a storm; the others are counted and summarized")
    burst: int = _option(100, "events sent whole before that limit holds")
    queue_size: int = _option(1000, "events that wait to be sent, at most; newer ones are dropped and counted")
    queue_bytes: int = _option(32_000_000, "their size together, roughly")
    linger: float = _option(0.1, "how long an event waits for others to be sent with it")
    timeout: float = _option(5.0, "how long one attempt to send may take")
    flush_timeout: float = _option(2.0, "how long the program's end may be delayed by what is not yet sent")
    spool_dir: str | None = _option(
        None, "a folder that keeps what cannot be sent, over restarts as well; POSIX only", "SEAWALL_SPOOL_DIR"
    )
    spool_bytes: int = _option(64_000_000, "what it may hold, of all processes that share it")
    ca_file: str | None = _option(None, "certificates to trust, in PEM; else the system's", "SEAWALL_CA_FILE")
    proxy: str | None = _option(
        None, "`http://host:port`; else what HTTPS_PROXY, HTTP_PROXY and NO_PROXY say", secret=True
    )


class InitOptions(TypedDict, total=False):
    """The options that `init` takes by name: those of `Options`, besides the DSN."""

    bootstrap_servers: str | None
    topic: str
    kafka_options: Mapping[str, Any]
    service: str | None
    environment: str | None
    release: str | None
    tags: Mapping[str, str]
    hooks: Sequence[str]
    event_level: int
    breadcrumb_level: int
    ignored_loggers: Sequence[str]
    max_breadcrumbs: int
    ignore_errors: Sequence[Ignored]
    sample_rate: float
    sampler: Callable[[Moment], Union[float, bool]] | None
    before_send: Callable[[Event], Event | None] | None
    project_root: str | None
    in_app_include: Sequence[str]
    in_app_exclude: Sequence[str]
    source_lines: int
    frame_locals: bool
    send_headers: bool
    mask_keys: Sequence[str]
    mask_patterns: Mapping[str, str]
    max_per_second: float
    burst: int
    queue_size: int
    queue_bytes: int
    linger: float
    timeout: float
    flush_timeout: float
    spool_dir: str | None
    spool_bytes: int
    ca_file: str | None
    proxy: str | None


def read_options(given: Mapping[str, Any], environment: Mapping[str, str]) -> Options:
    """The options as given; what is absent or None comes from the environment.

    Raises:
        TypeError: an option is not known.
    """
    values = dict(given)
    for field in dataclasses.fields(Options):
        variable = field.metadata["variable"]
        if variable and values.get(field.name) is None:
            values.pop(field.name, None)
            if environment.get(variable):
                values[field.name] = environment[variable]
    return Options(**values)
