"""The errors that an API answers with on purpose, and the one form that all of its errors have."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import Any

from seawall_client.api import current_trace
from seawall_client.events.trees import Budget, tree_of

__all__ = ["SERVER_ERROR", "APIError", "answer", "answer_of_status"]

SERVER_ERROR = 500
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+")


class APIError(Exception):
    """An error to answer a request with.

    Say what it is where it is raised, or in a class of its own: `class OutOfStock(APIError): status = 409`.

    status: of HTTP. From 500 on the error is captured; below, whoever asked is at fault, and it is not.
    code: what programs tell it by; the class's name, as `OUT_OF_STOCK`, where none is given.
    message: for people. It is shown to whoever asked.
    details: JSON values, shown as well; others as text.
    """

    status: int = 400
    code: str = ""
    message: str = ""
    details: Any = None

    def __init__(
        self, message: str | None = None, *, status: int | None = None, code: str | None = None, details: Any = None
    ) -> None:
        """What is not given is as the class has it."""
        if status is not None:
            self.status = status
        if details is not None:
            self.details = details
        self.code = code or self.code or _code_of(type(self).__name__)
        self.message = message or self.message or _phrase(self.status)
        super().__init__(self.message)


def answer(code: str, message: str, status: int, details: Any = None) -> dict[str, Any]:
    """The uniform JSON of an error. The trace's id leads from what a customer reports to what was captured."""
    trace = current_trace()
    told = {
        "code": code,
        "message": message,
        "details": _json(details),
        "status": status,
        "trace_id": None if trace is None else trace.trace_id,
    }
    return {"error": told}


def answer_of_status(status: int, message: str | None = None, details: Any = None) -> dict[str, Any]:
    """The uniform JSON for an error of HTTP that has no code of its own. What failed inside is not told."""
    try:
        code = HTTPStatus(status).name
    except ValueError:
        code = "ERROR"
    return answer(code, message or _phrase(status), status, details)


def _json(value: Any) -> Any:
    """The value, if it is JSON; else what can be told of it: an answer must not fail for it."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return tree_of(value, Budget())
    return value


def _code_of(name: str) -> str:
    words = _WORDS.findall(name)
    if len(words) > 1 and words[-1] in {"Error", "Exception"}:
        words.pop()
    return "_".join(words).upper()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
