"""Errors of browsers that say nothing about the service's own code."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

import re2

from rules.requests import header_of
from rules.searching import finder

__all__ = ["from_crawler", "from_extension", "from_legacy_browser", "is_chunk_load", "is_hydration"]

Draft = Mapping[str, Any]

_AGENTS = 4_096  # user agents remembered: the same ones come again and again

# What extensions, toolbars and proxies leave in messages: the names that Sentry's filter knows, and what browsers say
# of extensions that were unloaded.
_OF_EXTENSIONS: Final = finder(
    r"(?i)top\.GLOBALS|originalCreateNotification|canvas\.contentDocument|MyApp_RemoveAllHighlights|tt\.epicplay\.com"
    r"|variable: ZiteReader|jigsaw is not defined|ComboSearch is not defined|loading\.retry\.widdit\.com"
    r"|atomicFindClose|fb_xd_fragment|bmi_SafeAddOnload|EBCallBackMessageReceived|_gCrWeb|conduitPage"
    r"|evaluating 'elt\.parentNode'|plugin\.setSuspendState|extension context invalidated|webkit-masked-url:"
    r"|access dead object|(?:chrome|moz|safari|safari-web)-extension://|chrome is not defined"
    r"|__gCrWeb|instantSearchSDKJSBridgeClearHighlight|window\.ethereum|runtime\.sendMessage"
)
_IN_EXTENSIONS: Final = finder(
    r"(?i)^(?:chrome(?:-extension)?|moz-extension|safari(?:-web)?-extension|extension|ms-browser-extension)://"
    r"|^webkit-masked-url|connect\.facebook\.net|graph\.facebook\.com|\.woopra(?:-ns)?\.com|127\.0\.0\.1:4001/isrunning"
    r"|webappstoolbarba\.texthelp\.com|itunes\.apple\.com\.edgesuite\.net|kaspersky-labs\.com"
)
_ANONYMOUS: Final = frozenset({"<anonymous>", "[native code]"})

_CRAWLERS: Final = finder(
    r"(?i)mediapartners-google|adsbot|googlebot|google-(?:read-aloud|inspectiontool)|googleother|feedfetcher|bingbot"
    r"|bingpreview|baiduspider|slurp|sogou|facebook(?:externalhit|catalog|bot)|meta-external|ia_archiver|archive\.org_bot"
    r"|(?:bots?|spiders?|crawlers?)(?:[/\s);:+-]|$)|slackbot|slack-imgproxy|twitterbot|linkedinbot|whatsapp/"
    r"|telegrambot|discordbot|calypso appcrawler|pingdom|uptimerobot|better uptime|statuscake|site24x7|lyticsbot"
    r"|aws security scanner|hubspot crawler|bytespider|yandex(?:bot|images|mobilebot)|duckduckbot|applebot|petalbot"
    r"|ahrefsbot|semrushbot|mj12bot|dotbot|gptbot|oai-searchbot|chatgpt-user|claudebot|claude-web|anthropic-ai|ccbot"
    r"|perplexitybot|amazonbot|headlesschrome|phantomjs|lighthouse|gtmetrix"
)

# A browser's family, the pattern that tells its major version, and the first one that is still supported: the first
# pattern that fits decides, for browsers name their forebears. The versions are those of Sentry's filter since 2024.
_BROWSERS: Final = tuple(
    (re2.compile(pattern), supported)
    for pattern, supported in (
        (r"Opera Mini/(\d{1,4})", 35),
        (r"OPR/(\d{1,4})", 51),
        (r"Opera.{0,200}Version/(\d{1,4})|Opera[ /](\d{1,4})", 51),
        (r"MSIE (\d{1,4})|Trident/.{0,200}rv:(\d{1,4})", 12),
        (r"Edge?(?:A|iOS)?/(\d{1,4})", 79),
        (r"(?:Firefox|FxiOS)/(\d{1,4})", 67),
        (r"(?:Chrome|CriOS|Chromium)/(\d{1,4})", 63),
        (r"Android (\d{1,4})", 4),
        (r"Version/(\d{1,4}).{0,200}Safari/", 12),
    )
)
_ROOMY = 512  # characters of a user agent that are looked at

_HYDRATION: Final = finder(
    r"(?i)hydration failed because|error while hydrating|text content does not match server-rendered html"
    r"|did not match\. server:|server rendered html didn't match|expected server html to contain"
    r"|minified react error #(?:418|419|422|423|425)\b|(?:invariant=|errors/)(?:418|419|422|423|425)\b"
)
_CHUNK: Final = finder(
    r"(?i)^chunkloaderror|loading (?:css )?chunk [^ ]{1,100} failed|failed to fetch dynamically imported module"
    r"|error loading dynamically imported module|importing a module script failed|unable to preload css"
)


def from_crawler(draft: Draft) -> bool:
    """Whether the request came from a crawler, a monitor or a link preview."""
    agent = header_of(draft, "User-Agent")
    return bool(agent) and _is_crawler(agent)


@lru_cache(maxsize=_AGENTS)
def _is_crawler(agent: str) -> bool:
    return _CRAWLERS(agent[:_ROOMY])


def from_legacy_browser(draft: Draft) -> bool:
    """Whether the browser is older than those that are still supported."""
    agent = header_of(draft, "User-Agent")
    return bool(agent) and _is_legacy(agent)


@lru_cache(maxsize=_AGENTS)
def _is_legacy(agent: str) -> bool:
    clean = agent[:_ROOMY].encode(errors="replace").decode()
    for pattern, supported in _BROWSERS:
        if match := pattern.search(clean):
            version = next(group for group in match.groups() if group is not None)
            return int(version) < supported
    return False


def from_extension(draft: Draft) -> bool:
    """Whether an extension of the browser raised it, or left its name in the message."""
    if not _of_browser(draft):
        return False
    if any(_OF_EXTENSIONS(text) for text in _texts(draft)):
        return True
    return any(_IN_EXTENSIONS(place) for place in _places(draft))


def is_hydration(draft: Draft) -> bool:
    """Whether React found another page than the server had rendered."""
    return _of_browser(draft) and any(_HYDRATION(text) for text in _texts(draft))


def is_chunk_load(draft: Draft) -> bool:
    """Whether a part of the page's code could not be loaded."""
    if not _of_browser(draft):
        return False
    return draft.get("error_type") == "ChunkLoadError" or any(_CHUNK(text) for text in _texts(draft))


def _of_browser(draft: Draft) -> bool:
    return draft.get("language") in (None, "javascript")


def _texts(draft: Draft) -> Iterator[str]:
    """What the exceptions say, or the message where there are none."""
    chain = draft.get("exception")
    if not chain:
        yield draft.get("message") or ""
    for one in chain or ():
        if value := one.get("value"):
            yield value


def _places(draft: Draft) -> Iterator[str]:
    """Where each exception was raised: its innermost frame whose place is known."""
    for one in draft.get("exception") or ():
        for frame in reversed(one.get("frames") or ()):
            place = frame.get("abs_path") or frame.get("file")
            if place and place not in _ANONYMOUS:
                yield place
                break
