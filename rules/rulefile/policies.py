"""The section `policies` of the rule file: whom to ask in which order until somebody acknowledges."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from rules.rulefile.channels import CHANNEL_KINDS, ChannelName, known_channel
from rules.rulefile.durations import Duration
from rules.rulefile.matches import Levels
from rules.rulefile.part import Name, Part, listed, one_or_more

__all__ = ["OWN_KINDS", "Policy", "PolicyStep", "StepIf", "Target"]

DAY = 86_400
OWN_KINDS = ("user", "schedule")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


def _target(text: str) -> str:
    kind, colon, name = text.partition(":")
    if colon and kind in OWN_KINDS:
        if not _NAME.fullmatch(name):
            msg = f"`{text}` names no {kind}"
            raise ValueError(msg)
        return text
    return known_channel(text)


Target = Annotated[
    str,
    AfterValidator(_target),
    Field(
        max_length=200,
        json_schema_extra={
            "pattern": rf"^({'|'.join((*OWN_KINDS, *CHANNEL_KINDS))}):\S",
            "examples": ["user:ann", "schedule:shop", "slack:#ops"],
        },
    ),
]
"""`user:…`, `schedule:…` (whoever is on call then), or a channel."""


class StepIf(Part):
    """When a step is taken. All that is given must hold."""

    severity: Levels = Field((), description="of the incident, when the step's time has come")
    times: Annotated[tuple[Name, ...], BeforeValidator(listed)] = Field(
        (), max_length=20, json_schema_extra=one_or_more, description="names of `times`, in one of which it must be"
    )


class PolicyStep(Part):
    """Somebody is asked, and given some time."""

    notify: Annotated[tuple[Target, ...], BeforeValidator(listed)] = Field(
        min_length=1, max_length=20, json_schema_extra=one_or_more, description="user:…, schedule:…, or channels"
    )
    round_robin: bool = Field(False, description="one of them, in turn: another for each incident and each round")  # noqa: FBT003
    wait: Duration = Field(300, ge=1, le=DAY, description="for an answer, before the next step")
    condition: StepIf = Field(StepIf(), alias="if", description="left out where this does not hold")


class Policy(Part):
    """Steps that are taken one after the other until somebody acknowledges."""

    steps: tuple[PolicyStep, ...] = Field(min_length=1, max_length=20, description="in their order")
    repeat: int = Field(0, ge=0, le=5, description="how often all of it is done again")
    unanswered: Annotated[tuple[ChannelName, ...], BeforeValidator(listed)] = Field(
        (), max_length=20, json_schema_extra=one_or_more, description="channels that are told that nobody answered"
    )
    remind_after: Duration | None = Field(
        None, ge=60, le=7 * DAY, description="remind who was asked of what was acknowledged so long ago"
    )
    unacknowledge_after: Duration | None = Field(
        None, ge=60, le=7 * DAY, description="take an acknowledgement for gone after so long, and begin again"
    )

    @model_validator(mode="after")
    def _reminds_first(self) -> "Policy":
        if self.remind_after and self.unacknowledge_after and self.remind_after >= self.unacknowledge_after:
            msg = "`remind_after` must be shorter than `unacknowledge_after`"
            raise ValueError(msg)
        return self
