"""The gateway is killed while many senders send, and comes back: what of it arrives?"""

import time
from contextlib import ExitStack
from typing import Any

from tests.senders.checking import Running, running
from tests.senders.facts import says
from tests.senders.manifest import Sender
from tests.senders.place import Place

AWAY = 4  # errors while the gateway is away, one a second
ARRIVE_SECONDS = 20.0


def cut_off(place: Place, senders: list[Sender]) -> dict[str, dict[str, Any]]:
    """What each brought through, by name."""
    with ExitStack() as stack:
        all_running = [stack.enter_context(running(place, sender, "outage", relayed=False)) for sender in senders]
        for one in all_running:
            one.program.ask(f"catch {one.text('before')}")
        for one in all_running:
            place.await_events(one.mark, 1, ARRIVE_SECONDS)
        place.kill_gateway()
        for number in range(AWAY):
            for one in all_running:
                one.program.say(f"catch {one.text('away ' + 'abcdef'[number])}")
            time.sleep(1)  # the pace of the errors
        place.start_gateway()
        for one in all_running:
            one.program.say(f"catch {one.text('after')}")
        for one in all_running:
            one.program.close()
        failed = {one.sender.name for one in all_running if one.program.end() != 0}
        time.sleep(2)  # what arrived twice would be seen
        told = {one.sender.name: _told(place, one) for one in all_running}
        for name in failed:
            told[name]["failed"] = True
        for one in all_running:
            if one.sender.keeps:
                told[one.sender.name]["next_start"] = _started_again(place, one)
    return told


def _told(place: Place, one: Running) -> dict[str, Any]:
    events = place.await_events(one.mark, AWAY + 2, 3)
    counts = {what: _count(events, one.text(what)) for what in ("before", "away", "after")}
    return {**counts, "of": AWAY}


def _started_again(place: Place, one: Running) -> int:
    """How many of those from while the gateway was away are there after another start."""
    again = one.program.again()
    again.ask(f"catch {one.text('again')}")
    time.sleep(2)  # what was kept is sent beside
    again.end()
    return _count(place.await_events(one.mark, AWAY + 3, 10), one.text("away"))


def _count(events: list[dict[str, Any]], text: str) -> int:
    return sum(says(event, text) for event in events)
