"""A marked test through a channel, hop by hop: what a notifier does with a delivery, done here and told."""

import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pydantic import TypeAdapter, ValidationError

from models.severity import Severity
from rules.rulefile.channels import ChannelName
from seawall.notifier.channels import build_deliverer
from seawall.settings import Settings
from sinks.contract import Notice, Rejected, Retryable
from sinks.delivering import Deliverer, split_channel

__all__ = ["Hop", "try_channel"]

NAME = TypeAdapter[str](ChannelName)


@dataclass(frozen=True, slots=True)
class Hop:
    """One hop of the way."""

    name: str
    ok: bool
    told: str
    seconds: float = 0.0


async def try_channel(settings: Settings, channel: str, severity: Severity) -> AsyncIterator[Hop]:
    """Send a test to the channel and take it back: each hop as it is done, up to the first that fails."""
    try:
        kind, target = split_channel(NAME.validate_python(channel))
    except ValidationError as error:
        yield Hop("name", ok=False, told=error.errors(include_url=False)[0]["msg"].removeprefix("Value error, "))
        return
    yield Hop("name", ok=True, told=f"kind {kind}, target {target}")
    deliverer = build_deliverer(settings)
    if kind not in deliverer.kinds:
        yield Hop("settings", ok=False, told=f"nothing is set for channels of kind {kind}: see docs/channels.md")
        return
    yield Hop("settings", ok=True, told=f"{kind} is set up")
    await deliverer.open()
    try:
        async for hop in _through(deliverer, kind, _notice(target, severity)):
            yield hop
    finally:
        await deliverer.close()


async def _through(deliverer: Deliverer, kind: str, notice: Notice) -> AsyncIterator[Hop]:
    """Its turn, the message, and the message that it is over."""
    began = time.monotonic()
    try:
        await deliverer.take_turn(kind, notice.target, notice.kind)
    except Retryable as error:
        yield Hop("rate limit", ok=False, told=error.reason, seconds=time.monotonic() - began)
        return
    yield Hop("rate limit", ok=True, told="it is our turn", seconds=time.monotonic() - began)
    ref = None
    for name, step in (("message", notice), ("all clear", replace(notice, kind="resolve", status="resolved"))):
        began = time.monotonic()
        told = replace(step, ref=ref, transition_id=f"{notice.incident_id}-{step.kind}", at=datetime.now(UTC))
        try:
            receipt = await deliverer.attempt(kind, told)
        except (Retryable, Rejected) as error:
            again = "would be tried again" if isinstance(error, Retryable) else "refused for good"
            yield Hop(name, ok=False, told=f"{error.reason} ({again})", seconds=time.monotonic() - began)
            return
        ref = receipt.ref
        yield Hop(name, ok=True, told=receipt.reply, seconds=time.monotonic() - began)


def _notice(target: str, severity: Severity) -> Notice:
    now = datetime.now(UTC)
    incident = f"seawall-test-{uuid.uuid4()}"
    return Notice(
        delivery_id=uuid.uuid4().int >> 65,  # of no delivery: Slack finds messages by it
        transition_id=incident,
        incident_id=incident,
        target=target,
        kind="open",
        status="new",
        severity=severity,
        title="TEST: nothing is wrong, this message was asked for by `seawall alert test`",
        service="seawall",
        environment="test",
        at=now,
        opened_at=now,
        reasons=["a test of this channel"],
    )
