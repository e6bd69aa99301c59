"""Customers whose browsers fail at the web shop: it posts what page.html posts from a browser."""

import json
import urllib.request

from setting import BRANCH, DSN_KEY, GATEWAY, RELEASE, await_gateway, pace, rng_for, tell

PAGE = "http://shop.example"
BUGS = {
    "pay": ("TypeError", "Cannot read properties of undefined (reading 'price')", (("total", 26, 21), ("pay", 30, 12))),
    "search": ("ReferenceError", "shelves is not defined", (("find", 34, 10), ("search", 38, 9))),
}


def post(name: str, browser: int) -> None:
    """What a page posts when one of its buttons fails."""
    error_type, message, frames = BUGS[name]
    calls = "\n".join(f"    at {function} ({PAGE}/:{line}:{column})" for function, line, column in frames)
    event = {
        "service": f"webshop-{BRANCH}",
        "environment": "production",
        "release": f"webshop@{RELEASE}",
        "errorType": error_type,
        "errorMessage": message,
        "stackTrace": f"{error_type}: {message}\n{calls}",
        "userId": f"v-{browser}",
        "requestUrl": f"{PAGE}/",
    }
    headers = {"Content-Type": "application/json", "Origin": PAGE}
    where = f"{GATEWAY}/v1/errors?key={DSN_KEY}"
    with urllib.request.urlopen(urllib.request.Request(where, json.dumps(event).encode(), headers), timeout=10):
        pass


def main() -> None:
    """Let customers press the buttons."""
    await_gateway()
    rng, posted = rng_for("webshop"), 0
    for _ in pace(10):
        post(rng.choice(sorted(BUGS)), rng.randrange(30))
        posted += 1
    tell(posted)


main()
