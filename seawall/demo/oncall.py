"""A burst of critical errors: whoever is on call is asked, presses the button, and nobody else is asked after that."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from rules.rulefile import load, load_default
from seawall.demo.people import press
from seawall.errors import SettingsError
from seawall.rulebook import rules_in_force

if TYPE_CHECKING:
    from seawall.demo.numbers import Watch
    from seawall.settings import Settings

__all__ = ["OnCall", "answered", "write_rules"]

WAIT = "10s"  # for an answer; whoever is played here needs a second or two
_ROUTE = """    routes:
      - match: {rule: critical-burst}
        policy: on-call
"""
_POLICY = f"""
policies:
  on-call:
    steps:
      - {{notify: "slack:#on-call", wait: {WAIT}}}
      - {{notify: "slack:#managers", wait: {WAIT}}}
"""
_BEFORE = "default_route:"


def write_rules(settings: "Settings", folder: Path) -> Path | None:
    """The built-in rules with a policy; None where somebody has rules of their own, which hold then."""
    try:
        if rules_in_force(settings.rules) != load_default():
            return None
    except SettingsError:
        pass  # what cannot be read does not hold, and the processes would not start with it
    builtin = (Path(__file__).parents[2] / "rules" / "default_rules.yaml").read_text(encoding="utf-8")
    before, key, after = builtin.partition(_BEFORE)
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / "rules.yaml"
    made.write_text(before + _ROUTE + key + after + _POLICY, encoding="utf-8")
    load(made.read_text(encoding="utf-8"), str(made))
    return made


class OnCall:
    """Acknowledges the first incident that people are asked about, by the button of the message that asks.

    Args:
        desk_url: where the desk is; None: alerts go to the real Slack, and nobody is played.
    """

    def __init__(self, desk_url: str | None) -> None:
        self._desk_url = desk_url
        self.pressed = desk_url is None

    async def look(self, watch: "Watch") -> bool:
        """Press it if it is there; whether it was done just now."""
        if self.pressed or self._desk_url is None:
            return False
        try:
            rows = await watch.rows(_ASKED, watch.services)
            self.pressed = bool(rows) and await asyncio.to_thread(press, self._desk_url, rows[0][0])
        except (psycopg.Error, OSError, ValueError):
            return False  # the next look may find more
        return self.pressed


async def answered(watch: "Watch") -> tuple[int, int, int]:
    """Incidents that people were asked about and answered; first steps of theirs, and steps after the answer."""
    ((incidents, asked, later),) = await watch.rows(_ANSWERED, watch.services)
    return incidents, asked, later


_ASKED: Any = """
    SELECT i.id::text FROM escalations AS e JOIN incidents AS i ON i.id = e.incident_id
        JOIN incident_log AS l ON l.incident_id = i.id AND l.kind = 'page'
        JOIN deliveries AS d ON d.transition_id = l.transition_id AND d.status = 'sent'
    WHERE i.service = ANY (%s) AND e.phase = 'asking' AND i.status = 'new' ORDER BY i.opened_at LIMIT 1"""
_ANSWERED: Any = """
    WITH answers AS (
        SELECT l.incident_id, min(l.number) AS number FROM incident_log AS l JOIN incidents AS i ON i.id = l.incident_id
        WHERE i.service = ANY (%s) AND l.kind = 'acknowledge' AND l.actor = 'slack:desk'
            AND EXISTS (SELECT FROM escalations WHERE incident_id = i.id AND phase IN ('answered', 'over'))
        GROUP BY 1
    )
    SELECT count(DISTINCT answers.incident_id),
        count(*) FILTER (WHERE log.kind = 'page' AND log.number < answers.number),
        count(*) FILTER (WHERE log.kind IN ('page', 'unanswered') AND log.number > answers.number)
    FROM answers LEFT JOIN incident_log AS log USING (incident_id)"""
