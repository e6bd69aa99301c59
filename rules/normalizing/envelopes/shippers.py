"""What log shippers write about a line of a file or a container: Filebeat, Vector, Logstash and Fluent Bit.

https://www.elastic.co/docs/reference/beats/filebeat/exported-fields
https://vector.dev/docs/reference/configuration/sources/file/
https://www.elastic.co/docs/reference/logstash/event-api
https://docs.fluentbit.io/manual/data-pipeline/inputs/tail
"""

from typing import Any

from rules.normalizing.contract import Record
from rules.normalizing.envelopes.contract import Envelope, Opened
from rules.normalizing.envelopes.kubernetes import told
from rules.normalizing.envelopes.lines import quiet
from rules.normalizing.levels import severity
from rules.normalizing.paths import at, first_text, obj, text_at

__all__ = ["ENVELOPES"]

_OF_BEATS = frozenset(
    {"@timestamp", "@metadata", "message", "agent", "ecs", "input", "host", "log", "kubernetes", "container", "stream",
     "fields", "cloud", "orchestrator", "service", "tags", "event", "docker", "@version", "beat", "source", "offset"}
)  # fmt: skip
_OF_VECTOR = frozenset(
    {"message", "timestamp", "host", "source_type", "file", "offset", "kubernetes", "container_id", "container_name",
     "container_created_at", "timestamp_end", "image", "label", "stream", "command", "pid", "severity", "appname",
     "hostname", "facility", "procid", "PRIORITY", "version", "source_ip"}
)  # fmt: skip

_TIMES_OF_TAIL = frozenset({"date", "@timestamp"})  # as the outputs http and kafka call it
_PATHS_OF_TAIL = ("filename", "log_path", "path")  # `Path_Key`
_OF_TAIL = _TIMES_OF_TAIL | {"log", "offset", "tag", *_PATHS_OF_TAIL}


def _open_beat(record: Record) -> list[Opened]:
    line = record["message"]
    host = record.get("host")
    fields = obj(record.get("fields"))
    context: dict[str, Any] = {
        **told(record.get("kubernetes")),
        "timestamp": record.get("@timestamp"),
        **quiet(line, record.get("stream")),
    }
    service = text_at(record, "service", "name") or first_text(fields, "service", "app", "application")
    host = text_at(record, "host", "name") or text_at(record, "host", "hostname") or host
    container = (text_at(record, "container", "name") or "").lstrip("/")
    found = {
        "service": service or context.get("service") or container,
        "hostname": context.get("hostname") or (host if isinstance(host, str) else None),
        "environment": context.get("environment") or first_text(fields, "environment", "env"),
        "instance_id": context.get("instance_id") or text_at(record, "container", "id"),
        "tags": {**context.get("tags", {}), **_texts(fields)},
        "extra": {**_path(at(record, "log", "file", "path") or record.get("source")), **_rest(record, _OF_BEATS)},
    }
    return [Opened(line, {**context, **{field: value for field, value in found.items() if value}})]


def _detect_beat(record: Record) -> bool:
    """A line that a beat read; not an event of Elastic's schema, which also names the agent that sent it."""
    message = record.get("message")
    if not isinstance(message, str):
        return False
    read = "error" in record or "log.level" in record or at(record, "log", "level") is not None
    of_beat = (
        text_at(record, "@metadata", "beat") or text_at(record, "agent", "type") or text_at(record, "beat", "name")
    )
    return of_beat is not None and (not read or message.startswith("{"))


def _open_vector(record: Record) -> list[Opened]:
    line = record["message"]
    labels = _texts(obj(record.get("label")))
    container = (first_text(record, "container_name") or "").lstrip("/")
    context: dict[str, Any] = {
        **told(record.get("kubernetes")),
        "timestamp": record.get("timestamp"),
        **quiet(line, record.get("stream")),
    }
    found = {
        "service": context.get("service")
        or labels.get("com.docker.compose.service")
        or container
        or first_text(record, "appname", "SYSLOG_IDENTIFIER"),
        "hostname": context.get("hostname") or first_text(record, "hostname", "host"),
        "severity": context.get("severity") or severity(record.get("severity") or record.get("PRIORITY")),
        "instance_id": context.get("instance_id") or first_text(record, "container_id"),
        "tags": {**context.get("tags", {}), **labels},
        "extra": {**_path(record.get("file")), **_rest(record, _OF_VECTOR)},
    }
    return [Opened(line, {**context, **{field: value for field, value in found.items() if value}})]


def _detect_vector(record: Record) -> bool:
    """A line; where there is a level beside it and it came by no syslog, a transform has read it already."""
    if not isinstance(record["source_type"], str) or not isinstance(record.get("message"), str):
        return False
    return record["source_type"] == "syslog" or ("severity" not in record and "level" not in record)


def _open_logstash(record: Record) -> list[Opened]:
    rest = {name: value for name, value in record.items() if name not in ("message", "@version", "event")}
    context: dict[str, Any] = {"timestamp": rest.pop("@timestamp", None), "extra": rest}
    host = rest.pop("host", None)
    if host := text_at(host, "name") or text_at(host, "hostname") or (host if isinstance(host, str) else None):
        context["hostname"] = host
    return [Opened(record["message"], {field: value for field, value in context.items() if value})]


def _detect_logstash(record: Record) -> bool:
    message = record.get("message")
    return "@timestamp" in record and "level" not in record and isinstance(message, str) and message.startswith("{")


def _open_tail(record: Record) -> list[Opened]:
    context: dict[str, Any] = {
        "timestamp": record.get("@timestamp", record.get("date")),
        "extra": _path(first_text(record, *_PATHS_OF_TAIL)),
    }
    return [Opened(record["log"], {field: value for field, value in context.items() if value})]


def _detect_tail(record: Record) -> bool:
    """A line that no parser of Fluent Bit's has read; those of containers have more to them."""
    told = record.keys()
    return isinstance(record["log"], str) and told <= _OF_TAIL and not _TIMES_OF_TAIL.isdisjoint(told)


def _texts(given: Record) -> dict[str, str]:
    return {name: value for name, value in given.items() if isinstance(value, str)}


def _path(path: object) -> Record:
    return {"log_file": path} if isinstance(path, str) else {}


def _rest(record: Record, known: frozenset[str]) -> Record:
    return {name: value for name, value in record.items() if name not in known}


ENVELOPES = (
    Envelope(frozenset({"@metadata", "agent", "beat"}), _detect_beat, _open_beat),
    Envelope(frozenset({"source_type"}), _detect_vector, _open_vector),
    Envelope(frozenset({"@version"}), _detect_logstash, _open_logstash),
    Envelope(frozenset({"log"}), _detect_tail, _open_tail),
)
