"""The settings of channels: what is refused, what they make, and that their secrets stay secret."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from seawall import doctor
from seawall.logs import Redactor, secrets_of
from seawall.notifier.channels import build_deliverer
from seawall.notifier.configured import configured_channels, routed_channels, unset_channels
from seawall.settings import Settings, problems_of
from sinks.alertmanager import Alertmanager
from sinks.apprising import AppriseChannel
from sinks.email.channel import Email
from sinks.googlechat.channel import GoogleChat
from sinks.opsgenie import Opsgenie
from sinks.sms import Sms
from sinks.teams.channel import Teams
from sinks.victorops import VictorOps
from sinks.voice import Voice
from sinks.webhook.channel import Webhook

TOKEN = "t0ken-t0ken-t0ken-t0ken"
HOOK = f"https://hooks.example/{TOKEN}?sig={TOKEN[::-1]}"
WHSEC = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"


def from_environment(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(f"SEAWALL_{name}", value)
    return Settings()


@pytest.mark.parametrize(
    ("variables", "kinds"),
    [
        ({}, {}),
        ({"EMAIL_SERVER": "smtp://u:p@mail.example", "EMAIL_FROM": "a@b.example"}, {"email": Email}),
        ({"EMAIL_FROM": "a@b.example"}, {}),
        ({"TEAMS_WEBHOOKS": HOOK}, {"teams": Teams}),
        ({"WEBHOOKS": HOOK, "WEBHOOK_SECRETS": WHSEC}, {"webhook": Webhook}),
        ({"WEBHOOKS": json.dumps({"ops": HOOK}), "WEBHOOK_SECRETS": WHSEC}, {"webhook": Webhook}),
        ({"GOOGLECHAT_WEBHOOKS": HOOK}, {"googlechat": GoogleChat}),
        ({"OPSGENIE_API_KEYS": TOKEN}, {"opsgenie": Opsgenie}),
        ({"VICTOROPS_URL": HOOK}, {"victorops": VictorOps}),
        ({"ALERTMANAGER_URLS": "http://a:9093 http://b:9093"}, {"alertmanager": Alertmanager}),
        ({"APPRISE_URLS": "json://a.example/x"}, {"apprise": AppriseChannel}),
        ({"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_FROM": "+15005550006"}, {"sms": Sms}),
        (
            {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_VOICE_FROM": "+15005550006"},
            {"voice": Voice},
        ),
    ],
)
def test_channels(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], kinds: dict[str, type]) -> None:
    settings = from_environment(monkeypatch, **variables)
    assert {kind: type(channel) for kind, channel in configured_channels(settings).items()} == kinds


@pytest.mark.parametrize("kind", ["TEAMS_WEBHOOKS", "GOOGLECHAT_WEBHOOKS", "ALERTMANAGER_URLS"])
def test_one_secret_alone_is_the_default_and_several_have_names(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    alone = getattr(from_environment(monkeypatch, **{kind: HOOK}), kind.lower())
    assert {name: secret.get_secret_value() for name, secret in alone.items()} == {"default": HOOK}
    named = getattr(from_environment(monkeypatch, **{kind: json.dumps({"a": HOOK, "b-2": HOOK})}), kind.lower())
    assert list(named) == ["a", "b-2"]


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"EMAIL_SERVER": "smtp://u:p@mail.example"}, "SEAWALL_EMAIL_SERVER needs SEAWALL_EMAIL_FROM"),
        ({"EMAIL_SERVER": f"http://{TOKEN}"}, "SEAWALL_EMAIL_SERVER: should be smtp://"),
        ({"EMAIL_SERVER": f"smtp://u:{TOKEN}@h.example?tls=off"}, "unencrypted"),
        ({"EMAIL_FROM": "Ops <a@b.example>"}, "SEAWALL_EMAIL_FROM='Ops <a@b.example>': should be an e-mail address"),
        ({"TEAMS_WEBHOOKS": TOKEN}, "SEAWALL_TEAMS_WEBHOOKS: `default` should begin with https://"),
        ({"TEAMS_WEBHOOKS": f'{{"a": "{TOKEN}"'}, "SEAWALL_TEAMS_WEBHOOKS: is not JSON"),
        ({"TEAMS_WEBHOOKS": f'{{"a b": "https://{TOKEN}"}}'}, "`a b` is no name"),
        ({"TEAMS_WEBHOOKS": '{"a": " "}'}, "`a` is empty"),
        ({"TEAMS_WEBHOOKS": '{"a": 1}'}, "SEAWALL_TEAMS_WEBHOOKS"),
        ({"WEBHOOKS": f'{{"ops": "{HOOK}"}}'}, "SEAWALL_WEBHOOK_SECRETS has neither `ops` nor `default`"),
        ({"WEBHOOK_SECRETS": TOKEN}, "SEAWALL_WEBHOOK_SECRETS: `default` should be whsec_"),
        ({"APPRISE_URLS": f"nobody://{TOKEN}"}, "`default` is no URL of a service that Apprise knows"),
        ({"VICTOROPS_URL": TOKEN}, "SEAWALL_VICTOROPS_URL: should begin with https://"),
        ({"ALERTMANAGER_URLS": "http://a:9093, b:9093"}, "should begin with https://"),
        ({"TWILIO_AUTH_TOKEN": TOKEN}, "texts and calls need SEAWALL_TWILIO_ACCOUNT_SID as well"),
        ({"WEBHOOK_NETWORKS": '["10.0.0.0/99"]'}, "SEAWALL_WEBHOOK_NETWORKS"),
    ],
)
def test_what_is_wrong_is_told_without_the_secret(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], told: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        from_environment(monkeypatch, **variables)
    lines = "\n".join(problems_of(caught.value))
    assert told in lines
    assert TOKEN not in lines


def test_secrets_by_name_are_known_to_logs_whole_and_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = from_environment(monkeypatch, TEAMS_WEBHOOKS=json.dumps({"a": HOOK}), WEBHOOK_SECRETS=f"{WHSEC} {WHSEC}")
    assert TOKEN not in repr(settings)
    redact = Redactor(secrets_of(settings)).text
    for told in (f"POST {HOOK} failed", f"404 for /{TOKEN}", f"sig {TOKEN[::-1]}", f"key {WHSEC}"):
        assert "[redacted]" in redact(told)
        assert TOKEN not in redact(told)


async def test_the_deliverer_knows_them_too(monkeypatch: pytest.MonkeyPatch) -> None:
    deliverer = build_deliverer(from_environment(monkeypatch, TEAMS_WEBHOOKS=HOOK))
    assert deliverer.redact(f"404 for /{TOKEN}") == "404 for /[secret]"
    assert deliverer.kinds == ["teams"]


def test_settings_without_channels_import_none_of_them() -> None:
    code = (
        "import sys; from seawall.settings import Settings; Settings();"
        " sys.exit(', '.join({'aiosmtplib', 'jinja2', 'apprise'} & set(sys.modules)))"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SEAWALL_")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.stderr.strip() == ""


def test_channels_that_no_setting_names(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = from_environment(monkeypatch, TEAMS_WEBHOOKS=HOOK)
    names = ["slack:#x", "pagerduty:x", "teams:default", "teams:other", "sms:+4930123456", "teams:other"]
    assert unset_channels(settings, names) == ["teams:other", "sms:+4930123456"]


async def test_the_doctor_says_where_rules_lead_to_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("routes:\n  - to: [teams:default, teams:other]\ndefault_route: slack:#ops\n")
    settings = from_environment(
        monkeypatch, TEAMS_WEBHOOKS=HOOK, RULES=str(rules), DESK_URL="http://127.0.0.1:9", WEBHOOK_SECRETS=WHSEC
    )
    with pytest.raises(doctor._WrongError, match="rules lead to teams:other, which no setting names"):
        await doctor._channels(settings)
    rules.write_text("default_route: teams:default\n")
    assert await doctor._channels(settings) == "Slack: the local desk; PagerDuty: the local desk; teams"


async def test_whom_policies_and_the_standstill_lead_to_is_looked_at_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "users: {ann: {contact: sms:+4930123456}}\n"
        "policies: {shop: {steps: [{notify: [user:ann, teams:default, teams:asked]}], unanswered: teams:bosses}}\n"
        "routes: [{to: slack:#ops, policy: shop}]\ndefault_route: slack:#ops\n"
    )
    settings = from_environment(
        monkeypatch, TEAMS_WEBHOOKS=HOOK, RULES=str(rules), DESK_URL="http://127.0.0.1:9",
        STANDSTILL_CHANNELS='["teams:still", "slack:#ops"]',
    )  # fmt: skip
    wanted = ["sms:+4930123456", "teams:asked", "teams:bosses", "teams:still"]
    assert unset_channels(settings, routed_channels(settings)) == wanted
