"""The names under which our own schema and loggers write ErrorEvent's fields."""

from collections.abc import Iterable
from typing import Any

from rules.normalizing.draft import Draft

__all__ = ["CONTEXT", "LOGGER", "OWN", "Names", "take"]

# Each field's names in snake_case, the best one first; every one is known in camelCase, PascalCase, kebab-case and
# in lower case without separators, too.
_OWN: dict[str, str] = {
    "event_id": "error_id",
    "timestamp": "occurred_at",
    "service": "service_name application_name app_name",
    "environment": "env environment_name",
    "hostname": "host_name",
    "instance_id": "instance",
    "trace_id": "",
    "span_id": "",
    "parent_span_id": "",
    "correlation_id": "request_id",
    "error_type": "exception_type exception_class error_class",
    "message": "error_message exception_message",
    "message_template": "",
    "exception": "exceptions",
    "stack_trace": "stacktrace stack error_stack",
    "severity": "level error_level",
    "logger": "logger_name",
    "transaction": "",
    "source_file": "file_name file_path",
    "line_number": "line_no",
    "user_id": "",
    "session_id": "",
    "user": "",
    "request": "",
    "request_url": "",
    "request_method": "http_method",
    "request_headers": "",
    "request_body": "",
    "query_string": "request_query",
    "release": "app_version application_version",
    "commit": "commit_sha commit_hash git_commit",
    "language": "",
    "sdk": "",
    "tags": "custom_tags",
    "extra": "extra_data additional_data custom_data",
    "fingerprint": "",
}
# What programs put into a logger's context, whatever the logger: where a format has fields of its own, these come last.
CONTEXT: dict[str, str] = {
    "service": "service_name application_name app_name application app service.name",
    "environment": "environment env deployment_environment",
    "hostname": "hostname host_name",
    "instance_id": "instance_id pod_name container_id",
    "trace_id": "trace_id dd.trace_id otelTraceID trace.id X-B3-TraceId",
    "span_id": "span_id dd.span_id otelSpanID span.id X-B3-SpanId",
    "parent_span_id": "parent_span_id X-B3-ParentSpanId",
    "correlation_id": "correlation_id request_id x_request_id req_id",
    "user_id": "user_id user.id",
    "session_id": "session_id",
    "transaction": "transaction transaction.name",
    "release": "release app_version application_version service.version",
    "commit": "commit commit_sha git_commit",
}
# What loggers add. A dotted name is also found as an object within an object.
_LOGGER: dict[str, str] = {
    "event_id": "event.id log.record.uid",
    "timestamp": "@timestamp time ts t date datetime asctime eventTime instant event.created _timestamp log_time",
    "service": "service.name app application program app.name application.name resource.service.name svc"
    " kubernetes.labels.app serviceContext.service",
    "environment": "service.environment deployment.environment deployment.environment.name stage",
    "hostname": "host host.name host.hostname server_name server hostName machine_name source_host",
    "instance_id": "service.instance.id service.node.name pod_name kubernetes.pod.name container_id",
    "trace_id": "trace.id dd.trace_id traceid otelTraceID traceparent trace x_trace_id mdc.traceId mdc.trace_id",
    "span_id": "span.id dd.span_id spanid otelSpanID mdc.spanId mdc.span_id",
    "correlation_id": "http.request.id req_id reqId x_request_id mdc.correlationId mdc.requestId",
    "error_type": "error.type exception.type error.kind error.code_name",
    "message": "msg @message log text body event error.message exception.message error_msg",
    "exception": "exc_info exc_text error err exception.values thrown exc throwable",
    "stack_trace": "error.stack_trace exception.stacktrace exception.stack_trace error.stack exception.stack traceback"
    " backtrace stack_info",
    "severity": "severity levelname log.level loglevel log_level lvl severity_text severityText level_name"
    " SeverityText syslog.severity.name severity_number severityNumber levelno level_value",
    "logger": "logger log.logger loggerName name category SourceContext channel",
    "transaction": "transaction.name",
    "source_file": "pathname filename log.origin.file.name code.filepath code.file.path caller_file_name file",
    "line_number": "lineno log.origin.file.line code.lineno code.line.number caller_line_number line",
    "user_id": "user.id userid uid enduser.id usr.id",
    "session_id": "session.id",
    "request_url": "url url.full url.original http.url uri",
    "request_method": "http.request.method http.method",
    "release": "service.version version app.version dd.version build",
    "commit": "git.commit.sha revision git_sha",
    "tags": "tags labels",
}

_GROUP = 1_000  # the ranks of one table: all of its names come before those of the next


class Names(dict[str, tuple[str, int]]):
    """A name to the field that it means, and its rank among the field's names: the lowest one wins.

    A table has each field's names, the best one first, separated by white space. A name without dots is known in
    all spellings. The names of a later table come after those of an earlier one.
    """

    def __init__(self, *tables: dict[str, str]) -> None:
        super().__init__()
        for group, table in enumerate(tables):
            for field, aliases in table.items():
                for rank, alias in enumerate(aliases.split()):
                    for spelling in _spellings(alias):
                        self.setdefault(spelling, (field, rank + group * _GROUP))
        dotted = [name.split(".") for name in self if "." in name]
        self.parts = frozenset(".".join(words[:count]) for words in dotted for count in range(1, len(words)))


def _spellings(name: str) -> Iterable[str]:
    if "." in name or not name.replace("_", "").isalpha():
        return (name,)
    words = name.split("_")
    pascal = "".join(word[:1].upper() + word[1:] for word in words)
    return name, pascal[:1].lower() + pascal[1:], pascal, "-".join(words), "".join(words)


def _led(table: dict[str, str]) -> dict[str, str]:
    return {field: f"{field} {aliases}" for field, aliases in table.items()}


OWN = Names(_led(_OWN))
LOGGER = Names(_led(_OWN), _led(_LOGGER))


def take(record: dict[str, Any], names: Names) -> Draft:
    """The record's values under our field names, as they are; what has no name of ours goes to `extra`.

    Where a field is given under two names, the better one counts and the other goes to `extra` as well.
    """
    draft: Draft = {}
    ranks: dict[str, tuple[int, str]] = {}
    extra: dict[str, Any] = {}
    for key, value in record.items():
        if value is None or value == "":
            continue
        known = names.get(key)
        if type(value) is dict and key in names.parts and (known is None or known[0] not in _OBJECTS):
            value = _take_parts(key, value, names, draft, ranks)  # noqa: PLW2901 the parts that are left
            if value:
                extra[key] = value
        elif known is None:
            extra[key] = value
        else:
            _put(known, key, value, draft, ranks, extra)
    given = draft.get("extra")
    if isinstance(given, dict):
        draft["extra"] = {**extra, **given} if extra else given
    elif extra:
        draft["extra"] = extra if given is None else {**extra, "extra": given}
    return draft


_OBJECTS = frozenset({"exception", "request", "user", "tags", "extra"})  # fields that may be objects themselves


def _put(  # noqa: PLR0917 the hottest call of this file: keywords would cost a tenth of it
    known: tuple[str, int], key: str, value: Any, draft: Draft, ranks: dict[str, tuple[int, str]], extra: dict[str, Any]
) -> None:
    field, rank = known
    earlier = ranks.get(field)
    if earlier is not None:
        if earlier[0] <= rank:
            extra[key] = value
            return
        extra[earlier[1]] = draft[field]
    ranks[field] = (rank, key)
    draft[field] = value


def _take_parts(
    path: str, value: dict[str, Any], names: Names, draft: Draft, ranks: dict[str, tuple[int, str]]
) -> dict[str, Any]:
    """Take `{"service": {"name": …}}` as `service.name`; the parts that have no name of ours are given back."""
    left: dict[str, Any] = {}
    for part, item in value.items():
        if item is None or item == "":
            continue
        within = f"{path}.{part}"
        known = names.get(within)
        if type(item) is dict and (known is None or known[0] not in _OBJECTS):
            if within in names.parts:
                item = _take_parts(within, item, names, draft, ranks)  # noqa: PLW2901 the parts that are left
            if item:
                left[part] = item
        elif known is None:
            left[part] = item
        else:
            _put(known, part, item, draft, ranks, left)
    return left
