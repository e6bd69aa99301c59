"""The filters that come with Seawall, switched on by name.

Those of browsers and web sites know what Sentry's inbound filters know:
https://docs.sentry.io/concepts/data-management/filtering/
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from rules.filtering import browsers, servers

__all__ = ["PRESETS", "Preset"]


class Preset(NamedTuple):
    """A filter that is known by its name."""

    about: str  # for a person
    fits: Callable[[Mapping[str, Any]], bool]


PRESETS: Final[dict[str, Preset]] = {
    "browser-extensions": Preset("errors that browser extensions cause", browsers.from_extension),
    "legacy-browsers": Preset("browsers that are too old to be supported", browsers.from_legacy_browser),
    "web-crawlers": Preset("requests of crawlers, monitors and link previews", browsers.from_crawler),
    "react-hydration": Preset("React pages that differ between server and browser", browsers.is_hydration),
    "chunk-load": Preset("bundles that were gone after a deployment", browsers.is_chunk_load),
    "localhost": Preset("requests to or from the developer's own machine", servers.on_localhost),
    "health-checks": Preset("requests of load balancers and orchestrators", servers.is_health_check),
    "client-errors": Preset("answers 4xx, which tell of the client", servers.is_client_error),
    "third-party-timeouts": Preset("calls of other services that took too long", servers.is_timeout),
}
