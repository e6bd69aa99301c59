"""All formats, and which of them a record is of. The order decides: what is certain comes before what is likely."""

from collections.abc import Mapping
from functools import lru_cache

from rules.normalizing.contract import BytesFormat, ObjectFormat, Record, TextFormat
from rules.normalizing.formats import (
    airbrake,
    apache,
    api_error,
    aws_lambda,
    azure,
    browser_report,
    bugsnag,
    bunyan,
    dotnet_console,
    dotnet_text,
    ecs,
    gelf,
    go_text,
    google_cloud,
    honeybadger,
    java_text,
    klog,
    kubernetes_event,
    log4j2,
    logfmt,
    logger,
    lograge,
    logrus,
    logstash,
    loguru,
    monolog,
    monolog_text,
    nginx,
    nlog,
    otlp,
    own,
    pino,
    plain,
    postgres_json,
    postgres_text,
    python_json,
    python_text,
    rollbar,
    ruby_logger,
    rust_text,
    semantic_logger,
    semantic_logger_text,
    sentry,
    sentry_envelope,
    serilog,
    slog,
    structlog,
    tracing,
    winston,
    zap,
    zerolog,
)

__all__ = ["BYTES_FORMATS", "OBJECT_FORMATS", "TEXT_FORMATS", "by_content_type", "format_names", "object_format"]

OBJECT_FORMATS: tuple[ObjectFormat, ...] = (
    sentry.FORMAT,
    otlp.FORMAT,
    rollbar.FORMAT,
    bugsnag.FORMAT,
    honeybadger.FORMAT,
    airbrake.FORMAT,
    browser_report.FORMAT,
    ecs.FORMAT,
    gelf.FORMAT,
    logstash.FORMAT,
    log4j2.FORMAT,
    serilog.FORMAT,
    dotnet_console.FORMAT,
    nlog.FORMAT,
    google_cloud.FORMAT,
    azure.FORMAT,
    aws_lambda.FORMAT,
    kubernetes_event.FORMAT,
    bunyan.FORMAT,
    pino.FORMAT,
    loguru.FORMAT,
    structlog.FORMAT,
    python_json.FORMAT,
    monolog.FORMAT,
    semantic_logger.FORMAT,
    lograge.FORMAT,
    postgres_json.FORMAT,
    tracing.FORMAT,
    slog.FORMAT,
    logrus.FORMAT,
    zap.FORMAT,
    zerolog.FORMAT,
    winston.FORMAT,
    api_error.FORMAT,
    own.FORMAT,
)
TEXT_FORMATS: tuple[TextFormat, ...] = (
    klog.FORMAT,
    logfmt.FORMAT,
    nginx.FORMAT,
    apache.FORMAT,
    postgres_text.FORMAT,
    java_text.FORMAT,
    python_text.FORMAT,
    dotnet_text.FORMAT,
    rust_text.FORMAT,
    go_text.FORMAT,
    ruby_logger.FORMAT,
    semantic_logger_text.FORMAT,
    monolog_text.FORMAT,
)
BYTES_FORMATS: tuple[BytesFormat, ...] = (
    sentry_envelope.FORMAT,
    otlp.PROTOBUF,
)

ANY_OBJECT, ANY_TEXT = logger.FORMAT, plain.FORMAT  # what is of no other format is of these

_BY_NAME = {one.name: one for one in (*OBJECT_FORMATS, ANY_OBJECT)}
_BY_CONTENT_TYPE = {kind: one for one in BYTES_FORMATS for kind in one.content_types}
_MAX_KEYS = 64  # an object with more is looked at anew each time: its keys are data


def object_format(record: Record, hint: str | None = None) -> ObjectFormat:
    """The format of an object. A `hint` is taken at its word, where it names one for objects."""
    if hint is not None and (hinted := _BY_NAME.get(hint)) is not None:
        return hinted
    keys = tuple(record)
    for one in _candidates(keys) if len(keys) <= _MAX_KEYS else _candidates.__wrapped__(keys):
        if one.detect(record):
            return one
    return ANY_OBJECT


@lru_cache(4_096)  # a producer's records have the same keys again and again
def _candidates(keys: tuple[str, ...]) -> tuple[ObjectFormat, ...]:
    return tuple(one for one in OBJECT_FORMATS if not one.marks.isdisjoint(keys))


def text_format(text: str, hint: str | None = None) -> TextFormat:
    """The format of a text."""
    if hint is not None:
        return next((one for one in TEXT_FORMATS if one.name == hint), ANY_TEXT)
    return next((one for one in _starting_with(text[:1]) if one.detect(text)), ANY_TEXT)


@lru_cache(1_024)
def _starting_with(character: str) -> tuple[TextFormat, ...]:
    return tuple(one for one in TEXT_FORMATS if not one.starts or (character and character in one.starts))


def by_content_type(headers: Mapping[str, bytes]) -> BytesFormat | None:
    """The format of bytes that a record's `content-type` names."""
    given = headers.get("content-type") if headers else None
    return _BY_CONTENT_TYPE.get(content_type(given)) if given else None


def content_type(given: bytes) -> str:
    """The content type without its parameters."""
    return given.decode("latin-1").partition(";")[0].strip().lower()


def by_bytes(value: bytes, hint: str | None = None) -> BytesFormat | None:
    """The format of bytes that are no JSON value. A `hint` is taken at its word, where it names one for bytes."""
    return next((one for one in BYTES_FORMATS if one.name == hint or one.detect(value)), None)


def format_names() -> list[str]:
    """The names that a hint may have."""
    objects, texts = (*OBJECT_FORMATS, ANY_OBJECT), (*TEXT_FORMATS, ANY_TEXT)
    return [one.name for one in objects] + [one.name for one in texts] + [one.name for one in BYTES_FORMATS]
