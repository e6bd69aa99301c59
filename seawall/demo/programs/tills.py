"""The tills: they have Sentry's SDK, and all that was changed for Seawall is the DSN."""

import sentry_sdk
from setting import BRANCH, DSN, RELEASE, await_gateway, pace, rng_for, tell

DRAWER = {"coins": 40, "notes": 12}


class DrawerJammedError(Exception):
    """The drawer does not open."""


def change(paid: int, price: int) -> int:
    """How many of the largest coins to give back."""
    return DRAWER["coins"] // (paid - price)


def open_drawer(till: int) -> None:
    """Open the drawer of a till."""
    try:
        DRAWER[f"till {till}"] += 1
    except KeyError as error:
        raise DrawerJammedError("the drawer does not open") from error


def main() -> None:
    """Serve customers, and fail at it."""
    await_gateway()
    sentry_sdk.init(dsn=DSN, environment="production", release=f"tills@{RELEASE}")
    sentry_sdk.set_tag("service", f"tills-{BRANCH}")
    rng, failed = rng_for("tills"), 0
    for number in pace(12):
        sentry_sdk.set_user({"id": f"c-{rng.randrange(40)}"})
        try:
            open_drawer(rng.randrange(1, 5)) if number % 3 else change(20, 20)
        except (DrawerJammedError, ArithmeticError):
            sentry_sdk.capture_exception()
            failed += 1
    sentry_sdk.flush(timeout=8)
    tell(failed)


main()
