"""What the frames of an event say of its group: once by those of the app, once by all of them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from models import bounds
from rules.grouping.chains import weigh
from rules.grouping.families import language
from rules.grouping.frames import Key, collapse, counts, frame_key, relevant_frames
from rules.grouping.judging import Judge, Note, Verdict
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
    app = weigh(exceptions, lambda index: judged[index].parts(relevant))
    system = weigh(exceptions, lambda index: judged[index].parts(False))  # noqa: FBT003 three-valued
    main = app.main if exceptions else 0
    order = [judged[main], *reversed(judged)] if judged else []
    return JudgedStack(
        app.parts if _tells(judged, relevant) else (),
        system.parts if _tells(judged, False) else (),  # noqa: FBT003 as above
        next((place for one in order if (place := one.place(relevant))), None),
        relevant is False,
        main,
        tuple(one.verdict.in_app for one in judged),
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
        languages = [language(frame, event_language) for frame in self._frames]
        self._language = languages[-1] if languages else language({}, event_language)
        self._keys = [frame_key(frame, name) for frame, name in zip(self._frames, languages, strict=True)]
        counted = [counts(frame, name) for frame, name in zip(self._frames, languages, strict=True)]
        self.verdict = judge.judge(exception, languages, counted, note) if self._frames else Verdict([], [])

    def flags(self) -> list[bool | None]:
        """Of the frames that count, whether they are in the app."""
        return [flag for flag, counted in zip(self.verdict.in_app, self.verdict.counts, strict=True) if counted]

    def chosen(self, relevant: bool | None) -> list[Key]:  # noqa: FBT001 three-valued
        """The keys of the frames that a variant is made of."""
        verdict = self.verdict
        keys = [
            key
            for key, in_app, counted in zip(self._keys, verdict.in_app, verdict.counts, strict=True)
            if counted and (relevant is False or in_app or (relevant is None and in_app is None))
        ]
        if len(keys) < verdict.min_frames:
            return []
        return keys[-verdict.max_frames :] if verdict.max_frames else keys

    def parts(self, relevant: bool | None) -> list[str]:  # noqa: FBT001 three-valued
        """The exception's type, and the keys of its frames."""
        kind = self._exception.get("type")
        made = [f"type:{clean_type(kind, self._language)}"] if kind else []
        made += collapse([key.text for key in self.chosen(relevant)], endless=kind in _ENDLESS)
        return made

    def place(self, relevant: bool | None) -> str | None:  # noqa: FBT001 three-valued
        """The innermost frame that the app's variant is made of, as `module.function`."""
        verdict = self.verdict
        for frame, in_app in zip(reversed(self._frames), reversed(verdict.in_app), strict=True):
            if relevant is False or in_app or (relevant is None and in_app is None):
                return _spelled(frame)
        return None


def _tells(judged: Sequence[_Judged], relevant: bool | None) -> bool:  # noqa: FBT001 three-valued
    """Whether any frame of a variant says more than that there is code."""
    return any(key.telling for one in judged for key in one.chosen(relevant))


def _spelled(frame: dict[str, Any]) -> str | None:
    where = frame.get("module") or (frame.get("file") or "").replace("\\", "/").rsplit("/", 1)[-1]
    spelled = ".".join(part for part in (where, frame.get("function")) if part)
    return spelled[: bounds.MAX_LINE] or None
