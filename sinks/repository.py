"""Suspect commits: who changed, in a clone of a service's repository, what an error's frames point at."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from models.release import MAX_RELEASE, MAX_SUBJECT
from models.suspect import How, Suspect
from sinks.git import GitError, run_git

__all__ = ["NotFetchedError", "suspect"]

MAX_FRAMES = 4  # that are looked at: each asks git once
MAX_PATHS = 12  # that one frame's file may have in the repository
MAX_LINE = 1_000_000
MAX_SEGMENTS = 40
_NAME = re.compile(r"[0-9A-Za-z][\w.+/@-]{0,199}", re.ASCII)  # of a revision; no `..`, `^`, `:` or `@{`
_COMMIT = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_FORMAT = "--format=%H%x1f%aN%x1f%at%x1f%s"

Frame = Mapping[str, Any]


class NotFetchedError(GitError):
    """The commit that runs is not in the clone yet: it may be once somebody fetches."""


class _Place(NamedTuple):
    file: str
    line: int


class _Commit(NamedTuple):
    id: str
    author: str
    at: float
    subject: str


async def suspect(
    clone: Path, folder: str, frames: Sequence[Frame], release: str | None, previous: str | None
) -> Suspect | None:
    """The commit that changed what the frames point at: in the release if there is one, else before.

    Args:
        clone: a clone of the service's repository, bare or not. Nothing is fetched.
        folder: the service's folder in it; empty: all of it.
        frames: with `file` and `line`, that which raised first; see `rules.enriching.frames.own_frames`.
        release: the commit or tag that runs; a name that is not in the clone: what is checked out.
        previous: the release before, likewise; without it every commit counts as earlier.

    Raises:
        NotFetchedError: the release is a whole commit's id and not in the clone: lines are not guessed by another one.
        GitError: the clone cannot be read.
    """
    head = await _head(clone, release)
    since = await _revision(clone, previous)
    places = await _places(clone, head, folder, frames)
    blamed = [(place, commit) for place in places if (commit := await _blame(clone, head, place))]
    if since is not None and since != head:
        new = await _changes(clone, since, head, [place.file for place in places])
        ids = {commit.id for commit, _ in new}
        for place, commit in blamed:
            if commit.id in ids:
                return _made("line", place, commit)
        for place in places:
            for commit, files in new:
                if place.file in files:
                    return _made("file", place, commit)
    return _made("before", *blamed[0]) if blamed else None


def _made(how: How, place: _Place, commit: _Commit) -> Suspect:
    return Suspect(
        how=how,
        commit=commit.id,
        subject=commit.subject[:MAX_SUBJECT],
        author=commit.author[:MAX_RELEASE],
        at=commit.at,
        file=place.file,
        line=place.line,
    )


async def _head(clone: Path, release: str | None) -> str:
    if (found := await _revision(clone, release)) is not None:
        return found
    here = await _revision(clone, "HEAD")
    if here is None:
        raise GitError("the clone has no commits, or is none")
    if release and _COMMIT.fullmatch(release.encode(errors="replace")):
        raise NotFetchedError(f"commit {release[:12]} is not in the clone")
    return here


async def _revision(clone: Path, name: str | None) -> str | None:
    """The commit of a release: by its name, by what stands after its `@`, or by that as `v…`."""
    if not name:
        return None
    version = name.rpartition("@")[2]
    for one in dict.fromkeys((name, version, f"v{version}")):
        if not _NAME.fullmatch(one) or ".." in one:
            continue
        try:
            found = await run_git(clone, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{one}^{{commit}}")
        except GitError:
            continue
        if _COMMIT.fullmatch(found.strip()):
            return found.strip().decode()
    return None


async def _places(clone: Path, head: str, folder: str, frames: Sequence[Frame]) -> list[_Place]:
    """The files and lines of the frames that there are in the repository."""
    wanted: list[tuple[list[str], int]] = []
    for frame in frames:
        file, line = frame.get("abs_path") or frame.get("file"), frame.get("line")
        if isinstance(file, str) and isinstance(line, int) and 0 < line <= MAX_LINE:
            wanted.append((list(_candidates(file, folder)), line))
        if len(wanted) == MAX_FRAMES:
            break
    paths = sorted({path for candidates, _ in wanted for path in candidates})
    if not paths:
        return []
    said = await run_git(clone, "ls-tree", "-z", "--name-only", "--full-tree", head, "--", *paths)
    there = set(said.decode(errors="surrogateescape").split("\0"))
    found = ((next((path for path in candidates if path in there), None), line) for candidates, line in wanted)
    return list(dict.fromkeys(_Place(path, line) for path, line in found if path is not None))


def _candidates(file: str, folder: str) -> Iterator[str]:
    """Where a frame's file may lie in the repository: less and less of its path, the folder before it first."""
    segments = [one for one in file.replace("\\", "/").rpartition("://")[2].split("/") if one and one != "."]
    if not segments or len(segments) > MAX_SEGMENTS or ".." in segments or "\0" in file:
        return
    prefix = folder.strip("/") + "/" if folder.strip("/") else ""
    for start in range(max(len(segments) - MAX_PATHS, 0), len(segments)):
        yield prefix + "/".join(segments[start:])


async def _blame(clone: Path, head: str, place: _Place) -> _Commit | None:
    """Who last changed a line; None where the file has no such line."""
    try:
        said = await run_git(
            clone,
            "blame",
            "--porcelain",
            "--no-textconv",
            "-w",
            "-L",
            f"{place.line},{place.line}",
            head,
            "--",
            place.file,
        )
    except GitError:
        return None
    first, *lines = said.decode(errors="replace").splitlines()
    fields = dict(line.partition(" ")[::2] for line in lines if not line.startswith("\t"))
    at = fields.get("author-time", "")
    return _Commit(
        first.partition(" ")[0],
        fields.get("author", ""),
        float(at) if at.isascii() and at.isdigit() else 0.0,
        fields.get("summary", ""),
    )


async def _changes(clone: Path, since: str, head: str, files: Sequence[str]) -> list[tuple[_Commit, frozenset[str]]]:
    """The commits from one release to the next that changed some of the files, the newest first, each with these."""
    if not files:
        return []
    said = await run_git(
        clone, "log", "-z", "--name-only", "--no-renames", "--no-textconv", "--no-ext-diff", "--max-count=200",
        _FORMAT, head, f"^{since}", "--", *sorted(set(files)),
    )  # fmt: skip
    made: list[tuple[_Commit, set[str]]] = []
    for part in said.decode(errors="surrogateescape").split("\0"):
        pieces = part.split("\x1f", 3)
        if len(pieces) == len(_Commit._fields):
            commit, author, at, subject = pieces
            made.append((_Commit(commit, author, float(at), subject), set()))
        elif part and made:
            made[-1][1].add(part.lstrip("\n"))
    return [(commit, frozenset(changed)) for commit, changed in made]
