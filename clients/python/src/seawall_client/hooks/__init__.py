"""What captures by itself once a client is there: the interpreter's hooks, and logging.

Each module has `install(client)`, which gives a function that undoes it. Whatever was there before is called as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from seawall_client.hooks import logs, loops, threads, uncaught, unraisable, warned
from seawall_client.quiet import note, warn_once

if TYPE_CHECKING:
    from seawall_client.client import Client

__all__ = ["install_hooks"]

_HOOKS: dict[str, Callable[[Client], Callable[[], None]]] = {
    "excepthook": uncaught.install,
    "threading": threads.install,
    "unraisable": unraisable.install,
    "asyncio": loops.install,
    "logging": logs.install,
    "warnings": warned.install,
}
_installed: list[Callable[[], None]] = []


def install_hooks(client: Client | None) -> None:
    """Install the hooks that the client's options name, instead of those of the client before; None: only undo."""
    while _installed:
        _installed.pop()()
    for name in client.options.hooks if client is not None else ():
        hook = _HOOKS.get(name)
        if hook is None or client is None:
            warn_once(f"there is no hook {name!r}: {', '.join(_HOOKS)}")
            continue
        try:
            _installed.append(hook(client))
        except Exception:  # noqa: BLE001  a hook that cannot be set must not keep the others from it
            note(f"installing {name}")
