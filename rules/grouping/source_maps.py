"""Frames of minified JavaScript told as they were written, by the source maps of their release. Before masking.

A map is found by the debug id that an SDK sends of a file, else by release and the file's address; `~` in front of an
address stands for any scheme and host. https://docs.sentry.io/platforms/javascript/sourcemaps/
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from models import bounds
from models.source_map import MapKey
from rules.stacktraces.in_app import in_app

__all__ = ["CONTEXT_LINES", "MAX_KEYS", "Original", "SourceMap", "bare_url", "resolve", "wanted"]

Draft = dict[str, Any]
Frame = dict[str, Any]

MAX_KEYS = 200  # of one event: it has no more files than that
CONTEXT_LINES = 5  # of source before and after
_HEX_ID = 32
_ANONYMOUS = frozenset({"", "<anonymous>", "<unknown>"})


class Original(NamedTuple):
    """A place in the source as it was written. Lines count from 1."""

    file: str | None
    line: int
    column: int
    function: str | None
    before: list[str]
    source: str | None
    after: list[str]


class SourceMap(Protocol):
    """A file's map."""

    def lookup(self, line: int, column: int) -> Original | None:
        """Where a place of the minified file came from; both count from 1."""


def wanted(drafts: Iterable[Draft]) -> set[MapKey]:
    """What maps may be of use for some drafts; nothing where none has a minified frame."""
    return {key for draft in drafts for _, _, keys in _minified(draft) for key in keys}


def resolve(draft: Draft, maps: Mapping[MapKey, SourceMap | None]) -> int:
    """Tell frames as they were written, in place; where they lay goes to `extra.minified_frames`.

    Args:
        draft: bounded, not yet masked.
        maps: by what `wanted` asks for; None, or absent: there is none.

    Returns:
        How many frames were told.
    """
    told: dict[str, str] = {}
    for path, frame, keys in _minified(draft):
        found = next((known for key in keys if (known := maps.get(key)) is not None), None)
        original = found.lookup(frame["line"], frame["column"]) if found is not None else None
        if original is None or not original.file:
            continue
        place = f"{frame.get('abs_path') or frame.get('file')}:{frame['line']}:{frame['column']}"
        told[path] = f"{frame.get('function') or '?'} ({place})"[: bounds.MAX_VALUE]
        _tell(frame, original)
    if told and len(extra := draft.setdefault("extra", {})) < bounds.MAX_KEYS:
        extra["minified_frames"] = told
    return len(told)


def bare_url(url: str) -> str:
    """An address without what does not name the file."""
    return url.partition("?")[0].partition("#")[0]


def _minified(draft: Draft) -> Iterator[tuple[str, Frame, list[MapKey]]]:
    """The frames that a map may tell more of, with where they are, and what their maps may be found by."""
    if draft.get("language") != "javascript":
        return
    ids: dict[str, str] | None = None
    known: dict[str, list[MapKey]] = {}
    for index, exception in enumerate(draft.get("exception") or ()):
        for at, frame in enumerate(exception.get("frames") or ()):
            url = frame.get("abs_path") or frame.get("file")
            if not url or not frame.get("line") or not frame.get("column") or url.startswith(("node:", "<")):
                continue
            if url not in known:
                if len(known) >= MAX_KEYS:
                    return
                ids = _debug_ids(draft) if ids is None else ids
                known[url] = list(_keys(draft, bare_url(url), ids.get(bare_url(url))))
            if known[url]:
                yield f"{index}.{at}", frame, known[url]


def _keys(draft: Draft, url: str, debug_id: str | None) -> Iterator[MapKey]:
    if debug_id:
        yield MapKey(debug_id=debug_id)
    release = draft.get("release")
    if not release:
        return
    service = draft.get("service") or ""
    dist = (draft.get("tags") or {}).get("dist") or ""
    parts = urlsplit(url) if "://" in url else None
    urls = [url, f"~{parts.path}"] if parts is not None else [url]
    for one in dict.fromkeys((service, "")):
        for two in dict.fromkeys((dist, "")):
            for address in urls:
                yield MapKey(service=one, release=release, dist=two, url=address)


def _debug_ids(draft: Draft) -> dict[str, str]:
    """Address -> debug id, of the files that the event's SDK tells of."""
    meta = (draft.get("extra") or {}).get("debug_meta")
    images = meta.get("images") if isinstance(meta, dict) else None
    ids: dict[str, str] = {}
    for image in images[:MAX_KEYS] if isinstance(images, list) else ():
        if not isinstance(image, dict) or image.get("type") != "sourcemap":
            continue
        file, debug_id = image.get("code_file"), image.get("debug_id")
        if isinstance(file, str) and isinstance(debug_id, str):
            plain = debug_id.replace("-", "").lower()
            if len(plain) == _HEX_ID and plain.isalnum():
                ids[bare_url(file)] = plain
    return ids


def _tell(frame: Frame, original: Original) -> None:
    file = _file(original.file or "")
    frame["file"] = file[: bounds.MAX_LINE]
    frame["line"], frame["column"] = original.line, original.column
    for name in ("abs_path", "module"):  # they were of the minified file
        frame.pop(name, None)
    if original.function and original.function not in _ANONYMOUS:
        frame["function"] = original.function[: bounds.MAX_NAME]
    else:
        frame.pop("function", None)
    if original.source is not None:
        frame["context"] = {
            "before": [line[: bounds.MAX_LINE] for line in original.before[-bounds.MAX_CONTEXT_LINES :]],
            "line": original.source[: bounds.MAX_LINE],
            "after": [line[: bounds.MAX_LINE] for line in original.after[: bounds.MAX_CONTEXT_LINES]],
        }
    if in_app(frame, "javascript") is False or file.startswith(("webpack/", "(webpack)")):
        frame["in_app"] = False


def _file(file: str) -> str:
    """A source's path without what a bundler puts in front of it."""
    if file.startswith("webpack://"):
        file = file.removeprefix("webpack://").partition("/")[2]
    while file.startswith(("./", "../")):
        file = file.partition("/")[2]
    return file
