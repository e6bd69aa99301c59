"""Which release runs: what the platform or the build says of it, else the commit that is checked out.

`.git` is read, git is not run: https://git-scm.com/docs/gitrepository-layout
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

__all__ = ["commit_of", "release_of"]

# What platforms and build systems call a release or its commit; the first one that is set counts.
_RELEASES = (
    "HEROKU_RELEASE_VERSION",  # https://devcenter.heroku.com/articles/dyno-metadata
    "K_REVISION",  # https://cloud.google.com/run/docs/container-contract
    "GAE_VERSION",  # https://cloud.google.com/appengine/docs/standard/python3/runtime
    "FLY_MACHINE_VERSION",  # https://fly.io/docs/machines/runtime-environment/
    "AWS_LAMBDA_FUNCTION_VERSION",  # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
)
_COMMITS = (
    "GIT_COMMIT",
    "GIT_SHA",
    "COMMIT_SHA",
    "HEROKU_SLUG_COMMIT",
    "HEROKU_BUILD_COMMIT",
    "SOURCE_VERSION",
    "RENDER_GIT_COMMIT",  # https://render.com/docs/environment-variables
    "RAILWAY_GIT_COMMIT_SHA",  # https://docs.railway.com/reference/variables
    "VERCEL_GIT_COMMIT_SHA",  # https://vercel.com/docs/environment-variables/system-environment-variables
    "KOYEB_GIT_SHA",
    "GITHUB_SHA",
    "CI_COMMIT_SHA",
    "CIRCLE_SHA1",
    "BITBUCKET_COMMIT",
    "CODEBUILD_RESOLVED_SOURCE_VERSION",
    "BUILD_SOURCEVERSION",  # Azure Pipelines
)
_NOT_RELEASED = frozenset({"", "$LATEST", "unknown"})
_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_MAX_REFS = 4_000_000  # bytes of packed-refs that are looked through
_MAX_REF = 4_096


def release_of(given: str | None, environment: Mapping[str, str], commit: str | None) -> str | None:
    """The release: as given, from the environment, or the commit."""
    named = (environment.get(name, "").strip() for name in ("SEAWALL_RELEASE", *_RELEASES))
    return next((one for one in (given, *named) if one and one not in _NOT_RELEASED), commit)


def commit_of(environment: Mapping[str, str], folder: str | Path) -> str | None:
    """The commit: from the environment, or of the working copy that the folder is in."""
    for name in _COMMITS:
        value = environment.get(name, "").strip()
        if value not in _NOT_RELEASED:
            return value
    try:
        return _checked_out(Path(folder).resolve())
    except (OSError, ValueError):
        return None


def _checked_out(folder: Path) -> str | None:
    for parent in (folder, *folder.parents):
        git = parent / ".git"
        if git.is_file():  # a worktree or a submodule: `gitdir: …`
            git = parent / _read(git).partition(":")[2].strip()
        if (git / "HEAD").is_file():
            return _head(git)
    return None


def _head(git: Path) -> str | None:
    head = _read(git / "HEAD").strip()
    if not head.startswith("ref:"):
        return head if _HASH.fullmatch(head) else None
    ref = head.partition(":")[2].strip()
    if ".." in ref or ref.startswith("/"):
        return None
    common = git / "commondir"  # the refs of a worktree lie with the others
    folders = [git, git / _read(common).strip()] if common.is_file() else [git]
    for place in folders:
        if (place / ref).is_file():
            found = _read(place / ref).strip()
            return found if _HASH.fullmatch(found) else None
    for place in folders:
        if (place / "packed-refs").is_file():
            return _packed(place / "packed-refs", ref)
    return None


def _packed(file: Path, ref: str) -> str | None:
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines.read(_MAX_REFS).splitlines():
            name, _, found = line.partition(" ")
            if found == ref and _HASH.fullmatch(name):
                return name
    return None


def _read(file: Path) -> str:
    with file.open(encoding="utf-8", errors="replace") as stream:
        return stream.read(_MAX_REF)
