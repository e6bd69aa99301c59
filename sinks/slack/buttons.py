"""Buttons below an incident's message: what makes sense for where it stands."""

from typing import Final

from slack_sdk.models.blocks import ActionsBlock, ButtonElement

__all__ = ["ACTION_PREFIX", "buttons"]

ACTION_PREFIX: Final = "seawall:"  # of the ids by which Slack says what was pressed
_LABELS: Final = {
    "acknowledge": "Acknowledge",
    "start": "Start",
    "resolve": "Resolve",
    "silence": "Silence 1 h",
    "ignore": "Ignore",
    "assign": "Assign to me",
    "reopen": "Reopen",
}
_FOR: Final[dict[str, tuple[str, ...]]] = {
    "new": ("acknowledge", "resolve", "silence", "ignore", "assign"),
    "acknowledged": ("start", "resolve", "silence", "ignore", "assign"),
    "in_progress": ("resolve", "silence", "ignore", "assign"),
    "ignored": ("reopen", "resolve"),
    "resolved": ("reopen",),
}
_STYLES: Final = {"acknowledge": "primary", "resolve": "primary"}


def buttons(incident_id: str, status: str) -> ActionsBlock | None:
    """The block with the buttons; None where there is nothing to press."""
    verbs = _FOR.get(status, ())
    if not verbs:
        return None
    first = verbs[0]
    return ActionsBlock(
        block_id=f"{ACTION_PREFIX}{incident_id}",
        elements=[
            ButtonElement(
                text=_LABELS[verb],
                action_id=f"{ACTION_PREFIX}{verb}",
                value=incident_id,
                style=_STYLES.get(verb) if verb == first else None,
            )
            for verb in verbs
        ],
    )
