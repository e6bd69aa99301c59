"""The settings of what people answer where alerts reach them: see `inbound`."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from seawall.settings_checks import WebUrl

__all__ = ["HookSettings"]


class HookSettings(BaseSettings):
    """Part of the settings."""

    hooks_host: str = Field(
        "127.0.0.1", description="where notifiers take what Slack and PagerDuty send; put TLS before it"
    )
    hooks_port: int = Field(0, ge=0, le=65535, description="its port; 0: it is off")
    hooks_url: WebUrl | None = Field(
        None,
        description="how vendors reach it, `https://host` and maybe a path: with it, calls and text messages by Twilio"
        " can be answered, at /hooks/twilio/calls and /hooks/twilio/messages",
    )
    slack_signing_secret: SecretStr | None = Field(
        None,
        description="the Slack app's: with it, buttons and `/seawall` are taken at /hooks/slack/actions and"
        " /hooks/slack/commands",
    )
    slack_app_token: SecretStr | None = Field(
        None, description="`xapp-…`: buttons and `/seawall` by Socket Mode, where Slack cannot reach a port of ours"
    )
    pagerduty_webhook_secret: SecretStr | None = Field(
        None, description="of the webhook subscription whose address is /hooks/pagerduty"
    )
