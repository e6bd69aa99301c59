"""`python -m tests.fuzz.run`: mutate real records, guided by what code they reach, and see that reading them holds.

No exception may escape, what is made is bounded, and no input takes long. The inputs that reached new code are kept under
reports/fuzz/ and are where the next run begins; they are timed afterwards without the instruments that guide it.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

from tests.fuzz.target import try_record

ROOT = Path(__file__).resolve().parent.parent.parent
CORPUS = ROOT / "reports/fuzz/corpus"
RECORDS = ROOT / "tests/fixtures/records"
LONGEST_INPUT = 16_384  # bytes
LIMIT_MS = 50.0


def main() -> int:
    """Fuzz, then time; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.run", description=main.__doc__)
    parser.add_argument("--seconds", type=int, default=300, help="how long to look for new inputs")
    seconds = parser.parse_args().seconds
    seeds = _seeds()
    CORPUS.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.fuzz.guided", CORPUS, seeds, f"-max_total_time={seconds}"]
    command += [f"-max_len={LONGEST_INPUT}", "-timeout=20", "-rss_limit_mb=4096", f"-artifact_prefix={CORPUS.parent}/"]
    code = subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode
    slow = _slow()
    print(f"{len(list(CORPUS.iterdir())):,} inputs kept; slower than {LIMIT_MS:.0f} ms: {len(slow)}")
    for took, path in slow:
        print(f"  {took:.0f} ms  {path.relative_to(ROOT)}")
    return 1 if code or slow else 0


def _seeds() -> Path:
    """All records of the tests in one folder, as libFuzzer wants them."""
    folder = CORPUS.parent / "seeds"
    folder.mkdir(parents=True, exist_ok=True)
    for path in RECORDS.rglob("*.*"):
        (folder / f"{path.parent.name}-{path.name}").write_bytes(path.read_bytes())
    return folder


def _slow() -> list[tuple[float, Path]]:
    """Inputs over the limit in each of three attempts, the slowest first, with their CPU time in milliseconds."""
    found = []
    for path in CORPUS.iterdir():
        value = path.read_bytes()
        took = min(_cpu_ms(value) for _ in range(3))
        if took > LIMIT_MS:
            found.append((took, path))
    return sorted(found, reverse=True)


def _cpu_ms(value: bytes) -> float:
    begun = time.process_time()
    try_record(value)
    return (time.process_time() - begun) * 1000


if __name__ == "__main__":
    sys.exit(main())
