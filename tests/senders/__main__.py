"""Run the senders that this machine can: `python -m tests.senders [NAME or FOLDER] …`; `--quick`: arrival only."""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from seawall.embedded.stack import EmbeddedStack
from sinks.postgres.migrating import migrate
from tests.senders.checking import check
from tests.senders.limiting import limit
from tests.senders.manifest import FOLDER, Sender, senders
from tests.senders.outage import cut_off
from tests.senders.place import Place, settings_for
from tests.senders.programs import install

RESULTS = FOLDER / "results.json"


def main() -> int:
    """Returns 1 where a sender that ran did not bring what it should."""
    parser = argparse.ArgumentParser(prog="python -m tests.senders", description=__doc__)
    parser.add_argument("names", nargs="*", help="senders or folders; none: all")
    parser.add_argument("--quick", action="store_true", help="only what arrives: no limits, no outage, no results")
    options = parser.parse_args()
    chosen = senders(options.names)
    able, skipped = _able(chosen)
    with _place() as place:
        seen = {sender.name: _checked(place, sender) for sender in able}
        if not options.quick:
            _add(seen, "limits", limit(place, [sender for sender in able if sender.limits]))
            _add(seen, "outage", cut_off(place, [sender for sender in able if sender.outage]))
    failed = [name for name, told in seen.items() if "problems" in told]
    if not options.quick:
        _keep(able, seen)
    for name, why in skipped.items():
        print(f"skipped  {name}: {why}")
    print(f"{len(seen) - len(failed)} passed, {len(failed)} failed, {len(skipped)} skipped")
    return 1 if failed else 0


def _able(chosen: list[Sender]) -> tuple[list[Sender], dict[str, str]]:
    """Those that can run, with what they need installed, and why the others cannot."""
    skipped = {sender.name: why for sender in chosen if (why := sender.missing())}
    for folder in dict.fromkeys(sender.folder for sender in chosen if sender.name not in skipped):
        print(f"installing {folder} …", flush=True)
        if why := install(FOLDER / folder):
            skipped |= {sender.name: why for sender in chosen if sender.folder == folder}
    return [sender for sender in chosen if sender.name not in skipped], skipped


def _checked(place: Place, sender: Sender) -> dict[str, Any]:
    seen = check(place, sender)
    print(f"{'FAILED' if 'problems' in seen else 'ok':8} {sender.title}: {', '.join(seen['arrived'])}", flush=True)
    for problem in seen.get("problems", ()):
        print(f"         {problem}")
    return seen


def _add(seen: dict[str, dict[str, Any]], what: str, told: dict[str, dict[str, Any]]) -> None:
    for name, facts in told.items():
        seen[name][what] = facts
        print(f"{what:8} {name}: {json.dumps(facts)}", flush=True)


def _keep(able: list[Sender], seen: dict[str, dict[str, Any]]) -> None:
    """Results of those that ran, beside those of earlier runs."""
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for sender in able:
        if "problems" not in seen[sender.name]:
            kept[sender.name] = {"title": sender.title, "version": sender.version(), **seen[sender.name]}
    order = [sender.name for sender in senders() if sender.name in kept]
    RESULTS.write_text(json.dumps({name: kept[name] for name in order}, indent=1) + "\n")


@contextmanager
def _place() -> Iterator[Place]:
    folder = Path(tempfile.mkdtemp(prefix="seawall-senders-"))
    folder.chmod(0o711)  # PostgreSQL's user passes through
    try:
        with EmbeddedStack(folder / "data") as stack:
            ends = stack.endpoints()
            migrate(ends["DATABASE_URL"])
            work = folder / "work"
            work.mkdir()
            settings = settings_for(ends["KAFKA_BOOTSTRAP_SERVERS"], ends["DATABASE_URL"], ends["REDIS_URL"])
            with Place(settings, work) as place:
                yield place
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
