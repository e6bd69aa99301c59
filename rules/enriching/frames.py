"""The files of an event's frames, as paths that patterns of owners are about."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

__all__ = ["MAX_PATHS", "own_frames", "paths_of", "relative"]

MAX_PATHS = 20  # of one event that are looked at

Frame = Mapping[str, Any]


def own_frames(draft: Mapping[str, Any]) -> Sequence[Frame]:
    """The frames of the service's own code, that which raised first; where none is marked, all that may be."""
    own: list[Frame] = []
    others: list[Frame] = []
    for one in reversed(draft.get("exception") or ()):
        for frame in reversed(one.get("frames") or ()):
            judged = frame.get("in_app")
            if judged:
                own.append(frame)
            elif judged is None:
                others.append(frame)
    return own or others


def paths_of(frames: Sequence[Frame], strip: tuple[str, ...] = (), prefix: str = "") -> Iterator[str]:
    """The files of frames, as paths in a repository, in the frames' order; at most MAX_PATHS.

    Args:
        frames: see `own_frames`.
        strip: what is taken off the beginning of a path, the longest first.
        prefix: what is put before it then.
    """
    for frame in frames[:MAX_PATHS]:
        path = relative(frame.get("abs_path"), frame.get("file"), frame.get("module"), strip)
        if path:
            yield prefix + path


@lru_cache(maxsize=8_192)  # the same frames come again and again
def relative(abs_path: str | None, file: str | None, module: str | None, strip: tuple[str, ...] = ()) -> str:
    """A frame's file, without what stands before the repository's own folders; empty where none is known."""
    for given in (abs_path, file):
        path = _plain(given)
        for start in strip:
            if path.startswith(start):
                return path[len(start) :].lstrip("/")
    return _of_module(file or "", module or "") or _plain(file or abs_path).lstrip("/")


def _plain(path: str | None) -> str:
    """With slashes, and without the scheme and host of a URL or `./`."""
    if not path:
        return ""
    plain = path.replace("\\", "/").partition("?")[0]
    _, scheme, rest = plain.partition("://")
    if scheme:
        plain = rest if rest.startswith("/") else "/" + rest.partition("/")[2]
    return plain.removeprefix("./")


def _of_module(file: str, module: str) -> str:
    """`com/acme/pay/Card.java`, where Java's frames have `com.acme.pay.Card` and `Card.java`."""
    if "/" in file or "\\" in file or "." not in module or not file.endswith((".java", ".kt", ".scala", ".groovy")):
        return ""
    return f"{module.rpartition('.')[0].replace('.', '/')}/{file}"
