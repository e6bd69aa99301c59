"""The settings of channels beside Slack and PagerDuty: where they lead, and their secrets."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

from seawall.settings_checks import WebUrl, web_url

__all__ = ["ChannelSettings", "NamedSecrets"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def _named(value: Any) -> Any:
    """`{"name": "secret", …}` as JSON, or one secret alone, which is then called `default`."""
    if not isinstance(value, str):
        return value
    if not value.lstrip().startswith("{"):
        return {"default": value.strip()}
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError("is not JSON; write such as {'name': '…'} with double quotes") from None


def _good_names(value: dict[str, SecretStr]) -> dict[str, SecretStr]:
    for name, secret in value.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"`{name[:64]}` is no name: letters, digits, `.`, `_` and `-`, at most 64 of them")
        if not secret.get_secret_value().strip():
            raise ValueError(f"`{name}` is empty")
    return value


NamedSecrets = Annotated[dict[str, SecretStr], NoDecode, BeforeValidator(_named), AfterValidator(_good_names)]
"""Secrets by the name that channels have them under: `teams:payments` is the one called `payments`."""


def _each(values: Mapping[str, SecretStr], check: Any) -> None:
    for name, secret in values.items():
        try:
            check(secret.get_secret_value())
        except ValueError as error:
            raise ValueError(f"`{name}` {error}") from None


def _web_url(value: str) -> None:
    for one in value.split():
        web_url(one)


class ChannelSettings(BaseSettings):
    """Part of the settings."""

    email_server: SecretStr | None = Field(
        None,
        description="where mail is handed in: `smtp://user:password@host:587` (TLS by STARTTLS; `?tls=off` for none)"
        " or `smtps://…:465`",
    )
    email_from: str | None = Field(None, description="the address that mails come from")
    teams_webhooks: NamedSecrets = Field({}, description="URLs of workflows of Microsoft Teams, by name")
    googlechat_webhooks: NamedSecrets = Field({}, description="URLs of webhooks of Google Chat's spaces, by name")
    opsgenie_api_keys: NamedSecrets = Field({}, description="keys of Opsgenie's API integrations, by name")
    opsgenie_url: WebUrl = Field("https://api.opsgenie.com", description="Opsgenie's API; the EU has its own")
    victorops_url: SecretStr | None = Field(
        None, description="Splunk On-Call's REST integration with its key, without the routing key: that is the target"
    )
    webhooks: NamedSecrets = Field({}, description="URLs that get signed events, by name")
    webhook_secrets: NamedSecrets = Field(
        {},
        description="`whsec_…` by the same names, to sign with; two with a blank between them while one replaces the"
        " other; `default` is for all without one of their own",
    )
    webhook_networks: list[str] = Field(
        [], description="private networks that webhooks may lead into, such as `10.0.0.0/8`; JSON list"
    )
    alertmanager_urls: NamedSecrets = Field(
        {}, description="Alertmanagers, by name; of a cluster all, with blanks between them"
    )
    twilio_account_sid: str | None = Field(None, description="of the Twilio account that sends text messages and calls")
    twilio_auth_token: SecretStr | None = Field(None, description="its token")
    twilio_from: str | None = Field(None, description="a number of the account, or the id of a messaging service")
    twilio_voice_from: str | None = Field(None, description="the number that calls come from")
    twilio_url: WebUrl = Field("https://api.twilio.com", description="Twilio's API; other regions have their own")
    apprise_urls: NamedSecrets = Field(
        {}, description="URLs of services that Apprise knows, by name; several with blanks between them"
    )
    templates: Path | None = Field(
        None, description="folder of templates that go before the built-in ones, see docs/channels.md"
    )

    @field_validator("email_server")
    @classmethod
    def _smtp_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            from sinks.email.channel import server_of  # noqa: PLC0415 -- here and below: only where it is set

            server_of(value.get_secret_value())
        return value

    @field_validator("email_from")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        if value is not None:
            from sinks.email.mail import is_address  # noqa: PLC0415

            if not is_address(value):
                raise ValueError("should be an e-mail address")
        return value

    @field_validator("teams_webhooks", "googlechat_webhooks", "webhooks", "alertmanager_urls")
    @classmethod
    def _web_urls(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        _each(value, _web_url)
        return value

    @field_validator("victorops_url")
    @classmethod
    def _with_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _web_url(value.get_secret_value())
        return value

    @field_validator("apprise_urls")
    @classmethod
    def _known_services(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        if value:
            from sinks.apprising import plugin_of  # noqa: PLC0415

            _each(value, lambda urls: [plugin_of(url) for url in urls.split()])
        return value

    @field_validator("webhook_secrets")
    @classmethod
    def _signing_secrets(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        if value:
            from sinks.webhook.signing import keys_of  # noqa: PLC0415

            _each(value, keys_of)
        return value

    @field_validator("webhook_networks")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        if value:
            from sinks.webhook.guard import networks_of  # noqa: PLC0415

            networks_of(value)
        return value

    @model_validator(mode="after")
    def _channels_hold_together(self) -> Self:
        problems = []
        if self.email_server and not self.email_from:
            problems.append("SEAWALL_EMAIL_SERVER needs SEAWALL_EMAIL_FROM, the address that mails come from")
        problems += [
            f"SEAWALL_WEBHOOKS has `{name}`, but SEAWALL_WEBHOOK_SECRETS has neither `{name}` nor `default`"
            for name in self.webhooks
            if name not in self.webhook_secrets and "default" not in self.webhook_secrets
        ]
        twilio = {
            "TWILIO_ACCOUNT_SID": self.twilio_account_sid,
            "TWILIO_AUTH_TOKEN": self.twilio_auth_token,
            "TWILIO_FROM": self.twilio_from or self.twilio_voice_from,
        }
        if any(twilio.values()) or self.twilio_voice_from:
            problems += [f"texts and calls need SEAWALL_{name} as well" for name, value in twilio.items() if not value]
        if problems:
            raise ValueError("\n".join(problems))
        return self
