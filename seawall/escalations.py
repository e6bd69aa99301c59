"""How far it has come with asking people about an incident, in words."""

from typing import TYPE_CHECKING, Any

from seawall.rulebook import rules_in_force

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from seawall.settings import Settings

__all__ = ["escalations"]


async def escalations(
    connection: "AsyncConnection[Any]", settings: "Settings", incident_id: str
) -> list[dict[str, Any]]:
    """A mapping a policy: `policy`, `phase`, `run`, `round`, `step`, `next_at`, and `said`, what happens next."""
    from rules.oncall.people import People  # noqa: PLC0415 -- start-up time of other commands
    from rules.oncall.stepping import coming  # noqa: PLC0415
    from sinks.postgres.escalations import escalations_of  # noqa: PLC0415
    from triage.asking import policy_of, state_of  # noqa: PLC0415

    found = await escalations_of(connection, incident_id)
    people = People(rules_in_force(settings.rules)) if found else None
    told = []
    for row in found:
        policy = policy_of(row, people) if people else None
        said = _PHASES[row.phase]
        if row.phase == "asking" and policy and people:
            held = row.next_at is None or row.next_at > row.due_at
            said = "held back" if held else coming(policy, state_of(row), people)
        told.append(
            {name: getattr(row, name) for name in ("phase", "run", "round", "step", "next_at")}
            | {"policy": row.name, "said": said}
        )
    return told


_PHASES = {
    "asking": "people are asked",
    "answered": "answered: nobody else is asked",
    "unanswered": "nobody answered, and all steps are taken",
    "over": "over",
}
