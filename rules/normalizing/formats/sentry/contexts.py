"""The contexts of a Sentry event: what they say of trace, service and release, and which of them become tags.

https://develop.sentry.dev/sdk/foundations/transport/event-payloads/contexts/
"""

from typing import Any

from rules.normalizing.draft import Draft

__all__ = ["put_contexts", "put_service"]

_TAGGED = frozenset({"browser", "os", "runtime", "device"})  # those that people search by, as Sentry itself has them
_TRACE = frozenset({"trace_id", "span_id", "parent_span_id"})
_UNKNOWN = "unknown_service"  # what OpenTelemetry's SDKs call a service without a name


def put_contexts(draft: Draft, record: dict[str, Any]) -> None:
    """Put trace and span, a tag for each context that is searched by, and the contexts themselves in `extra`."""
    contexts = record.get("contexts")
    if not isinstance(contexts, dict) or not contexts:
        return
    trace = contexts.get("trace")
    if isinstance(trace, dict):
        contexts = dict(contexts)
        del contexts["trace"]
        for name in _TRACE:
            if trace.get(name):
                draft[name] = trace[name]
        rest = {name: value for name, value in trace.items() if name not in _TRACE and value not in (None, "default")}
        rest.pop("type", None)
        if rest:
            contexts["trace"] = rest
    if contexts:
        draft["extra"].setdefault("contexts", contexts)
        _put_tags(draft, contexts)
        _put_app(draft, contexts.get("app"))


def _put_tags(draft: Draft, contexts: dict[str, Any]) -> None:
    tags = draft.get("tags")
    if tags is not None and not isinstance(tags, dict):
        return
    made: dict[str, str] = {}
    for name, context in contexts.items():
        if not isinstance(context, dict):
            continue
        kind = name if name in _TAGGED else str(context.get("type"))
        if kind in _TAGGED and (name == kind or kind not in made):
            value = _title(kind, context)
            if value and value != "Unknown":
                made[kind] = value
    if made:
        draft["tags"] = {**made, **(tags or {})}


def _title(kind: str, context: dict[str, Any]) -> str:
    words = (context.get("model"),) if kind == "device" else (context.get("name"), context.get("version"))
    title = " ".join(str(word).strip() for word in words if word and not isinstance(word, dict | list))
    return title or str(context.get("raw_description") or "")


def _put_app(draft: Draft, app: Any) -> None:
    """A release as Sentry's mobile SDKs put it together."""
    if isinstance(app, dict) and "release" not in draft and app.get("app_version"):
        name = f"{app['app_identifier']}@" if app.get("app_identifier") else ""
        build = f"+{app['app_build']}" if app.get("app_build") else ""
        draft["release"] = f"{name}{app['app_version']}{build}"


def put_service(draft: Draft, record: dict[str, Any]) -> None:
    """Sentry knows projects, not services: a tag, the app's name, or the package in `package@version` say most."""
    tags = draft.get("tags")
    tags = tags if isinstance(tags, dict) else {}
    named = next((name for key in ("service", "service.name", "app") if (name := tags.get(key))), None)
    if not named:
        contexts = _object(record.get("contexts"))
        resource = _object(_object(contexts.get("otel")).get("resource"))
        named = _object(contexts.get("app")).get("app_name") or resource.get("service.name")
    if not named or (isinstance(named, str) and named.startswith(_UNKNOWN)):
        release = draft.get("release")
        named = release.rpartition("@")[0] if isinstance(release, str) else None
    if named:
        draft["service"] = named


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
