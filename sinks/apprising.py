"""More than a hundred further services by one URL each, through Apprise: https://github.com/caronc/apprise/wiki.

Apprise says whether a service took a message, not why it did not: a failure is tried again until the delivery is given
up. Nothing but the text is known of a service's syntax: mentions, tags and labelled links in it are broken.
"""

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import apprise

from sinks.answers import not_set_up
from sinks.contract import Notice, Receipt, Retryable
from sinks.message import Message, message_of
from sinks.rendering import Renderer
from sinks.text import defang

__all__ = ["AppriseChannel", "plugin_of"]

THREADS = 8  # Apprise blocks
MAX_TITLE = 250
MAX_BODY = 8_000

logging.getLogger("apprise").setLevel(logging.WARNING)  # below, it logs whole requests


def plugin_of(url: str) -> Any:
    """What sends to the URL. Raises ValueError where no service knows it."""
    asset = apprise.AppriseAsset(app_id="Seawall", app_desc="Seawall", app_url="", async_mode=False)
    plugin = apprise.Apprise.instantiate(url, asset=asset)
    if plugin is None:
        raise ValueError("is no URL of a service that Apprise knows")
    plugin.overflow_mode = apprise.OverflowMode.TRUNCATE  # at the limit that Apprise knows of the service
    return plugin


class AppriseChannel:
    """Sends all but updates.

    A message whose answer got lost is sent again: at least once.

    Args:
        urls: by the target's name; secrets. Several of one target have blanks between them.
        renderer: writes title and body.
    """

    def __init__(self, urls: Mapping[str, str], renderer: Renderer) -> None:
        self._urls = urls
        self._renderer = renderer
        self._plugins: dict[str, list[Any]] = {}
        self._threads: ThreadPoolExecutor | None = None

    async def open(self) -> None:
        """Make what sends, and its threads."""
        self._plugins = {name: [plugin_of(url) for url in urls.split()] for name, urls in self._urls.items()}
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="apprise")

    async def close(self) -> None:
        """Let the threads end."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def send(self, notice: Notice) -> Receipt:
        """Send to all URLs of the target. Raises Retryable where one did not take it."""
        if notice.kind == "update":
            return Receipt(reply="updates are not sent", ref=notice.ref, shown=False)
        plugins = self._plugins.get(notice.target)
        if plugins is None:
            raise not_set_up(notice.target, "URL")
        message = message_of(notice)
        loop = asyncio.get_running_loop()
        calls = [loop.run_in_executor(self._threads, partial(self._notify, plugin, message)) for plugin in plugins]
        taken = await asyncio.gather(*calls)
        refused = [type(plugin).__name__ for plugin, one in zip(plugins, taken, strict=True) if not one]
        if refused:
            raise Retryable(f"not taken by {', '.join(refused)}")
        return Receipt(reply=f"taken by {', '.join(type(plugin).__name__ for plugin in plugins)}")

    def _notify(self, plugin: Any, message: Message) -> bool:
        kind = apprise.NotifyType.SUCCESS if message.status == "resolved" else _TYPES[message.severity]
        title = defang(self._renderer.render("apprise", "title", message))[:MAX_TITLE]
        body = defang(self._renderer.render("apprise", "body", message))[:MAX_BODY]
        return bool(plugin.notify(body=body, title=title, notify_type=kind, body_format=apprise.NotifyFormat.TEXT))


_TYPES = {
    "critical": apprise.NotifyType.FAILURE,
    "error": apprise.NotifyType.FAILURE,
    "warning": apprise.NotifyType.WARNING,
    "info": apprise.NotifyType.INFO,
    "debug": apprise.NotifyType.INFO,
}
