"""Whether a request is Twilio's: https://www.twilio.com/docs/usage/security#validating-requests.

`X-Twilio-Signature` holds a base64 HMAC-SHA1 of the address as Twilio was told it, and of the names and values of all
fields in the order of their names.
"""

import hmac
from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha1
from urllib.parse import urlsplit

__all__ = ["is_signed"]

_PORTS = {"https": 443, "http": 80}


def is_signed(token: str, given: str, url: str, fields: Mapping[str, str]) -> bool:
    """Whether the signature is of the account's token.

    Args:
        token: the account's.
        given: the header.
        url: the address as Twilio was told it, with its query.
        fields: of the form.
    """
    told = "".join(f"{name}{fields[name]}" for name in sorted(fields))
    right = (
        b64encode(hmac.new(token.encode(), f"{one}{told}".encode(errors="replace"), sha1).digest())
        for one in _spellings(url)
    )
    return any(hmac.compare_digest(given.encode(errors="replace"), one) for one in right)


def _spellings(url: str) -> Iterator[str]:
    """With and without the scheme's own port: Twilio has signed either."""
    yield url
    parts = urlsplit(url)
    port = _PORTS.get(parts.scheme)
    if parts.port is None and port is not None:
        yield parts._replace(netloc=f"{parts.netloc}:{port}").geturl()
    elif parts.port == port:
        yield parts._replace(netloc=parts.netloc.removesuffix(f":{port}")).geturl()
