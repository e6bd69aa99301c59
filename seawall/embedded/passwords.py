"""Random passwords, made once and kept where only their owner can read them."""

import os
import secrets
from pathlib import Path

__all__ = ["password"]


def password(data: Path, name: str) -> str:
    """The password of that name in the data folder; made at the first call."""
    folder = data / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / name
    if file.exists():
        return file.read_text(encoding="ascii").strip()
    fresh = folder / f"{name}.new"
    fresh.unlink(missing_ok=True)
    value = secrets.token_urlsafe(24)  # letters, digits, - and _: needs no quoting in a URL
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w", encoding="ascii") as stream:
        stream.write(value)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(file)
    return value
