"""Logs of bounded size, for processes that only know how to append."""

import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = ["last_words", "rotate"]

LIMIT = 20 * 1024 * 1024  # bytes
KEPT = 2
TAIL = 64 * 1024  # bytes: a traceback in one JSON line has up to 20,000
LENGTH = 300  # characters


def rotate(log: Path, limit: int = LIMIT, kept: int = KEPT) -> bool:
    """Move what a log holds into `<log>.1` once it is over the limit, the one before into `.2`, and so on.

    The file itself stays: processes hold it open. What they write between copy and truncation is lost; they append,
    so nothing else is.
    """
    try:
        if log.stat().st_size <= limit:
            return False
    except OSError:
        return False
    for number in range(kept, 1, -1):
        with suppress(FileNotFoundError):
            _numbered(log, number - 1).replace(_numbered(log, number))
    try:
        shutil.copyfile(log, _numbered(log, 1))
    except OSError:  # a full disk: what is old goes
        _numbered(log, 1).unlink(missing_ok=True)
    with log.open("r+b") as file:
        file.truncate(0)
    return True


def last_words(log: Path, mark: int = 0) -> str:
    """Why a program ended, in one line for a person, of what it wrote after the first `mark` bytes.

    Its last line; or, where that is a JSON log line, the last one that names a problem.
    """
    try:
        with log.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(min(mark, size), size - TAIL))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    lines = [line.strip() for line in reversed(text.split("\n")) if line.strip()]
    if not lines:
        return ""
    logged = [entry for line in lines if (entry := _entry(line))]
    if not _entry(lines[0]):
        return lines[0][:LENGTH]
    entry = next((entry for entry in logged if entry.get("problem")), logged[0])
    return ": ".join(str(entry[key]) for key in ("event", "problem") if entry.get(key))[:LENGTH]


def _entry(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and "event" in entry else None


def _numbered(log: Path, number: int) -> Path:
    return log.with_name(f"{log.name}.{number}")
