"""What is wrong in a rule file, and where."""

from dataclasses import dataclass

__all__ = ["Problem", "RuleFileError"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to correct. Line and column count from 1; `file` is empty where there is but one."""

    line: int
    column: int
    message: str
    file: str = ""


class RuleFileError(ValueError):
    """Rules are refused. `problems`: all that were found, in the order of their files; `name`: of the first file."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        self.name = name
        order = list(dict.fromkeys(problem.file for problem in problems))
        self.problems = sorted(problems, key=lambda problem: (order.index(problem.file), problem))
        super().__init__("; ".join(self.lines()))

    def lines(self) -> list[str]:
        """A line each: `rules.yaml:12:5: …`."""
        return [
            f"{problem.file or self.name}:{problem.line}:{problem.column}: {problem.message}"
            for problem in self.problems
        ]
