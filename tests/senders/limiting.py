"""Many senders at a time run into the limits of their keys: do they wait as they are told?"""

import time
from contextlib import ExitStack
from typing import Any

from tests.senders.checking import Running, running
from tests.senders.manifest import Sender
from tests.senders.place import Place
from tests.senders.relay import Exchange

PER_MINUTE = 3
SECONDS = 72  # one error a second: longer than the window of a limit
UNDER_WAY = 1.5  # seconds in which requests may have been under way when the first was refused


def limit(place: Place, senders: list[Sender]) -> dict[str, dict[str, Any]]:
    """What each did, by name."""
    with ExitStack() as stack:
        all_running = [
            stack.enter_context(running(place, sender, "limit", per_minute=PER_MINUTE)) for sender in senders
        ]
        for one in all_running:
            one.program.ask("noise")
        for number in range(SECONDS):
            for one in all_running:
                one.program.say(f"catch {one.text(f'number {_letters(number)}.')}")
            time.sleep(1)  # the pace of the errors
        for one in all_running:
            one.program.close()
        for one in all_running:
            one.program.end()
    return {one.sender.name: _told(place, one) for one in all_running}


def _told(place: Place, one: Running) -> dict[str, Any]:
    assert one.relay is not None
    exchanges = one.relay.exchanges
    items = sorted(set().union(*(each.items for each in exchanges)))
    first = next((each for each in exchanges if each.status == 429), None)
    if first is None or first.retry_after is None:
        return {"errors": SECONDS, "stored": len(place.events(one.mark)), "items": items, "limited": False}
    until = first.at + first.retry_after
    early = [each for each in exchanges if first.at + UNDER_WAY < each.at < until - UNDER_WAY and _of_errors(each)]
    later = [each for each in exchanges if each.at >= until - UNDER_WAY and each.status < 400]
    return {
        "errors": SECONDS,
        "stored": len(place.events(one.mark)),
        "items": items,
        "limited": True,
        "waited": not early,
        "early": len(early),
        "again": bool(later),
    }


def _of_errors(exchange: Exchange) -> bool:
    """Sessions and reports of what was lost are not limited."""
    return not exchange.items or "event" in exchange.items


def _letters(number: int) -> str:
    """A number that masking of numbers leaves alone."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))
