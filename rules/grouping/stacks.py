"""What the frames of an event say of its group: once by those of the app, once by all of them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from models import bounds
from rules.grouping.chains import Weighed, weigh
from rules.grouping.families import language
from rules.grouping.frames import Key, collapse, relevant_frames
from rules.grouping.judging import Judge, Looked, Note, Verdict
from rules.grouping.names import clean_type

__all__ = ["JudgedStack", "judge_stack"]

Exception_ = dict[str, Any]

_ENDLESS = frozenset({"RecursionError", "StackOverflowError", "StackOverflowException", "SystemStackError"})


class JudgedStack(NamedTuple):
    """The parts of both variants; one without frames that say something has none."""

    app: tuple[str, ...]
    system: tuple[str, ...]
    place: str | None  # where it happened
    library: bool  # all of it is known libraries
    main: int  # the exception that the event is named after
    in_app: tuple[list[bool | None], ...]  # of each exception's frames, after all rules
    counted: tuple[list[bool], ...]  # and whether they count
    looked: tuple[list[Looked], ...]  # what is known of each


def judge_stack(
    exceptions: Sequence[Exception_], event_language: str | None, judge: Judge, note: "StackNote | None" = None
) -> JudgedStack:
    """Both variants of a chain of exceptions.

    Args:
        exceptions: of the draft; not changed.
        event_language: of the draft.
        judge: the rules about frames.
        note: told of each change that a rule makes.
    """
    judged = [
        _Judged(one, event_language, judge, note(index) if note else None) for index, one in enumerate(exceptions)
    ]
    relevant = relevant_frames(flag for one in judged for flag in one.flags())
    app = _variant(exceptions, judged, relevant)
    system = app if relevant is False else _variant(exceptions, judged, False)  # noqa: FBT003 three-valued
    order = [judged[app.main], *reversed(judged)] if judged else []
    return JudgedStack(
        app.parts,
        system.parts,
        next((place for one in order if (place := one.place(relevant))), None),
        relevant is False,
        app.main if judged else 0,
        tuple(one.verdict.in_app for one in judged),
        tuple(one.verdict.counts for one in judged),
        tuple(one.looked for one in judged),
    )


class StackNote:
    """Gathers what rules change in each stack: `changes` by the exception's place."""

    def __init__(self) -> None:
        self.changes: list[tuple[int, int, str, str]] = []  # exception, frame, rule, what

    def __call__(self, exception: int) -> Note:
        """What is told of the changes in one exception's stack."""
        return lambda frame, rule, what: self.changes.append((exception, frame, rule, what))


class _Judged:
    """One exception with the verdict on its frames."""

    def __init__(self, exception: Exception_, event_language: str | None, judge: Judge, note: Note | None) -> None:
        self._exception = exception
        self._frames = exception.get("frames") or []
        self.looked = [judge.look(frame, event_language) for frame in self._frames]
        self.verdict = judge.judge(exception, self.looked, note) if self._frames else Verdict([], [])
        kind = exception.get("type")
        name = self.looked[-1].language if self.looked else language({}, event_language)
        self._type = [f"type:{clean_type(kind, name)}"] if kind else []
        self._endless = kind in _ENDLESS

    def flags(self) -> list[bool | None]:
        """Of the frames that count, whether they are in the app."""
        in_app, counted = self.verdict.in_app, self.verdict.counts
        return in_app if all(counted) else [flag for flag, counts in zip(in_app, counted, strict=True) if counts]

    def chosen(self, relevant: bool | None) -> list[Key]:  # noqa: FBT001 three-valued
        """The keys of the frames that a variant is made of."""
        verdict = self.verdict
        keys = [
            one.key
            for one, in_app, counts in zip(self.looked, verdict.in_app, verdict.counts, strict=True)
            if counts and (relevant is False or in_app or (relevant is None and in_app is None))
        ]
        if len(keys) < verdict.min_frames:
            return []
        return keys[-verdict.max_frames :] if verdict.max_frames else keys

    def parts(self, keys: Sequence[Key]) -> list[str]:
        """The exception's type, and those of its frames that were chosen."""
        return self._type + collapse([key.text for key in keys], endless=self._endless)

    def place(self, relevant: bool | None) -> str | None:  # noqa: FBT001 three-valued
        """The innermost frame that the app's variant is made of, as `module.function`."""
        in_app = self.verdict.in_app
        for at in range(len(in_app) - 1, -1, -1):
            if relevant is False or in_app[at] or (relevant is None and in_app[at] is None):
                return _spelled(self._frames[at])
        return None


def _variant(
    exceptions: Sequence[Exception_],
    judged: Sequence[_Judged],
    relevant: bool | None,  # noqa: FBT001 three-valued
) -> Weighed:
    """The parts of the frames that are relevant; none where no frame says more than that there is code."""
    chosen = [one.chosen(relevant) for one in judged]
    weighed = weigh(exceptions, lambda index: judged[index].parts(chosen[index]))
    telling = any(key.telling for keys in chosen for key in keys)
    return weighed if telling else Weighed((), weighed.main)


def _spelled(frame: dict[str, Any]) -> str | None:
    where = frame.get("module") or (frame.get("file") or "").replace("\\", "/").rsplit("/", 1)[-1]
    spelled = ".".join(part for part in (where, frame.get("function")) if part)
    return spelled[: bounds.MAX_LINE] or None
