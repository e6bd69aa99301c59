"""Logs: readable on a terminal, one JSON object a line elsewhere; never an event's payload, never a secret."""

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import parse_qsl, unquote, urlsplit

import structlog

if TYPE_CHECKING:
    from structlog.typing import Processor, WrappedLogger

    from seawall.settings import Settings

__all__ = ["Redactor", "configure_logs", "secrets_of"]

REDACTED = "[redacted]"
MAX_TEXT = 2_000  # characters of one value: nothing that we say of ourselves is longer, a payload may be
MAX_TRACEBACK = 20_000
LONG_PART = 16  # characters of a part of a URL that is taken to be a token
CHATTY = ("aiokafka", "faust", "mode", "asyncio", "slack_sdk", "aiohttp.access", "procrastinate", "yoyo", "watchfiles")
_KEY = re.compile(
    r"password|passwd|secret|token|api_?key|authorization|cookie|credential|routing_key|payload|dsn", re.IGNORECASE
)
_URL_PASSWORD = re.compile(r"(\w{1,20}://[^\s:/@]{0,100}):[^\s/@]{1,200}@")
# PostgreSQL's own words about a row ("Failing row contains …") quote the row, whose text may have many lines: all goes
# up to the next exception of the chain.
_ROW = re.compile(r"^(DETAIL|CONTEXT): .*?(?=^\n(?:During handling|The above exc)|\Z)", re.MULTILINE | re.DOTALL)


class Redactor:
    """The second line of defence: takes secrets out of whatever is about to be logged."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # The longest first: one secret may contain another.
        self._secrets = sorted({secret for secret in secrets if len(secret) >= 6}, key=len, reverse=True)  # noqa: PLR2004

    def __call__(
        self, logger: "WrappedLogger", method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """The structlog processor."""
        del logger, method
        for key, value in event.items():
            event[key] = REDACTED if _KEY.search(key) and value else self._clean(value, key)
        return event

    def _clean(self, value: Any, key: str = "") -> Any:
        if isinstance(value, str):
            return self.text(value, MAX_TRACEBACK if key == "exception" else MAX_TEXT)
        if isinstance(value, dict):
            return {
                name: REDACTED if _KEY.search(str(name)) and inner else self._clean(inner)
                for name, inner in value.items()
            }
        if isinstance(value, list | tuple | set | frozenset):
            return [self._clean(inner) for inner in value]
        if isinstance(value, bytes | bytearray | memoryview):
            return f"[{len(value)} bytes]"
        if value is None or isinstance(value, bool | int | float):
            return value
        return self.text(str(value), MAX_TEXT)

    def text(self, value: str, limit: int = MAX_TEXT) -> str:
        """The text without known secrets, URL passwords and quoted rows, cut to the limit."""
        for secret in self._secrets:
            value = value.replace(secret, REDACTED)
        value = _ROW.sub(rf"\1: {REDACTED}\n", _URL_PASSWORD.sub(rf"\1:{REDACTED}@", value))
        return value if len(value) <= limit else f"{value[:limit]}… ({len(value)} characters)"


def secrets_of(settings: "Settings") -> list[str]:
    """Every secret value among the settings, and the passwords inside their URLs."""
    found = []
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        for one in value.values() if isinstance(value, dict) else [value]:
            if hasattr(one, "get_secret_value"):
                found += _with_parts(one.get_secret_value())
    return found


def _with_parts(secret: str) -> list[str]:
    """A secret and what is secret of it by itself: of a URL, its password and the long parts of path and query."""
    found = [secret]
    for one in secret.split():
        found.append(one)
        if "://" not in one:
            continue
        parts = urlsplit(one)
        if parts.password:
            found += [parts.password, unquote(parts.password)]
        inner = [*parts.path.split("/"), parts.username or "", *(value for _, value in parse_qsl(parts.query))]
        found += [part for part in inner if len(part) >= LONG_PART]
    return found


def _not_life_of_services(record: logging.LogRecord) -> bool:
    """Leave out that each of Faust's services starts and stops: they log it under the names of our own modules."""
    return record.levelno >= logging.WARNING or not str(record.msg).startswith("[^")


def configure_logs(settings: "Settings", role: str, *, stream: TextIO | None = None) -> None:
    """Send structlog and the standard library's logging through one chain to `stream` (standard error).

    Args:
        settings: level, format, and the secrets to keep out.
        role: what this process is, such as `worker`; stands in every line.
        stream: where to; for tests.
    """
    out = stream or sys.stderr
    as_text = settings.log_format == "text" or (settings.log_format == "auto" and out.isatty())
    fixed = {"role": role, **({"instance": settings.instance} if settings.instance else {})}

    def who(_logger: "WrappedLogger", _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return event if as_text else {**fixed, **event}

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        who,
        structlog.processors.format_exc_info,
        Redactor(secrets_of(settings)),
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)
        if as_text
        else structlog.processors.JSONRenderer(sort_keys=True)
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    handler.addFilter(_not_life_of_services)
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
