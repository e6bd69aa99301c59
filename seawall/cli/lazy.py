"""A command group that imports a command's module when the command is called.

Start-up stays fast, and one module that cannot be imported does not break the other commands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from seawall.errors import SeawallError

__all__ = ["Entry", "lazy_group"]


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command lives."""

    module: str
    attribute: str  # a function, or a typer.Typer with commands below it
    help: str  # its line in the list of commands

    def load(self, name: str) -> Any:
        """The real command. Raises SeawallError where its module cannot be imported."""
        try:
            target = getattr(import_module(self.module), self.attribute)
        except (ImportError, AttributeError) as error:
            raise SeawallError(f"`seawall {name}` cannot be loaded: {error}") from error
        parent = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown")
        parent.callback()(_nothing)  # with a callback it stays a group, however few commands there are
        if isinstance(target, typer.Typer):
            parent.add_typer(target, name=name, no_args_is_help=True)
        else:
            parent.command(name)(target)
        return typer.main.get_command(parent).commands[name]  # type: ignore[attr-defined]


def _nothing() -> None:
    pass


def lazy_group(entries: Mapping[str, Entry]) -> type[TyperGroup]:
    """A group class over the entries, for `typer.Typer(cls=…)`."""

    class LazyGroup(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:
            del ctx
            return list(entries)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            """A stand-in that is only good for the list of commands."""
            del ctx
            entry = entries.get(cmd_name)
            return entry and TyperCommand(cmd_name, help=entry.help)

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            name, command, rest = super().resolve_command(ctx, args)
            if name and name in entries:
                command = entries[name].load(name)
            return name, command, rest

    return LazyGroup
