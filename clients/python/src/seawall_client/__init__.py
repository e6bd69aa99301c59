"""Seawall's client for Python: captures errors, and sends them to a Seawall gateway or to Kafka.

    import seawall_client

    seawall_client.init("https://<key>@seawall.example/shop", service="shop")

The manual is README.md. What is named here is public; the rest may change at any time.
"""

from seawall_client.api import (
    add_breadcrumb,
    capture_event,
    capture_exception,
    capture_message,
    close,
    current_client,
    current_trace,
    flush,
    init,
    set_extra,
    set_fingerprint,
    set_tag,
    set_tags,
    set_transaction,
    set_user,
    traceparent,
)
from seawall_client.api_error import APIError
from seawall_client.client import Client
from seawall_client.hooks.logs import SeawallHandler
from seawall_client.hooks.loops import watch_loop
from seawall_client.options import Moment, Options
from seawall_client.scope import Scope, current_scope, inherit_scope, isolation_scope, push_scope
from seawall_client.version import VERSION
from seawall_client.watching import capture

__all__ = [
    "APIError",
    "Client",
    "Moment",
    "Options",
    "Scope",
    "SeawallHandler",
    "__version__",
    "add_breadcrumb",
    "capture",
    "capture_event",
    "capture_exception",
    "capture_message",
    "close",
    "current_client",
    "current_scope",
    "current_trace",
    "flush",
    "inherit_scope",
    "init",
    "isolation_scope",
    "push_scope",
    "set_extra",
    "set_fingerprint",
    "set_tag",
    "set_tags",
    "set_transaction",
    "set_user",
    "traceparent",
    "watch_loop",
]

__version__ = VERSION
