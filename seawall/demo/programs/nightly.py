"""A nightly report that fails as scripts do: with a traceback on standard error."""

import csv
import io

SALES = "item,sold\nanchor,3\nrope,many\n"


def total(text: str) -> int:
    """Items sold."""
    return sum(int(row["sold"]) for row in csv.DictReader(io.StringIO(text)))


def report() -> None:
    """Write the report."""
    print(total(SALES))


report()
