"""A service that knows nothing of Kafka: it logs JSON lines to its standard output, and something else ships them."""

import json
import logging
import sys
from datetime import UTC, datetime

from setting import BRANCH, RELEASE, pace, rng_for


class JsonFormatter(logging.Formatter):
    """One line of JSON a record, in the names that such formatters use."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = {
            "@timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger_name": record.name,
            "message": record.getMessage(),
            "service": f"invoices-{BRANCH}",
            "environment": "production",
            "version": f"invoices@{RELEASE}",
            "customer": getattr(record, "customer", None),
        }
        if record.exc_info:
            line["stack_trace"] = self.formatException(record.exc_info)
        return json.dumps(line)


def invoice(lines: list[dict[str, float]]) -> float:
    """The sum of an invoice."""
    return sum(line["price"] * line["count"] for line in lines)


def main() -> None:
    """Write invoices, log what happens."""
    rng = rng_for("json_logger")
    shipped = logging.StreamHandler(sys.stdout)
    shipped.setFormatter(JsonFormatter())
    log = logging.getLogger("invoices")
    log.addHandler(shipped)
    log.setLevel(logging.INFO)
    for number in pace(24):
        customer = {"customer": f"c-{rng.randrange(50)}"}
        match number % 4:
            case 0:
                log.info("invoice %s written in %.1f ms", rng.randrange(10**6), rng.random() * 50, extra=customer)
            case 1:
                log.warning("invoice %s is due for %s days", rng.randrange(10**6), rng.randrange(30), extra=customer)
            case 2:
                try:
                    invoice([{"price": 12.5}])
                except KeyError:
                    log.exception("invoice %s failed", rng.randrange(10**6), extra=customer)
            case _:
                log.error("mail server %s refused invoice %s", "10.0.0.25", rng.randrange(10**6), extra=customer)


main()
