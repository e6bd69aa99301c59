"""Names of channels in a rule file."""

import pytest

from rules.rulefile import RuleFileError, load
from rules.rulefile.channels import CHANNEL_KINDS

GOOD = [
    "slack:#ops",
    "pagerduty:default",
    "email:oncall@shop.example",
    "email:a@shop.example, b+x@shop.example",
    "teams:payments",
    "webhook:ops_2",
    "googlechat:payments",
    "opsgenie:default",
    "victorops:payments",
    "alertmanager:default",
    "sms:+4930123456",
    "voice:+4930123456",
    "apprise:phones",
]
BAD = [
    ("email:oncall", "the target should be an address"),
    ("email:a@b.example,", "the target should be an address"),
    ("email:A <a@b.example>", "the target should be an address"),
    ("teams:https://a.example/secret", "a name in SEAWALL_TEAMS_WEBHOOKS, such as `teams:payments`"),
    ("sms:030123", "a number in the international form, such as `sms:+4930123456`"),
    ("webhook:", "names no target; write such as `webhook:ops`"),
    ("webhok:ops", "did you mean `webhook:ops`?"),
    ("carrier-pigeon:ops", "there are slack, pagerduty, email, "),
]


@pytest.mark.parametrize("name", GOOD)
def test_good_names(name: str) -> None:
    assert load(f'default_route: "{name}"', "rules.yaml").default_route == (name,)


@pytest.mark.parametrize(("name", "told"), BAD)
def test_bad_names(name: str, told: str) -> None:
    with pytest.raises(RuleFileError) as caught:
        load(f'default_route: "{name}"', "rules.yaml")
    assert told in str(caught.value)


def test_a_kind_has_a_good_name_here() -> None:
    assert {name.partition(":")[0] for name in GOOD} == set(CHANNEL_KINDS)
