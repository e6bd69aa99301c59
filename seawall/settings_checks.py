"""What single settings must look like and which of them contradict each other, in words that name the variables."""

import re
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

if TYPE_CHECKING:
    from pydantic import SecretStr

    from seawall.settings import Settings

__all__ = ["WebUrl", "channel", "kafka_name", "kafka_problems", "kafka_servers", "url", "web_url"]

_NAME = re.compile(r"[A-Za-z0-9._-]{1,200}")  # Kafka allows 249; changelog names need some room behind the group's
_SERVER = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?")
_MAX_PORT = 65535


def kafka_name(value: str) -> str:
    """A topic, group or prefix that Kafka takes."""
    if not _NAME.fullmatch(value) or value in {".", ".."}:
        raise ValueError("only letters, digits, `.`, `_` and `-`, at most 200 of them")
    return value


def kafka_servers(value: str) -> str:
    """`host:port,…` without blanks."""
    servers = [server.strip() for server in value.split(",") if server.strip()]
    for server in servers:
        match = _SERVER.fullmatch(server)
        if not match or int(match[1] or 0) > _MAX_PORT:
            raise ValueError("should be `host:port`, or several with commas between them, without `kafka://`")
    if not servers:
        raise ValueError("names no server")
    return ",".join(servers)


def url(value: "SecretStr | None", *schemes: str) -> "SecretStr | None":
    """A URL of one of the schemes. What is wrong with it is said without showing it: it holds a password."""
    if value is None:
        return None
    text = value.get_secret_value()
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError("is not a URL; special characters of the password must be percent-encoded") from None
    if parts.scheme not in schemes:
        raise ValueError(f"should begin with {schemes[0]}://")
    return value


def web_url(value: str) -> str:
    """An address for HTTP. What is wrong with it is said without showing it: it may be a secret."""
    try:
        parts = urlsplit(value)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ValueError("should begin with https://, then name a host")
    return value


WebUrl = Annotated[str, AfterValidator(web_url)]


def channel(value: str) -> str:
    """The name of a channel, as in the rule file."""
    from rules.rulefile.channels import known_channel  # noqa: PLC0415 -- only where one is set: start-up time

    return known_channel(value)


def kafka_problems(settings: "Settings") -> list[str]:
    """Each contradiction in how Kafka is to be talked to: what is set must be used, what is needed must be there."""
    protocol = settings.kafka_security_protocol
    tls, sasl = protocol in {"SSL", "SASL_SSL"}, protocol.startswith("SASL")
    files = {"CA": settings.kafka_ssl_ca, "CERT": settings.kafka_ssl_cert, "KEY": settings.kafka_ssl_key}
    credentials = {
        "MECHANISM": settings.kafka_sasl_mechanism,
        "USERNAME": settings.kafka_sasl_username,
        "PASSWORD": settings.kafka_sasl_password,
    }
    problems = []
    if not tls and (given := [f"SEAWALL_KAFKA_SSL_{name}" for name, file in files.items() if file]):
        safe = "SASL_SSL" if sasl else "SSL"
        problems.append(f"{given[0]} is set, but SEAWALL_KAFKA_SECURITY_PROTOCOL={protocol} uses no TLS: set {safe}")
    if not sasl and (given := [f"SEAWALL_KAFKA_SASL_{name}" for name, value in credentials.items() if value]):
        problems.append(
            f"{given[0]} is set, but SEAWALL_KAFKA_SECURITY_PROTOCOL={protocol} logs nobody in: set SASL_SSL"
            " (or SASL_PLAINTEXT, which sends it over the network unencrypted)"
        )
    if sasl:
        problems += [
            f"SEAWALL_KAFKA_SECURITY_PROTOCOL={protocol} needs SEAWALL_KAFKA_SASL_{name}"
            for name in ("USERNAME", "PASSWORD")
            if not credentials[name]
        ]
    if settings.kafka_ssl_key and not settings.kafka_ssl_cert:
        problems.append("SEAWALL_KAFKA_SSL_KEY is set without SEAWALL_KAFKA_SSL_CERT, the certificate it belongs to")
    if settings.kafka_ssl_cert and not settings.kafka_ssl_key:
        problems.append("SEAWALL_KAFKA_SSL_CERT is set without SEAWALL_KAFKA_SSL_KEY, its key")
    if settings.kafka_ssl_key_password and not settings.kafka_ssl_key:
        problems.append("SEAWALL_KAFKA_SSL_KEY_PASSWORD is set without SEAWALL_KAFKA_SSL_KEY")
    return problems
