"""Messages by templates: one set for all vendors, each overridable, none able to do more than write text.

A template `KIND.PART.j2` is for one kind of channel, `PART.j2` for all that have none of their own. A folder may hold
others in their place; one that fails, or writes too much, is passed over for the built-in one, so that no alert is lost
to it. Names that end in `.html.j2` escape what they write.
"""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import structlog
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader

from sinks.message import Message
from sinks.sandbox import MAX_OUTPUT, Sandbox, counting

__all__ = ["BUILT_IN", "MAX_OUTPUT", "Renderer"]

_log = structlog.get_logger(__name__)


class Renderer:
    """Writes the parts of messages.

    Args:
        folder: of templates that go before the built-in ones; None: there is none.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._builtin = _environment(None)
        self._own = _environment(folder) if folder else None
        if folder is not None and not folder.is_dir():
            _log.error("templates_missing", folder=str(folder))

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
            except Exception as error:  # noqa: BLE001 -- whatever a template does, the alert is told
                _log.error("template_failed", template=names[0], error=type(error).__name__, detail=str(error)[:200])
        return _write(self._builtin, names, values)


def _environment(folder: Path | None) -> Sandbox:
    builtin = PackageLoader("sinks", "templates")
    return Sandbox(
        loader=ChoiceLoader([FileSystemLoader(folder), builtin]) if folder else builtin,
        autoescape=lambda name: bool(name and name.endswith(".html.j2")),
    )


def _write(sandbox: Sandbox, names: list[str], values: Mapping[str, Any]) -> str:
    written: list[str] = []
    size = 0
    counting()
    for piece in sandbox.select_template(names).generate(values):
        size += len(piece)
        if size > MAX_OUTPUT:
            raise ValueError(f"more than {MAX_OUTPUT} characters")
        written.append(piece)
    return "".join(written).strip()


BUILT_IN: Final = Renderer()
"""The templates that come with the code."""
