"""Records on their way from a request to Kafka."""

from collections.abc import Sequence

from gateway.contract import Record, Refused
from gateway.places import place_of
from gateway.publishing import KafkaAwayError, Publisher, Written
from models.dead import ORIGIN
from sinks.postgres.projects import GatewayKey

__all__ = ["ENVIRONMENT", "PROJECT", "Writer"]

PROJECT = "seawall-project"  # header: of the key that a record was sent with
ENVIRONMENT = "seawall-environment"  # header: the key's, for errors that name none
RETRY_AFTER = 10  # seconds


class Writer:
    """Writes records, each with what is known of its sender.

    Args:
        publisher: to Kafka.
    """

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    @property
    def ready(self) -> bool:
        """Whether a record would be taken now."""
        return not self._publisher.away

    async def write(self, records: Sequence[Record], key: GatewayKey, request_id: str) -> None:
        """Write records; returns when they are safe. Raises Refused (503) where they cannot be kept."""
        written = [_written(record, key, place_of(request_id, number)) for number, record in enumerate(records)]
        try:
            await self._publisher.publish(written)
        except KafkaAwayError:
            raise Refused(503, "kafka_away", "the errors cannot be taken at the moment", RETRY_AFTER) from None


def _written(record: Record, key: GatewayKey, place: str) -> Written:
    headers = [(ORIGIN, place.encode()), (PROJECT, key.project.encode())]
    if record.content_type is not None:
        headers.append(("content-type", record.content_type.encode()))
    if key.environment is not None:
        headers.append((ENVIRONMENT, key.environment.encode()))
    return Written(record.value, record.key, headers)
