"""The clock of a rival: starts at the first record, ends the process at the last."""

import json
import os
import resource
import sys
import time
from dataclasses import dataclass, field

__all__ = ["Meter", "arguments"]


def arguments() -> tuple[str, str, int]:
    """Brokers, topic and number of records, as every rival is called."""
    return sys.argv[1], sys.argv[2], int(sys.argv[3])


@dataclass(slots=True)
class Meter:
    """Counts records; what came with the very first call only starts the clock."""

    total: int
    seen: int = 0
    counted_from: int = 0
    begun: float = field(default=0.0)
    cpu: float = 0.0

    def count(self, records: int = 1) -> None:
        """So many more were handled. Ends the process once all are."""
        if not self.seen:
            self.begun, self.cpu, self.counted_from = time.perf_counter(), _cpu(), records
        self.seen += records
        if self.seen >= self.total:
            seconds, cpu = time.perf_counter() - self.begun, _cpu() - self.cpu
            told = {"records": self.seen - self.counted_from, "seconds": seconds, "cpu_seconds": cpu}
            os.write(1, json.dumps(told).encode() + b"\n")  # Faust turns whatever is printed into a log line
            os._exit(0)  # no rival's way of stopping is part of the comparison


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
