"""What the demo tells its programs, by the environment."""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterator

__all__ = [
    "BRANCH",
    "RELEASE",
    "SECONDS",
    "SERVERS",
    "STORM",
    "TOPIC",
    "over",
    "pace",
    "rng_for",
    "tell",
]

SERVERS = os.environ.get("SEAWALL_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
TOPIC = os.environ.get("SEAWALL_ERRORS_TOPIC", "errors")
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


def rng_for(program: str) -> random.Random:
    """The program's dice, the same in every run of a seed."""
    return random.Random(f"{program}/{os.environ.get('DEMO_SEED', '1')}")


def tell(produced: int) -> None:
    """Say how many records were sent: the last line of a program that sends by itself."""
    print(json.dumps({"produced": produced}), flush=True)
    sys.stdout.close()
