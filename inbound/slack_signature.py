"""Whether a request is Slack's: https://docs.slack.dev/authentication/verifying-requests-from-slack."""

from collections.abc import Mapping

from slack_sdk.signature import SignatureVerifier

from inbound.contract import Refused

__all__ = ["verify"]


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> None:
    """Raises Refused for what is not signed with the app's secret, or was signed more than five minutes ago."""
    timestamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    # The library converts the time without a look at it.
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > len("9999999999"):
        raise Refused(401, "no signature of Slack's")
    if not SignatureVerifier(secret).is_valid(body, timestamp, signature):
        raise Refused(401, "the signature is not right, or too old")
