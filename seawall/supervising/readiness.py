"""Asking the children whether they are ready."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence

from seawall.embedded.ports import LOOPBACK
from seawall.supervising.child import ChildState

__all__ = ["not_ready"]

PAGES = {"desk": "/"}
SECONDS = 2.0


def not_ready(children: Callable[[], Sequence[ChildState]], seconds: float) -> list[str]:
    """Wait until every child is ready, and name those that are not after so many seconds."""
    deadline = time.monotonic() + seconds
    while (waiting := [child.name for child in children() if not _answers(child)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    return waiting


def _answers(child: ChildState) -> bool:
    if child.pid is None or child.metrics_port is None:
        return child.pid is not None
    url = f"http://{LOOPBACK}:{child.metrics_port}{PAGES.get(child.role, '/readyz')}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback is never behind a proxy
    try:
        with opener.open(url, timeout=SECONDS) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004 -- HTTP's "OK"
    except (OSError, urllib.error.HTTPError):
        return False
