"""A background worker: its jobs fail with chains of exceptions."""

import logging

from kafka_handler import KafkaHandler
from setting import BRANCH, RELEASE, SERVERS, TOPIC, pace, rng_for, tell

STOCK = {"anchor": 3, "lamp": 0}


class StockError(Exception):
    """The stock could not be changed."""


def reserve(item: str, count: int) -> None:
    """Take items off the stock."""
    try:
        STOCK[item] -= count
    except KeyError as missing:
        raise StockError(f"cannot reserve {count} of {item}") from missing


def restock(text: str) -> None:
    """Read a delivery note."""
    try:
        int(text)
    except ValueError:
        release_lock("delivery-note")


def release_lock(name: str) -> None:
    """Fails while another failure is handled."""
    raise RuntimeError(f"lock {name} is not ours")


def reprice() -> None:
    """Several at once."""
    raise ExceptionGroup("repricing failed", [ValueError("anchor: no price"), TimeoutError("lamp: no answer")])


def main() -> None:
    """Work until the jobs are done."""
    rng = rng_for("worker_job")
    handler = KafkaHandler(
        SERVERS, TOPIC, service=f"stock-{BRANCH}", environment="production", release=f"stock@{RELEASE}"
    )
    log = logging.getLogger("stock.jobs")
    log.addHandler(handler)
    jobs = [
        lambda: reserve("compass", rng.randrange(1, 9)),
        lambda: restock(f"note {rng.randrange(1000)}"),
        reprice,
    ]
    for number in pace(12):
        try:
            jobs[number % len(jobs)]()
        except Exception:
            log.exception("job %s failed", number)
    handler.close()
    tell(handler.sent)


main()
