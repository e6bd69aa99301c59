"""The section `masking` of the rule file: what is taken out of errors before anything else looks at them."""

from typing import Annotated, Any, Literal, get_args

import re2
from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from rules.rulefile.part import Part, Patterns, listed, one_or_more
from rules.selectors import parse_selector

__all__ = ["BuiltIn", "BuiltInName", "MaskingChoices", "MaskingRules", "OwnRule", "ServiceMasking"]

BuiltInName = Literal[
    # by the key
    "password", "secret", "token", "authorization", "credentials", "api_key", "private_key", "key", "csrf", "otp",
    "cookie", "session", "session_id",
    # by their form
    "jwt", "aws_key", "google_key", "azure_key", "alibaba_key", "tencent_key", "digitalocean_token", "heroku_key",
    "cloudflare_key", "github_token", "gitlab_token", "atlassian_token", "slack_token", "stripe_key", "twilio_key",
    "sendgrid_key", "mailgun_key", "mailchimp_key", "npm_token", "pypi_token", "docker_token", "openai_key",
    "anthropic_key", "telegram_token", "discord_token", "shopify_token", "square_token", "vault_token",
    "terraform_token", "databricks_token", "datadog_key", "newrelic_key", "sentry_token", "okta_token", "linear_key",
    "notion_token", "grafana_token", "huggingface_token", "airtable_token", "seawall_key", "webhook",
    # personal data
    "email", "phone", "user", "card", "iban", "ssn", "national_id", "imei", "mac", "ip",
]  # fmt: skip

MAX_PATTERN = 500
_MAX_MEMORY = 1 << 20  # bytes for the compiled pattern: what needs more is slow, too
_ANCHORS = (r"\A", r"\z", "(?-m")


def _is_selector(text: str) -> str:
    parse_selector(text)
    return text


def _is_pattern(text: str) -> str:
    """Only what RE2 takes, and what cannot match nothing at all."""
    options = re2.Options()
    options.max_mem = _MAX_MEMORY
    options.log_errors = False
    try:
        pattern = re2.compile(text, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "it cannot be read"
        reason = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(f"`{text[:60]}` is no pattern that RE2 takes: {reason}") from None
    for anchor in _ANCHORS:
        if anchor in text.replace("\\\\", ""):
            raise ValueError(f"`{text[:60]}`: write `^` and `$` for the ends of a text, not `{anchor}`")
    if pattern.search("") is not None:
        raise ValueError(f"`{text[:60]}` fits an empty text, and so everywhere")
    return text


SelectorText = Annotated[
    str,
    Field(min_length=1, max_length=500, json_schema_extra={"examples": ["$string", "extra.*.token", "$frame.vars.**"]}),
    AfterValidator(_is_selector),
]
PatternText = Annotated[str, Field(min_length=1, max_length=MAX_PATTERN), AfterValidator(_is_pattern)]
MethodName = Literal["replace", "mask", "hash", "remove"]

_METHOD = (
    "replace: by the rule's name in brackets; mask: by stars; hash: by a keyed hash, the same for the same value, so"
    " that it can be counted; remove: by nothing"
)


class _Way(Part):
    method: MethodName = Field("replace", description=_METHOD)
    keep: int = Field(
        0, ge=0, le=20, description="with `mask`: how many of the last characters stay, at most half of all"
    )

    @model_validator(mode="after")
    def _keeps_of_masked(self) -> "_Way":
        if self.keep and self.method != "mask":
            msg = "`keep` goes with `method: mask` only"
            raise ValueError(msg)
        return self


class OwnRule(_Way):
    """Something to mask that is not built in, before what is."""

    name: str = Field(
        pattern=r"^[a-z][a-z0-9_-]*$",
        min_length=3,
        max_length=40,
        description="stands in brackets for what was masked, and in the remarks",
    )
    pattern: PatternText | None = Field(
        None,
        description="what to mask, in RE2's syntax; of a group named `secret`, `(?P<secret>…)`, only that part; without"
        " a pattern the whole values that `where` selects",
    )
    where: SelectorText = Field("$string", description="which values, by their paths")

    @model_validator(mode="after")
    def _asks_for_something(self) -> "OwnRule":
        if self.pattern is None and "where" not in self.model_fields_set:
            msg = "a rule needs a `pattern`, a `where`, or both"
            raise ValueError(msg)
        return self

    @field_validator("name")
    @classmethod
    def _is_its_own(cls, name: str) -> str:
        if name in get_args(BuiltInName):
            raise ValueError(f"`{name}` is built in; change it under `builtin`")
        return name


class BuiltIn(_Way):
    """What is done with a built-in rule."""

    enabled: bool = Field(default=True, description="false: it masks nothing")
    where: SelectorText | None = Field(None, description="only in these values; `!extra.contact.**`: not in those")


def _switch(value: object) -> object:
    return {"enabled": value} if isinstance(value, bool) else value


def _or_switch(schema: dict[str, Any]) -> None:
    """Let editors know that `true` and `false` may stand for `enabled`."""
    schema["additionalProperties"] = {"anyOf": [{"type": "boolean"}, schema["additionalProperties"]]}


class MaskingChoices(Part):
    """What may be chosen for all services, and for some of them."""

    rules: tuple[OwnRule, ...] = Field((), max_length=100, description="rules of your own")
    builtin: dict[BuiltInName, Annotated[BuiltIn, BeforeValidator(_switch)]] = Field(
        {},
        json_schema_extra=_or_switch,
        description="built-in rules by their names: switched on or off, in some values only, by another method",
    )
    safe_fields: Annotated[tuple[SelectorText, ...], BeforeValidator(listed)] = Field(
        (),
        max_length=200,
        json_schema_extra=one_or_more,
        description="values in which no built-in rule masks anything, by their keys or paths",
    )

    @model_validator(mode="after")
    def _names_once(self) -> "MaskingChoices":
        names = [rule.name for rule in self.rules]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ValueError(f"there are two rules with the name `{twice}`")
        return self


class ServiceMasking(MaskingChoices):
    """Choices for some services; they add to those for all, and go before them."""

    service: Patterns = Field(description="the services' names; `*` is wild; the first entry that fits counts")


class MaskingRules(MaskingChoices):
    """What is masked, beside what is built in."""

    services: tuple[ServiceMasking, ...] = Field((), max_length=200, description="other choices for some services")
