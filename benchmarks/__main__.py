"""`python -m benchmarks`: measure, then write docs/benchmarks.md and reports/bench.json."""

import argparse
import json
import logging
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.arena import open_arena
from benchmarks.machine import facts
from benchmarks.report import render
from benchmarks.suite import DISTINCT_GROUPS, NAMES, Plan, Suite

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Measure what was asked for. A partial or quick run prints its page and leaves the files alone."""
    options = _options()
    logging.basicConfig(level=logging.ERROR)
    plan = Plan.quick(options.groups) if options.quick else Plan(groups=options.groups)
    suite = Suite(plan, lambda text: print(text, file=sys.stderr, flush=True))
    suite.results |= {
        "machine": facts(),
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "load_before": os.getloadavg()[0],
    }
    with open_arena() as arena:
        for name in options.only or NAMES:
            suite.measure(name, arena)
    page = render(suite.results)
    if options.quick or options.only or options.groups != DISTINCT_GROUPS:
        print(page)
        return
    (ROOT / "reports").mkdir(exist_ok=True)
    (ROOT / "reports/bench.json").write_text(json.dumps(suite.results, indent=2) + "\n", encoding="utf-8")
    (ROOT / "docs/benchmarks.md").write_text(page, encoding="utf-8")
    print("docs/benchmarks.md and reports/bench.json are written")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="small, for trying: the figures mean little")
    parser.add_argument("--only", action="append", choices=NAMES, help="measure just this (may be repeated)")
    parser.add_argument(
        "--groups", type=int, default=DISTINCT_GROUPS, help="groups of distinct events; 0: each its own"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
