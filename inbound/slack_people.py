"""Who presses and commands in Slack, as histories show them."""

from typing import Any

__all__ = ["actor_of"]

_LONGEST = 80


def actor_of(user: Any) -> tuple[str, str]:
    """The actor for the history, `slack:alice`, and the name alone."""
    user = user if isinstance(user, dict) else {}
    found = next((user[field] for field in ("username", "name", "id") if isinstance(user.get(field), str)), "somebody")
    name = "".join(char for char in found if char.isprintable())[:_LONGEST] or "somebody"
    return f"slack:{name}", name
