"""What of docs/producers.md is made from the senders that were run: their set-ups, and the table of what they did."""

import json
import re
from pathlib import Path
from typing import Any

from seawall.docs.setups import with_setups

__all__ = ["producers_page"]

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "producers.md"
RESULTS = ROOT / "tests" / "senders" / "results.json"
BEGIN, END = (
    "<!-- Made from tests/senders/results.json by `python -m seawall.docs`. -->",
    "<!-- End of what is made. -->",
)
FACTS = ("type", "message", "frame", "in_app", "release", "environment", "user", "trace")
NOT_TOLD = "–"  # noqa: RUF001 -- a dash, on purpose


def producers_page() -> str:
    """The page with its set-ups and its table as files and results are now."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    between = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    page = with_setups(PAGE.read_text(encoding="utf-8"))
    return between.sub(lambda _: f"{BEGIN}\n\n{_table(results)}\n\n{END}", page, count=1)


def _table(results: dict[str, Any]) -> str:
    head = (
        "sender",
        "version",
        "did not arrive",
        "compressed",
        "also sent, and counted",
        "over a limit",
        "gateway away",
    )
    rows = [" | ".join(_cells(told)) for told in results.values()]
    return "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head), *(f"| {row} |" for row in rows)])


def _cells(told: dict[str, Any]) -> list[str]:
    missing = [fact for fact in FACTS if fact not in told["arrived"]]
    kinds = {*told["items"], *told.get("limits", {}).get("items", ())}
    others = sorted(kinds - {"event", "log"})
    return [
        told["title"],
        told["version"],
        ", ".join(missing) or NOT_TOLD,
        ", ".join(told["encodings"]) or NOT_TOLD,
        ", ".join(others) or NOT_TOLD,
        _limited(told.get("limits")),
        _away(told.get("outage")),
    ]


def _limited(limits: dict[str, Any] | None) -> str:
    """What became of the errors that came one a second to a key that takes three a minute."""
    if limits is None or not limits["limited"]:
        return NOT_TOLD
    told = "waits as told" if limits["waited"] else f"{limits['early']} requests while told to wait"
    return f"{told}; {limits['stored']} of {limits['errors']} stored" if limits["again"] else f"{told}; then silent"


def _away(outage: dict[str, Any] | None) -> str:
    """How many of the errors from while the gateway was away arrived when it was back."""
    if outage is None:
        return NOT_TOLD
    told = f"{outage['away']} of {outage['of']} arrive"
    if "next_start" in outage:
        told += f", {outage['next_start']} once it starts again"
    return f"{told}; the program fails" if outage.get("failed") else told
