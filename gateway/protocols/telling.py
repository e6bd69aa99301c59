"""`/v1/releases` and `/v1/traffic`: what the job wants to know beside errors."""

from gateway.contract import Accepted, Endpoint, Received, Record, Refused
from gateway.protocols.common import json_answer, json_of, refused_as_detail
from gateway.protocols.plain import plain_key

__all__ = ["RELEASES", "TRAFFIC", "told"]

MAX_TOLD = 900_000  # bytes; these topics have Kafka's usual limit of 1 MB


def told(topic: str, received: Received) -> Accepted:
    """A record for another topic, as it came. Raises Refused."""
    if len(received.body) > MAX_TOLD:
        raise Refused(413, "too_large", f"{topic}: more than {MAX_TOLD} bytes")
    return Accepted(
        [], json_answer(202, {}), told={topic: [Record(received.body, received.new_id.encode())]}, secret=True
    )


def _json(topic: str, received: Received) -> Accepted:
    if not isinstance(json_of(received.body), dict | list):
        raise Refused(400, "invalid", f"{topic}: the body is no JSON object, nor an array of them")
    return told(topic, received)


RELEASES = Endpoint("releases", plain_key, lambda received: _json("releases", received), refused_as_detail)
TRAFFIC = Endpoint("traffic", plain_key, lambda received: _json("traffic", received), refused_as_detail)
