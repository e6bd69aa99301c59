"""What is wrong in a rule file, and where."""

from dataclasses import dataclass

__all__ = ["Problem", "RuleFileError"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to correct. Line and column count from 1."""

    line: int
    column: int
    message: str


class RuleFileError(ValueError):
    """A rule file is refused. `problems` are all that were found, in the order of the file; `name` is the file's."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        self.name = name
        self.problems = sorted(problems)
        super().__init__("; ".join(self.lines()))

    def lines(self) -> list[str]:
        """A line each: `rules.yaml:12:5: …`."""
        return [f"{self.name}:{problem.line}:{problem.column}: {problem.message}" for problem in self.problems]
