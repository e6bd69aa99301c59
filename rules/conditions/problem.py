"""What is wrong with a condition, and where."""

__all__ = ["ConditionError"]


class ConditionError(ValueError):
    """A condition cannot be used. `line` and `column` are within its text, from 1."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
