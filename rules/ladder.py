"""The escalation ladder: a group's severity by frequency, spread and impact, and the reasons for it."""

from dataclasses import dataclass

from models.severity import Severity
from models.wire import Activity
from rules.rulefile.model import LadderStep

__all__ = ["Height", "Ladder"]

WINDOWS = {"1m": ("count_1m", "1 min"), "5m": ("count_5m", "5 min"), "1h": ("count_1h", "1 h")}
REACH = {"hosts": "hosts", "users": "users", "regions": "regions", "paid_users": "paying users"}


@dataclass(frozen=True, slots=True)
class Height:
    """Where the ladder puts a group. `reasons` has one for each step that raised it, `below` what its end will read."""

    severity: Severity
    reasons: list[str]
    below: list[str]


@dataclass(frozen=True, slots=True)
class _Rung:
    field: str  # of Activity
    least: int
    to: Severity | None
    up: int
    said: str  # the reason, for `.format(value)`
    below: str  # the reason of its end


class Ladder:
    """The steps of a rule file, compiled."""

    def __init__(self, steps: tuple[LadderStep, ...]) -> None:
        self._rungs = [_rung(step) for step in steps]

    def height(self, base: Severity, activity: Activity) -> Height:
        """The severity of a group whose events have severity `base`. Steps that do not raise it give no reason."""
        level, reasons, below = base, list[str](), list[str]()
        for rung in self._rungs:
            value = getattr(activity, rung.field)
            if value >= rung.least:
                raised = Severity.worst(level, rung.to) if rung.to else level.raised(rung.up)
                if raised is not level:
                    level = raised
                    reasons.append(rung.said.format(value))
                    below.append(rung.below)
        return Height(level, reasons, below)


def _rung(step: LadderStep) -> _Rung:
    if step.count is not None:
        field, span = WINDOWS[step.window]
        least, said, below = step.count, f"{{}} in {span}, {step.count} or more", f"below {step.count} in {span}"
    elif (reached := next((one for one in REACH if getattr(step, one) is not None), None)) is not None:
        field, least, named = f"{reached}_1h", getattr(step, reached), REACH[reached]
        said, below = f"{{}} {named} in 1 h, {least} or more", f"fewer than {least} {named} in 1 h"
    else:
        assert step.total is not None
        field, least = "total", step.total
        said, below = f"{{}} in all, {least} or more", f"fewer than {least} in all"
    return _Rung(field, least, step.severity, step.up or 0, said, below)
