"""The channels beside Slack and PagerDuty, of those kinds for which something is set. Nobody plays the others."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pydantic import SecretStr

from rules.rulefile.channels import CHANNEL_KINDS
from seawall.errors import SettingsError
from seawall.rulebook import rules_in_force
from seawall.settings import Settings
from sinks.alertmanager import Alertmanager
from sinks.contract import Channel
from sinks.delivering import split_channel
from sinks.email.channel import Email
from sinks.googlechat.channel import GoogleChat
from sinks.opsgenie import Opsgenie
from sinks.posting import Poster
from sinks.rendering import Renderer
from sinks.sms import Sms
from sinks.teams.channel import Teams
from sinks.twilio import Answers
from sinks.victorops import VictorOps
from sinks.voice import Voice
from sinks.webhook.channel import Endpoint, Webhook
from sinks.webhook.guard import Guard, networks_of
from sinks.webhook.signing import keys_of

__all__ = ["answers_of", "configured_channels", "routed_channels", "unset_channels"]


def configured_channels(settings: Settings) -> dict[str, Channel]:
    """The channels by kind, not yet open."""
    renderer = Renderer(settings.templates)
    makers: Mapping[str, Callable[[Settings, Renderer], Channel | None]] = {
        "email": _email,
        "teams": _teams,
        "googlechat": _googlechat,
        "opsgenie": _opsgenie,
        "victorops": _victorops,
        "webhook": _webhook,
        "alertmanager": _alertmanager,
        "sms": _sms,
        "voice": _voice,
        "apprise": _apprise,
    }
    made = {kind: make(settings, renderer) for kind, make in makers.items()}
    return {kind: channel for kind, channel in made.items() if channel is not None}


def unset_channels(settings: Settings, channels: Iterable[str]) -> list[str]:
    """Those of the channels that no setting is about: nothing is set for the kind, or nothing of the target's name."""
    named: Mapping[str, Mapping[str, SecretStr]] = {
        "teams": settings.teams_webhooks,
        "googlechat": settings.googlechat_webhooks,
        "opsgenie": settings.opsgenie_api_keys,
        "webhook": settings.webhooks,
        "alertmanager": settings.alertmanager_urls,
        "apprise": settings.apprise_urls,
    }
    kinds = {"slack", "pagerduty", *configured_channels(settings)}  # the local desk plays the first two
    unset = []
    for channel in dict.fromkeys(channels):
        kind, target = split_channel(channel)
        if kind not in kinds or (kind in named and target not in named[kind]):
            unset.append(channel)
    return unset


def routed_channels(settings: Settings) -> list[str]:
    """The channels that the rules and the settings name; those of a file that cannot be read are another check's."""
    given = settings.standstill_channels if "standstill_channels" in settings.model_fields_set else []
    try:
        rules = rules_in_force(settings.rules)
    except SettingsError:
        return given
    asked = [channel for user in rules.users.values() for channel in user.contact]
    for policy in rules.policies.values():
        asked += [one for step in policy.steps for one in step.notify if one.partition(":")[0] in CHANNEL_KINDS]
        asked += policy.unanswered
    return [*rules.default_route, *_named(rules.model_dump()["routes"]), *asked, *given]


def _named(routes: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for route in routes:
        yield from route.get("to") or ()
        yield from _named(route.get("routes") or ())


def _email(settings: Settings, renderer: Renderer) -> Channel | None:
    if settings.email_server is None or settings.email_from is None:
        return None
    return Email(settings.email_server.get_secret_value(), settings.email_from, renderer)


def _teams(settings: Settings, renderer: Renderer) -> Channel | None:
    urls = _opened(settings.teams_webhooks)
    return Teams(urls, renderer, Poster()) if urls else None


def _googlechat(settings: Settings, renderer: Renderer) -> Channel | None:
    urls = _opened(settings.googlechat_webhooks)
    return GoogleChat(urls, renderer, Poster()) if urls else None


def _opsgenie(settings: Settings, renderer: Renderer) -> Channel | None:
    keys = _opened(settings.opsgenie_api_keys)
    return Opsgenie(keys, renderer, Poster(), api_url=settings.opsgenie_url) if keys else None


def _victorops(settings: Settings, renderer: Renderer) -> Channel | None:
    url = settings.victorops_url
    return VictorOps(url.get_secret_value(), renderer, Poster()) if url else None


def _alertmanager(settings: Settings, renderer: Renderer) -> Channel | None:
    urls = _opened(settings.alertmanager_urls)
    return Alertmanager(urls, renderer, Poster()) if urls else None


def answers_of(settings: Settings) -> Answers | None:
    """Where people who are called or texted may answer."""
    return Answers(settings.hooks_url) if settings.hooks_url and settings.hooks_port else None


def _sms(settings: Settings, renderer: Renderer) -> Channel | None:
    return _twilio(Sms, settings, settings.twilio_from, renderer)


def _voice(settings: Settings, renderer: Renderer) -> Channel | None:
    return _twilio(Voice, settings, settings.twilio_voice_from, renderer)


def _twilio(channel: type[Sms | Voice], settings: Settings, sender: str | None, renderer: Renderer) -> Channel | None:
    sid, token = settings.twilio_account_sid, settings.twilio_auth_token
    if not (sid and token and sender):
        return None
    return channel(
        sid,
        token.get_secret_value(),
        sender,
        renderer,
        Poster(),
        api_url=settings.twilio_url,
        answers=answers_of(settings),
    )


def _apprise(settings: Settings, renderer: Renderer) -> Channel | None:
    urls = _opened(settings.apprise_urls)
    if not urls:
        return None
    from sinks.apprising import AppriseChannel  # noqa: PLC0415 -- it brings a hundred services

    return AppriseChannel(urls, renderer)


def _webhook(settings: Settings, renderer: Renderer) -> Channel | None:
    del renderer
    secrets = _opened(settings.webhook_secrets)
    endpoints = {
        name: Endpoint(url, keys_of(secrets.get(name) or secrets["default"]))
        for name, url in _opened(settings.webhooks).items()
    }
    guard = Guard(networks_of(settings.webhook_networks))
    return Webhook(endpoints, guard, Poster(resolver=guard)) if endpoints else None


def _opened(secrets: Mapping[str, SecretStr]) -> dict[str, str]:
    return {name: secret.get_secret_value() for name, secret in secrets.items()}
