"""Signatures by Standard Webhooks, symmetric: HMAC-SHA256 over id, time and body.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme
"""

import base64
import binascii
import hashlib
import hmac

__all__ = ["keys_of", "signed_headers"]

PREFIX = "whsec_"
MIN_KEY, MAX_KEY = 24, 64  # bytes, by the specification


def keys_of(secret: str) -> list[bytes]:
    """The keys of `whsec_…`, or of several with blanks between them while one replaces the other. Raises ValueError."""
    keys = []
    for one in secret.split():
        try:
            key = base64.b64decode(one.removeprefix(PREFIX), validate=True)
        except binascii.Error:
            key = b""
        if not one.startswith(PREFIX) or not MIN_KEY <= len(key) <= MAX_KEY:
            raise ValueError(f"should be {PREFIX} and {MIN_KEY} to {MAX_KEY} random bytes in base64")
        keys.append(key)
    if not keys:
        raise ValueError("is empty")
    return keys


def signed_headers(keys: list[bytes], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers.

    Args:
        keys: sign each; the receiver needs to know one.
        message_id: the same at every attempt, without dots.
        timestamp: seconds since 1970, of this attempt.
        body: as it is sent.
    """
    told = b".".join([message_id.encode(), str(timestamp).encode(), body])
    signatures = [base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode() for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
