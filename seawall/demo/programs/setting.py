"""What the demo tells its programs, by the environment."""

import json
import os
import random
import signal
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

__all__ = [
    "BRANCH",
    "DSN",
    "DSN_KEY",
    "GATEWAY",
    "RELEASE",
    "SECONDS",
    "SERVERS",
    "STORM",
    "TOPIC",
    "await_gateway",
    "over",
    "pace",
    "rng_for",
    "tell",
]

SERVERS = os.environ.get("SEAWALL_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
TOPIC = os.environ.get("SEAWALL_ERRORS_TOPIC", "errors")
DSN = os.environ.get("SEAWALL_DSN", "")
DSN_KEY = urlsplit(DSN).username or ""
GATEWAY = os.environ.get("SEAWALL_GATEWAY_URL", "http://127.0.0.1:8090")
BRANCH = os.environ.get("DEMO_BRANCH", "harbour")  # the shop's branch: every run opens a new one
RELEASE = os.environ.get("DEMO_RELEASE", "2025.11")
SECONDS = float(os.environ.get("DEMO_SECONDS", "10"))  # to spread the crashes over
STORM = int(os.environ.get("DEMO_STORM", "0"))  # how often the one error comes that comes in a storm

_over = False


def _stop(*_: object) -> None:
    global _over  # noqa: PLW0603 -- a signal handler has no other way to say so
    _over = True


signal.signal(signal.SIGTERM, _stop)
signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the demo's own business: it tells us by SIGTERM


def over() -> bool:
    """Whether we were told to stop."""
    return _over


def pace(crashes: int, seconds: float = SECONDS) -> Iterator[int]:
    """Numbers from 0, spread over the time; fewer where we are told to stop."""
    begun = time.monotonic()
    for number in range(crashes):
        while time.monotonic() < begun + number * seconds / crashes:
            if _over:
                return
            time.sleep(0.02)
        if _over:
            return
        yield number


def await_gateway(seconds: float = 30) -> None:
    """Wait until the gateway takes errors, which starts when we do."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not _over:
        with suppress(OSError), urllib.request.urlopen(f"{GATEWAY}/health", timeout=2):
            return
        time.sleep(0.1)


def rng_for(program: str) -> random.Random:
    """The program's dice, the same in every run of a seed."""
    return random.Random(f"{program}/{os.environ.get('DEMO_SEED', '1')}")


def tell(produced: int) -> None:
    """Say how many records were sent: the last line of a program that sends by itself."""
    print(json.dumps({"produced": produced}), flush=True)
    sys.stdout.close()
