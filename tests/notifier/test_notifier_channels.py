"""Which channels the settings make."""

import pytest
from pydantic import SecretStr

from seawall.notifier.channels import build_channels
from seawall.settings import Settings
from sinks.pagerduty.channel import PagerDuty
from sinks.slack.bot import SlackBot
from sinks.slack.webhook import SlackWebhook

TOKEN, HOOK, KEY = SecretStr("xoxb-1-2-3"), SecretStr("https://hooks.slack.com/services/T/B/x"), SecretStr("k" * 32)
DESK = "http://127.0.0.1:8025"


@pytest.mark.parametrize(
    ("settings", "kinds"),
    [
        ({}, {}),
        ({"desk_url": DESK}, {"slack": SlackBot, "pagerduty": PagerDuty}),
        ({"slack_webhook_url": HOOK}, {"slack": SlackWebhook}),
        ({"slack_webhook_url": HOOK, "slack_bot_token": TOKEN}, {"slack": SlackBot}),
        ({"pagerduty_routing_key": KEY}, {"pagerduty": PagerDuty}),
        ({"pagerduty_routing_key": KEY, "desk_url": DESK}, {"slack": SlackBot, "pagerduty": PagerDuty}),
    ],
)
def test_channels(settings: dict[str, object], kinds: dict[str, type]) -> None:
    assert {kind: type(channel) for kind, channel in build_channels(Settings(**settings)).items()} == kinds


def test_whom_nobody_plays_is_said_aloud(capsys: pytest.CaptureFixture[str]) -> None:
    build_channels(Settings())
    told = capsys.readouterr().out
    assert "SEAWALL_SLACK_BOT_TOKEN" in told
    assert "SEAWALL_PAGERDUTY_ROUTING_KEY" in told


def test_a_real_vendor_is_never_given_the_desks_made_up_token() -> None:
    bot = build_channels(Settings(desk_url=DESK, slack_api_url="https://slack.com/api/"))["slack"]
    assert isinstance(bot, SlackBot)
    assert bot._api_url == f"{DESK}/api/"
