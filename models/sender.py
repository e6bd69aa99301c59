"""What a gateway knows of who sent a record, in headers of ours: for errors that say nothing of it themselves."""

from collections.abc import Mapping

__all__ = ["ENVIRONMENT", "PROJECT", "sender_of"]

PROJECT = "seawall-project"  # of the key that a record was sent with
ENVIRONMENT = "seawall-environment"  # the key's

_LONGEST = 200  # characters


def sender_of(headers: Mapping[str, bytes], name: str) -> str | None:
    """One of these headers as a text; None where it is not there, or is none."""
    given = headers.get(name)
    if not given or len(given) > 4 * _LONGEST:
        return None
    try:
        text = given.decode()
    except UnicodeDecodeError:
        return None
    return text[:_LONGEST] if text.isprintable() else None
