"""Messages by templates: one set for all vendors, each overridable, none able to do more than write text.

A template `KIND.PART.j2` is for one kind of channel, `PART.j2` for all that have none of their own. A folder may hold
others in their place; one that fails, or writes too much, is passed over for the built-in one, so that no alert is lost
to it. Names that end in `.html.j2` escape what they write.
https://jinja.palletsprojects.com/en/stable/sandbox/
"""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import structlog
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sinks.message import Message

__all__ = ["BUILT_IN", "MAX_OUTPUT", "Renderer"]

MAX_OUTPUT = 100_000  # characters
_PLENTY = ("center", "format", "indent", "xmlattr")  # filters that make much text of little
_LONG = ("range", "lipsum")  # loops are over what is in a message: none keeps the notifier busy

_log = structlog.get_logger(__name__)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Without the ways to make text or numbers of any size."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Numbers only, and no powers."""
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator == "**" or not numbers:
            raise SecurityError(f"`{operator}` is not for templates")
        return super().call_binop(context, operator, left, right)


class Renderer:
    """Writes the parts of messages.

    Args:
        folder: of templates that go before the built-in ones; None: there is none.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._builtin = _environment(None)
        self._own = _environment(folder) if folder else None

    def render(self, kind: str, part: str, message: Message, **more: Any) -> str:
        """The part of the message for a kind of channel, without white space around it.

        Args:
            kind: of channel.
            part: such as `title`, `body`, `body.html`.
            message: what the template's names stand for.
            more: further names.
        """
        names = [f"{kind}.{part}.j2", f"{part}.j2"]
        values = {field.name: getattr(message, field.name) for field in fields(message)} | more
        if self._own is not None:
            try:
                return _write(self._own, names, values)
            except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
                _log.error("template_failed", template=names[0], error=type(error).__name__, detail=str(error)[:200])
        return _write(self._builtin, names, values)


def _environment(folder: Path | None) -> _Sandbox:
    builtin = PackageLoader("sinks", "templates")
    sandbox = _Sandbox(
        loader=ChoiceLoader([FileSystemLoader(folder), builtin]) if folder else builtin,
        autoescape=lambda name: bool(name and name.endswith(".html.j2")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in _PLENTY:
        sandbox.filters.pop(name)
    for name in _LONG:
        sandbox.globals.pop(name)
    return sandbox


def _write(sandbox: _Sandbox, names: list[str], values: Mapping[str, Any]) -> str:
    written: list[str] = []
    size = 0
    for piece in sandbox.select_template(names).generate(values):
        size += len(piece)
        if size > MAX_OUTPUT:
            raise ValueError(f"more than {MAX_OUTPUT} characters")
        written.append(piece)
    return "".join(written).strip()


BUILT_IN: Final = Renderer()
"""The templates that come with the code."""
