"""Schedules that are right as they are written and leave times at which nobody is on call."""

from collections.abc import Sequence

from rules.oncall.schedules import Rota, gaps, said
from rules.rulefile import Problem, RuleFile, Source
from rules.rulefile.document import Document
from rules.rulefile.reading import KEY

__all__ = ["AHEAD", "schedule_doubts"]

AHEAD = 5 * 7 * 86_400.0  # seconds: more than a month


def schedule_doubts(sources: Sequence[Source], rules: RuleFile, at: float) -> list[Problem]:
    """The gaps of schedules, each schedule at its file, line and column.

    Args:
        sources: the files; they have been read without problems.
        rules: what they hold.
        at: from when on the next weeks are looked at, epoch seconds.
    """
    if not rules.schedules:
        return []
    document = Document.of(sources)
    found = []
    for name, schedule in rules.schedules.items():
        open_times = gaps(Rota(schedule), at, at + AHEAD)
        if open_times:
            more = f" and {len(open_times) - 1} times more in 5 weeks" if len(open_times) > 1 else ""
            message = f"nobody is on call in `{name}` from {said(open_times[0], schedule.zone)}{more}"
            found.append(document.told(Problem(*document.places["schedules", name, KEY], message)))
    return found
