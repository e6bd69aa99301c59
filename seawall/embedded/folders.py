"""Where things lie: the data folder of one stack, and the user's cache that all stacks share."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["locked", "make_data_folder", "shared_cache"]


def make_data_folder(data: Path) -> Path:
    """The absolute path of the data folder, made where it is missing; what is secret in it has modes of its own."""
    data = data.expanduser().absolute()
    # PostgreSQL does not run as root: whom it runs as must be able to pass through.
    data.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    (data / "logs").mkdir(mode=0o700, exist_ok=True)
    return data


def shared_cache() -> Path | None:
    """The user's cache folder for Seawall, or None where there is no home to keep it in. It may not exist yet."""
    base = os.environ.get("XDG_CACHE_HOME") or ""
    if not os.path.isabs(base):  # noqa: PTH117 -- the specification: relative values are to be ignored
        try:
            base = str(Path.home() / ".cache")
        except RuntimeError:
            return None
    return Path(base) / "seawall"


@contextmanager
def locked(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold a folder against other processes of ours; waits for them, or raises BlockingIOError."""
    descriptor = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)
