"""What makes a record known again: a place of its own, by which its events keep their ids however often it is sent.

A record whose writing Kafka did not confirm may be there all the same. It is sent again with the same place, and the
job counts it once. The form is that of `models.dead.Place`, the id that of `rules.preparing`.
"""

from hashlib import blake2b

__all__ = ["event_id_of", "place_of"]

_ID_BYTES = 16


def place_of(request_id: str, number: int) -> str:
    """The place of a request's record.

    Args:
        request_id: 32 hex characters that no other request has.
        number: of the record, from 0.
    """
    return f"gateway-{request_id}/0/0/{number}"  # as Place writes it


def event_id_of(request_id: str, number: int) -> str:
    """The id that the first event in a record gets where its sender gave none, in 32 hex characters."""
    return blake2b(f"{place_of(request_id, number)}/0".encode(), digest_size=_ID_BYTES).hexdigest()
