"""Which endpoint an address is, and what project it names."""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from gateway.contract import Endpoint
from gateway.protocols import alertmanager, builds, notices, others, otlp, plain, sentry, sentry_http, telling

__all__ = ["Found", "find"]

MAX_PATH = 512


class Found(NamedTuple):
    """An endpoint, the project that its address names, and what else is in that, by name."""

    endpoint: Endpoint
    project: str | None
    path: Mapping[str, str] = {}


# What stands after `/api/<project>/`
_OF_API = {
    "envelope": sentry.ENVELOPE,
    "store": sentry.STORE,
    "security": others.REPORTS,
    "csp-report": others.REPORTS,
    "nel": others.REPORTS,
    "user-feedback": sentry_http.USER_FEEDBACK,
    "minidump": others.MINIDUMP,
    "unreal": others.MINIDUMP,
    "integration/otlp/v1/logs": otlp.LOGS,
    "integration/otlp/v1/traces": otlp.TRACES,
}
# What stands after `/api/v3/projects/<project>/` and the like: the project is Airbrake's, and no matter
_OF_AIRBRAKE = {"notices": notices.AIRBRAKE, "create-notice": notices.AIRBRAKE}
_AIRBRAKE_STATS = ("routes-stats", "routes-breakdowns", "queries-stats", "queues-stats")
# Whole paths
_FIXED = {
    "v1/errors": plain.ERRORS,
    "v1/releases": telling.RELEASES,
    "v1/traffic": telling.TRAFFIC,
    "v1/logs": otlp.LOGS,
    "v1/traces": otlp.TRACES,
    "v1/metrics": otlp.METRICS,
    "gelf": others.GELF,
    "reports": others.REPORTS,
    "tunnel": sentry.ENVELOPE,
    "hooks/alertmanager": alertmanager.ALERTMANAGER,
    "hooks/github": builds.GITHUB,
    "hooks/gitlab": builds.GITLAB,
    "hooks/jenkins": builds.JENKINS,
    "api/1/item": notices.ROLLBAR,
    "api/1/item_batch": notices.ROLLBAR,
    "": notices.BUGSNAG,
    "bugsnag/notify": notices.BUGSNAG,
    "bugsnag/sessions": notices.BUGSNAG,
    "sessions": notices.BUGSNAG,
    "v1/notices": notices.HONEYBADGER,
    "v1/notices/js": notices.HONEYBADGER,
    "v1/events": notices.HONEYBADGER_OTHERS,
    "v1/deploys": notices.HONEYBADGER_OTHERS,
}
# What stands after `/<project>/`, where an address was made of a DSN
_BELOW_PROJECT = {path: _FIXED[path] for path in ("v1/errors", "v1/logs", "v1/traces", "v1/metrics", "gelf")}


@lru_cache(4_096)  # a sender's address is the same each time
def find(path: str) -> Found | None:
    """The endpoint of a path."""
    if len(path) > MAX_PATH:
        return None
    path = path.strip("/")
    if (fixed := _FIXED.get(path)) is not None:
        return Found(fixed, None)
    first, _, rest = path.partition("/")
    if first != "api":
        below = _BELOW_PROJECT.get(rest)
        return Found(below, unquote(first)) if below is not None else None
    project, _, rest = rest.partition("/")
    if (found := _OF_API.get(rest)) is not None:
        return Found(found, unquote(project))
    return _cron(project, rest) or _feedback(project, rest) or _airbrake(project, rest)


def _cron(project: str, rest: str) -> Found | None:
    """`/api/<project>/cron/<slug>/<key>/`, or without the key."""
    what, *named = rest.split("/")
    if what != "cron" or not 1 <= len(named) <= 2 or not named[0]:  # noqa: PLR2004 -- slug and key
        return None
    return Found(sentry_http.CRON, unquote(project), dict(zip(("slug", "key"), map(unquote, named), strict=False)))


def _feedback(version: str, rest: str) -> Found | None:
    """`/api/0/projects/<organization>/<project>/user-feedback/`, which Sentry's API has: with its names, not ours."""
    parts = rest.split("/")
    if version != "0" or len(parts) != 4 or (parts[0], parts[3]) != ("projects", "user-feedback"):  # noqa: PLR2004 -- these
        return None
    return Found(sentry_http.USER_FEEDBACK, None)


def _airbrake(version: str, rest: str) -> Found | None:
    """`/api/v3/projects/<project>/notices`, with the number that Airbrake's clients insist on."""
    parts = rest.split("/")
    if version not in {"v3", "v4", "v5"} or len(parts) != 3 or parts[0] != "projects":  # noqa: PLR2004 -- projects, id, what
        return None
    if parts[2] in _AIRBRAKE_STATS:
        return Found(notices.AIRBRAKE_STATS, None)
    found = _OF_AIRBRAKE.get(parts[2])
    return Found(found, None) if found is not None else None
