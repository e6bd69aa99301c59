"""Source maps found among files: which are maps, of which file each is, and its debug id."""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from seawall.errors import SeawallError

__all__ = ["FoundMap", "find_maps", "uploaded_url"]

_SCRIPTS = (".js", ".mjs", ".cjs", ".bundle", ".jsbundle")
_MAPPED = re.compile(rb"//[#@] ?sourceMappingURL=(\S+)\s*$")
_DEBUG_ID = re.compile(rb"//# debugId=([0-9a-fA-F-]{32,36})")
_TAIL = 1_000  # bytes at a file's end where these stand
_INLINE = b"data:application/json"
_HEX_ID = 32


@dataclass(frozen=True, slots=True)
class FoundMap:
    """A minified file with its map."""

    path: Path  # of the minified file, or of the map where that is alone
    relative: str  # from the folder that was named
    minified: bytes | None
    source_map: bytes
    debug_id: str  # 32 hex characters; "": none


def find_maps(paths: list[Path]) -> Iterator[FoundMap]:
    """The maps in files and folders, in the order of their names.

    Raises:
        SeawallError: a path is not there, or a file that was named has no map.
    """
    for path in paths:
        if path.is_dir():
            yield from _in_folder(path)
        elif path.exists():
            found = _of_map(path, path.name) if path.suffix == ".map" else _of_script(path, path.name)
            if found is None:
                raise SeawallError(f"{path} has no source map: neither beside it nor in it")
            yield found
        else:
            raise SeawallError(f"{path}: no such file or folder")


def uploaded_url(found: FoundMap, prefix: str) -> str:
    """The address under which a file is found: the prefix and its path within the folder."""
    return f"{prefix.rstrip('/')}/{found.relative}"


def _in_folder(folder: Path) -> Iterator[FoundMap]:
    seen: set[Path] = set()
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files:
        if path.name.endswith(_SCRIPTS):
            found = _of_script(path, path.relative_to(folder).as_posix(), seen)
            if found is not None:
                yield found
    for path in files:
        if path.suffix == ".map" and path not in seen and path.name.removesuffix(".map").endswith(_SCRIPTS):
            found = _of_map(path, path.relative_to(folder).as_posix())
            if found is not None:
                yield found


def _of_script(path: Path, relative: str, seen: set[Path] | None = None) -> FoundMap | None:
    minified = path.read_bytes()
    tail = minified[-_TAIL:]
    beside = _map_beside(path, tail)
    if beside is not None:
        if seen is not None:
            seen.add(beside)
        source_map = beside.read_bytes()
    else:
        inline = _inline(minified)
        if inline is None:
            return None
        source_map = inline
    content = _json(source_map)
    if content is None:
        return None
    told = _DEBUG_ID.search(tail)
    return FoundMap(path, relative, minified, source_map, _plain(told[1].decode()) if told else _id_in(content))


def _of_map(path: Path, relative: str) -> FoundMap | None:
    """A map by itself: its file may have been left out, or is named in it."""
    script = path.with_suffix("")
    source_map = path.read_bytes()
    content = _json(source_map)
    if content is None:
        return None
    minified = script.read_bytes() if script.is_file() else None
    return FoundMap(path, relative.removesuffix(".map"), minified, source_map, _id_in(content))


def _map_beside(path: Path, tail: bytes) -> Path | None:
    named = _MAPPED.search(tail)
    if named and not named[1].startswith(_INLINE):
        name = named[1].decode(errors="replace").partition("?")[0].rsplit("/", 1)[-1]
        if (path.parent / name).is_file():
            return path.parent / name
    beside = path.with_name(f"{path.name}.map")
    return beside if beside.is_file() else None


def _inline(minified: bytes) -> bytes | None:
    at = minified.rfind(b"sourceMappingURL=" + _INLINE)
    if at < 0:
        return None
    _, _, data = minified[at:].partition(b"base64,")
    try:
        return base64.b64decode(data.strip(), validate=True)
    except binascii.Error:
        return None


def _json(source_map: bytes) -> dict[str, Any] | None:
    try:
        content = orjson.loads(source_map.removeprefix(b")]}'\n"))
    except orjson.JSONDecodeError:
        return None
    return content if isinstance(content, dict) and ("mappings" in content or "sections" in content) else None


def _id_in(content: dict[str, Any]) -> str:
    given = content.get("debug_id") or content.get("debugId")
    return _plain(given) if isinstance(given, str) else ""


def _plain(debug_id: str) -> str:
    plain = debug_id.replace("-", "").lower()
    return plain if len(plain) == _HEX_ID and plain.isalnum() else ""
