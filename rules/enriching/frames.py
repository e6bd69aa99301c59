"""The files of an event's frames, as paths that patterns of owners are about."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

__all__ = ["MAX_PATHS", "own_frames", "paths_of", "relative"]

MAX_PATHS = 20  # of one event that are looked at

Frame = Mapping[str, Any]


def own_frames(draft: Mapping[str, Any]) -> Iterator[Frame]:
    """The frames of the service's own code, that which raised first; where none is marked, all that may be."""
    chain = draft.get("exception") or ()
    frames = [frame for one in reversed(chain) for frame in reversed(one.get("frames") or ())]
    own = [frame for frame in frames if frame.get("in_app")]
    yield from own or (frame for frame in frames if frame.get("in_app") is None)


def paths_of(draft: Mapping[str, Any], strip: Sequence[str] = (), prefix: str = "") -> list[str]:
    """The files of the frames, as paths in a repository; the innermost first, each once.

    Args:
        draft: the event.
        strip: what is taken off the beginning of a path, the longest first.
        prefix: what is put before it then.
    """
    found = (relative(frame, strip) for frame in own_frames(draft))
    return list(islice(dict.fromkeys(f"{prefix}{path}" for path in found if path), MAX_PATHS))


def relative(frame: Frame, strip: Sequence[str] = ()) -> str:
    """A frame's file, without what stands before the repository's own folders; empty where none is known."""
    for given in (frame.get("abs_path"), frame.get("file")):
        path = _plain(given)
        for start in strip:
            if path.startswith(start):
                return path[len(start) :].lstrip("/")
    return _of_module(frame) or _plain(frame.get("file") or frame.get("abs_path")).lstrip("/")


def _plain(path: str | None) -> str:
    """With slashes, and without the scheme and host of a URL or `./`."""
    if not path:
        return ""
    plain = path.replace("\\", "/").partition("?")[0]
    _, scheme, rest = plain.partition("://")
    if scheme:
        plain = rest if rest.startswith("/") else "/" + rest.partition("/")[2]
    return plain.removeprefix("./")


def _of_module(frame: Frame) -> str:
    """`com/acme/pay/Card.java`, where Java's frames have `com.acme.pay.Card` and `Card.java`."""
    file, module = frame.get("file") or "", frame.get("module") or ""
    if "/" in file or "\\" in file or "." not in module or not file.endswith((".java", ".kt", ".scala", ".groovy")):
        return ""
    return f"{module.rpartition('.')[0].replace('.', '/')}/{file}"
