"""OpenTelemetry's semantic conventions, new and old, under ErrorEvent's names.

https://opentelemetry.io/docs/specs/semconv/: exceptions, HTTP, code, resources.
"""

from collections.abc import Mapping
from typing import Any

from rules.normalizing.draft import Draft
from rules.normalizing.exceptions import read_stack_text
from rules.normalizing.formats.otlp.records import Attributes
from rules.stacktraces.parsed import split_type

__all__ = ["put_attributes", "put_resource"]

# An attribute to the field of ErrorEvent, or of one of the parts that are put together below (`request.url`).
_RECORD = {
    "log.record.uid": "event_id",
    "exception.type": "exception.type", "exception.message": "exception.value",
    "exception.stacktrace": "exception.stack", "exception.escaped": "exception.escaped",
    "message_template.text": "message_template", "{OriginalFormat}": "message_template",
    "log.template": "message_template", "sentry.message.template": "message_template",
    "code.file.path": "source_file", "code.filepath": "source_file",
    "code.line.number": "line_number", "code.lineno": "line_number",
    "user.id": "user_id", "enduser.id": "user_id", "session.id": "session_id",
    "url.full": "request.url", "http.url": "request.url",
    "http.request.method": "request.method", "http.method": "request.method",
    "user_agent.original": "request.agent", "http.user_agent": "request.agent",
    "url.path": "request.path", "http.target": "request.path", "url.query": "request.query",
    "url.scheme": "request.scheme", "http.scheme": "request.scheme",
    "server.address": "request.host", "http.host": "request.host", "server.port": "request.port",
    "http.route": "transaction",
    "http.response.status_code": "tag.http.status_code", "http.status_code": "tag.http.status_code",
    "logger.name": "logger",
}  # fmt: skip
_RESOURCE = {
    "service.name": "service", "service.version": "release", "service.instance.id": "instance_id",
    "deployment.environment.name": "environment", "deployment.environment": "environment",
    "host.name": "hostname", "vcs.ref.head.revision": "commit",
    "telemetry.sdk.language": "language", "telemetry.sdk.name": "sdk.name", "telemetry.sdk.version": "sdk.version",
    "process.runtime.name": "runtime.name", "process.runtime.version": "runtime.version",
    "service.namespace": "tag.service.namespace", "cloud.region": "tag.cloud.region",
    "k8s.cluster.name": "tag.k8s.cluster.name", "k8s.namespace.name": "tag.k8s.namespace.name",
    "k8s.deployment.name": "tag.k8s.deployment.name", "k8s.pod.name": "tag.k8s.pod.name",
    "k8s.container.name": "tag.k8s.container.name", "k8s.node.name": "tag.k8s.node.name",
}  # fmt: skip
_LANGUAGES = {"nodejs": "javascript", "webjs": "javascript", "dotnet": "csharp", "cpp": "c++", "erlang": "elixir"}
_UNKNOWN = "unknown_service"  # with the program's name behind it: what SDKs say where nobody named the service
_HEADER = "http.request.header."


def put_resource(draft: Draft, attributes: Attributes) -> Attributes:
    """Put what the attributes of a resource say, and give back the others."""
    parts, rest = _sorted(attributes, _RESOURCE, draft)
    name, version = parts.get("sdk.name"), parts.get("sdk.version")
    if name:
        draft["sdk"] = f"{name}/{version}" if version else name
    runtime = " ".join(str(word) for part in ("name", "version") if (word := parts.get(f"runtime.{part}")))
    if runtime:
        _put_tags(draft, {"runtime": runtime})
    if str(draft.get("service", "")).startswith(_UNKNOWN):
        rest["service.name"] = draft.pop("service")
    language = draft.get("language")
    if isinstance(language, str):
        draft["language"] = _LANGUAGES.get(language, language)
    if "instance_id" not in draft and attributes.get("k8s.pod.name"):
        draft["instance_id"] = attributes["k8s.pod.name"]
    return rest


def put_attributes(draft: Draft, attributes: Attributes) -> Attributes:
    """Put what the attributes of a log, of a span or of an event of one say, and give back the others."""
    parts, rest = _sorted(attributes, _RECORD, draft)
    if parts:
        _put_request(draft, parts, rest)
        _put_exception(draft, parts)
    return rest


def _sorted(attributes: Attributes, names: Mapping[str, str], draft: Draft) -> tuple[dict[str, Any], Attributes]:
    """Put the fields, and divide the other attributes into parts of what is put together and the rest."""
    parts: dict[str, Any] = {}
    rest: Attributes = {}
    tags: dict[str, Any] = {}
    for name, value in attributes.items():
        field = names.get(name)
        if value is None or value == "":
            continue
        if field is None:
            rest[name] = value
        elif "." not in field:
            _put_first(draft, field, name, value, rest)
        elif field.startswith("tag."):
            tags[field[4:]] = value
        else:
            _put_first(parts, field, name, value, rest)
    if tags:
        _put_tags(draft, {name: str(value) for name, value in tags.items() if not isinstance(value, dict | list)})
    return parts, rest


def _put_first(holder: dict[str, Any], field: str, name: str, value: Any, rest: Attributes) -> None:
    if holder.get(field):
        if holder[field] != value:
            rest[name] = value
    else:
        holder[field] = str(value) if type(value) is int and field != "line_number" else value


def _put_tags(draft: Draft, tags: dict[str, str]) -> None:
    draft["tags"] = {**draft.get("tags", {}), **tags}


def _put_request(draft: Draft, parts: dict[str, Any], rest: Attributes) -> None:
    """The request by its URL or by the parts of one; a host alone is no request."""
    request = {field: value for field in ("url", "method") if (value := parts.get(f"request.{field}"))}
    path, query, host = (parts.get(f"request.{part}") for part in ("path", "query", "host"))
    if path and "url" not in request:
        port = parts.get("request.port")
        origin = f"{parts.get('request.scheme') or 'http'}://{host}{f':{port}' if port else ''}" if host else ""
        request["url"] = f"{origin}{path}"
    elif host and not request:
        rest["server.address"] = host
    if query:
        request["query_string"] = str(query).removeprefix("?")
    headers = {name[len(_HEADER) :]: _joined(rest.pop(name)) for name in [*rest] if name.startswith(_HEADER)}
    if parts.get("request.agent"):
        headers.setdefault("user-agent", parts["request.agent"])
    if request and headers:
        request["headers"] = headers
    if request:
        draft.setdefault("request", request)


def _joined(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _put_exception(draft: Draft, parts: dict[str, Any]) -> None:
    """The exceptions of the stack's text; of the one that was raised, its type and its message are told beside it."""
    stack = parts.get("exception.stack")
    kind, value = parts.get("exception.type"), parts.get("exception.value")
    told = {"value": value, **_type(kind, draft.get("language"))}
    told = {name: one for name, one in told.items() if one is not None}
    chain = read_stack_text(stack) if stack else []
    if not chain and not told:
        return
    *causes, raised = chain or [{}]
    if told.get("type") != raised.get("type"):
        raised.pop("module", None)  # of another type, as the text spells it
    raised = {**raised, **told}
    if parts.get("exception.escaped") in (True, "true"):
        raised["handled"] = False
    draft["exception"] = [*causes, raised]
    if stack:
        draft["stack_trace"] = stack


def _type(kind: Any, language: Any) -> dict[str, Any]:
    """`java.lang.Error` as type and module; what begins otherwise is a name as it is, as `*fmt.wrapError` in Go."""
    if not isinstance(kind, str) or not kind:
        return {}
    if not (kind[0].isalpha() or kind[0] == "_") or language in ("go", "csharp"):
        return {"type": kind}
    name, module = split_type(kind)
    return {"type": name, "module": module} if module else {"type": name}
