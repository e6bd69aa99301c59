"""Logs of bounded size, for processes that only know how to append."""

import shutil
from contextlib import suppress
from pathlib import Path

__all__ = ["last_line", "rotate"]

LIMIT = 20 * 1024 * 1024  # bytes
KEPT = 2


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


def last_line(log: Path, mark: int = 0) -> str:
    """The last line that says something, of what was written after the first `mark` bytes."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(min(mark, size), size - 4_000))
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        return ""
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")


def _numbered(log: Path, number: int) -> Path:
    return log.with_name(f"{log.name}.{number}")
