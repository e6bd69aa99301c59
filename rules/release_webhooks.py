"""What CI systems tell of releases and deployments, as objects with the names of our own."""

import re
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["NotReleased", "flattened"]

Item = Mapping[str, Any]

_VERSION = re.compile(r"[^\s]{0,100}\d{1,9}\.\d[^\s]{0,100}")
_PUBLISHED = frozenset({"published", "released"})


class NotReleased(Exception):  # noqa: N818 -- a state of the record, not a fault
    """It tells of something that is not out yet, failed, or was taken back."""


def flattened(item: Item) -> Item:
    """The item in our own names; one of an unknown kind as it is. Raises NotReleased."""
    data = item.get("data")
    if "specversion" in item and isinstance(data, dict):  # CloudEvents
        item = data
    for fits, read in _KINDS:
        if fits(item):
            return read(item)
    return item


def _sentry(item: Item) -> Item:
    """https://docs.sentry.io/api/releases/create-a-new-release-for-an-organization/."""
    refs = item.get("refs")
    ref = refs[0] if isinstance(refs, list) and refs and isinstance(refs[0], dict) else {}
    return {"commit": ref.get("commit") or item.get("ref"), **item}


def _github_release(item: Item) -> Item:
    """https://docs.github.com/webhooks/webhook-events-and-payloads#release."""
    release = _object(item, "release")
    if item.get("action") not in _PUBLISHED or release.get("draft"):
        raise NotReleased
    return {
        "service": _object(item, "repository").get("name"),
        "release": release.get("tag_name"),
        "commit": release.get("target_commitish"),  # the branch, where that is what was named
        "at": release.get("published_at"),
        "url": release.get("html_url"),
        "author": release.get("author"),
    }


def _github_deployment(item: Item) -> Item:
    """https://docs.github.com/webhooks/webhook-events-and-payloads#deployment_status."""
    status, deployment = _object(item, "deployment_status"), _object(item, "deployment")
    if status.get("state") != "success":
        raise NotReleased
    payload = _object(deployment, "payload")
    return {
        "service": payload.get("service") or _object(item, "repository").get("name"),
        "release": payload.get("release")
        or payload.get("version")
        or _version(deployment.get("ref"), deployment.get("sha")),
        "environment": deployment.get("environment"),
        "commit": deployment.get("sha"),
        "at": status.get("created_at"),
        "url": status.get("log_url") or status.get("target_url"),
        "author": deployment.get("creator"),
    }


def _gitlab_release(item: Item) -> Item:
    """https://docs.gitlab.com/user/project/integrations/webhook_events/#release-events."""
    if item.get("action") == "delete":
        raise NotReleased
    commit = _object(item, "commit")
    return {
        "service": _project(item),
        "release": item.get("tag"),
        "commit": commit.get("id"),
        "at": item.get("released_at"),
        "url": item.get("url"),
        "author": commit.get("author"),
    }


def _gitlab_deployment(item: Item) -> Item:
    """https://docs.gitlab.com/user/project/integrations/webhook_events/#deployment-events."""
    if item.get("status") != "success":
        raise NotReleased
    url = item.get("commit_url")
    sha = url.rpartition("/")[2] if isinstance(url, str) else item.get("short_sha")
    return {
        "service": _project(item),
        "release": _version(item.get("ref"), sha),
        "environment": item.get("environment"),
        "commit": sha,
        "at": item.get("status_changed_at"),
        "url": item.get("deployable_url"),
        "author": item.get("user"),
    }


def _project(item: Item) -> Any:
    project = _object(item, "project")
    path = project.get("path_with_namespace")
    return path.rpartition("/")[2] if isinstance(path, str) else project.get("name")


def _version(ref: Any, sha: Any) -> Any:
    """A tag that is a version is what errors name; of a branch it is the commit."""
    name = ref.removeprefix("refs/tags/") if isinstance(ref, str) else ""
    return name if _VERSION.fullmatch(name) else sha


def _object(item: Item, key: str) -> Item:
    value = item.get(key)
    return value if isinstance(value, dict) else {}


_KINDS: tuple[tuple[Callable[[Item], bool], Callable[[Item], Item]], ...] = (
    (lambda item: item.get("object_kind") == "deployment", _gitlab_deployment),
    (lambda item: item.get("object_kind") == "release", _gitlab_release),
    (lambda item: bool(_object(item, "deployment_status")), _github_deployment),
    (lambda item: bool(_object(item, "release")) and bool(_object(item, "repository")), _github_release),
    (lambda item: "projects" in item and "version" in item, _sentry),
)
