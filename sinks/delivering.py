"""One attempt to deliver one notice: its turn, its deadline, its metrics. It ends in a receipt or one of two errors."""

import asyncio
import time
from collections.abc import Iterable, Mapping

import structlog

from sinks.contract import Channel, Notice, Receipt, Rejected, Retryable
from sinks.limiting import LIMITS, Limiter
from telemetry.metrics import DELIVERIES, DELIVERY_SECONDS

__all__ = ["MAX_REPLY", "Deliverer", "split_channel"]

DEADLINE = 10.0  # seconds; below the time after which a silent notifier's jobs are taken over
MAX_REPLY = 500  # characters of a vendor's reply that are stored

_log = structlog.get_logger(__name__)


def split_channel(channel: str) -> tuple[str, str]:
    """`slack:#payments` → (`slack`, `#payments`)."""
    kind, _, target = channel.partition(":")
    return kind, target


class Deliverer:
    """Sends notices through channels, by kind.

    Args:
        channels: the channels that are set up, by kind.
        limiter: gives out turns.
        deadline: seconds for one attempt.
        secrets: what must never show up in a reply, an error or a log line.
    """

    def __init__(
        self,
        channels: Mapping[str, Channel],
        limiter: Limiter,
        *,
        deadline: float = DEADLINE,
        secrets: Iterable[str] = (),
    ) -> None:
        self._channels = channels
        self._limiter = limiter
        self._deadline = deadline
        self._secrets = sorted(filter(None, secrets), key=len, reverse=True)

    @property
    def kinds(self) -> list[str]:
        """The kinds of channel that are set up."""
        return list(self._channels)

    async def open(self) -> None:
        """Open all channels."""
        for channel in self._channels.values():
            await channel.open()

    async def close(self) -> None:
        """Close all channels and the limiter."""
        for channel in self._channels.values():
            await channel.close()
        await self._limiter.close()

    async def take_turn(self, kind: str, target: str, transition: str) -> None:
        """Wait for the rate limit of such transitions. Raises Retryable when no turn comes in time."""
        special = f"{kind}:{transition}"
        try:
            await (self._limiter.acquire(special, "") if special in LIMITS else self._limiter.acquire(kind, target))
        except Retryable:
            DELIVERIES.labels(kind, "waiting").inc()
            raise

    async def attempt(self, kind: str, notice: Notice) -> Receipt:
        """Deliver once. Raises Retryable or Rejected, nothing else; neither holds a secret."""
        started = time.monotonic()
        outcome = "retryable"
        try:
            receipt = await self._send(kind, notice)
            outcome = "sent" if receipt.shown else "superseded"
        except Retryable as error:
            raise Retryable(self.redact(error.reason), error.after, maybe_accepted=error.maybe_accepted) from None
        except Rejected as error:
            outcome = "rejected"
            raise Rejected(self.redact(error.reason)) from None
        else:
            return Receipt(reply=self.redact(receipt.reply), ref=receipt.ref, shown=receipt.shown)
        finally:
            DELIVERIES.labels(kind, outcome).inc()
            DELIVERY_SECONDS.labels(kind).observe(time.monotonic() - started)

    async def _send(self, kind: str, notice: Notice) -> Receipt:
        try:
            async with asyncio.timeout(self._deadline):
                return await self._channels[kind].send(notice)
        except (Retryable, Rejected):
            raise
        except TimeoutError:
            raise Retryable(f"no answer within {self._deadline:g} s") from None
        except Exception as error:  # noqa: BLE001 -- a fault of ours must not lose the delivery: it is tried again
            _log.error("channel_failed", channel=kind, error=type(error).__name__, detail=self.redact(str(error)))
            raise Retryable(f"internal: {type(error).__name__}") from None

    def redact(self, text: str) -> str:
        """The text without secrets, on one line, at most MAX_REPLY characters."""
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return " ".join(text.split())[:MAX_REPLY]
