"""The channels that the settings ask for; where a vendor's secret is missing, the local desk plays the vendor."""

from urllib.parse import urljoin

import structlog
from pydantic import SecretStr

from seawall.logs import secrets_of
from seawall.notifier.configured import configured_channels
from seawall.settings import Settings
from sinks.contract import Channel
from sinks.delivering import Deliverer
from sinks.limiting import Limiter
from sinks.pagerduty.channel import PagerDuty
from sinks.rendering import Renderer
from sinks.slack.bot import SlackBot
from sinks.slack.webhook import SlackWebhook

__all__ = ["DESK_SLACK_TOKEN", "build_channels", "build_deliverer"]

# Made up: the desk takes any that look right.
DESK_SLACK_TOKEN = "xoxb-desk-desk-desk"  # noqa: S105
DESK_ROUTING_KEY = "de5c" * 8

_log = structlog.get_logger(__name__)


def build_channels(settings: Settings) -> dict[str, Channel]:
    """The channels by kind, not yet open. Kinds that nobody plays are left out, and their deliveries wait."""
    channels: dict[str, Channel] = {}
    if slack := _slack(settings):
        channels["slack"] = slack
    if pagerduty := _pagerduty(settings):
        channels["pagerduty"] = pagerduty
    for kind, names in (
        ("slack", "SEAWALL_SLACK_BOT_TOKEN or SEAWALL_SLACK_WEBHOOK_URL"),
        ("pagerduty", "SEAWALL_PAGERDUTY_ROUTING_KEY"),
    ):
        if kind not in channels:
            _log.error("channel_not_set_up", channel=kind, consequence="its deliveries wait", remedy=f"set {names}")
    return channels | configured_channels(settings)


def build_deliverer(settings: Settings) -> Deliverer:
    """The channels behind their rate limits."""
    redis_url = settings.redis_url.get_secret_value() if settings.redis_url else None
    secrets = secrets_of(settings)
    if settings.slack_webhook_url:  # an error may name its path alone
        secrets.append(settings.slack_webhook_url.get_secret_value().partition("/services/")[2])
    return Deliverer(build_channels(settings), Limiter(redis_url), secrets=secrets)


def _is_heard(settings: Settings) -> bool:
    """Whether somebody hears of buttons in Slack."""
    return bool(settings.slack_app_token or (settings.hooks_port and settings.slack_signing_secret))


def _slack(settings: Settings) -> Channel | None:
    renderer = Renderer(settings.templates)
    if settings.slack_bot_token:
        return SlackBot(
            _open(settings.slack_bot_token),
            api_url=settings.slack_api_url,
            interactive=_is_heard(settings),
            renderer=renderer,
        )
    if settings.slack_webhook_url:
        return SlackWebhook(_open(settings.slack_webhook_url), renderer=renderer)
    if settings.desk_url:
        _log.info("desk_plays", channel="slack", desk=settings.desk_url)
        return SlackBot(
            DESK_SLACK_TOKEN,
            api_url=urljoin(settings.desk_url, "/api/"),
            interactive=_is_heard(settings),
            renderer=renderer,
        )
    return None


def _pagerduty(settings: Settings) -> Channel | None:
    renderer = Renderer(settings.templates)
    if settings.pagerduty_routing_key:
        return PagerDuty(
            _open(settings.pagerduty_routing_key), events_url=settings.pagerduty_events_url, renderer=renderer
        )
    if settings.desk_url:
        _log.info("desk_plays", channel="pagerduty", desk=settings.desk_url)
        return PagerDuty(DESK_ROUTING_KEY, events_url=settings.desk_url.rstrip("/"), renderer=renderer)
    return None


def _open(secret: SecretStr) -> str:
    return secret.get_secret_value()
