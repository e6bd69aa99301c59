"""What becomes of a batch: sent, waiting for another attempt, on disk, or given up and counted."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Callable

from seawall_client.losses import DENIED, REFUSED, SPOOL_BROKEN, SPOOL_FULL, TOO_LARGE, Losses
from seawall_client.quiet import note, warn_once
from seawall_client.sending.contract import Denied, Refused, Retry, TooLarge, Transport

if TYPE_CHECKING:
    from seawall_client.sending.spool import Spool

__all__ = ["BATCH_BYTES", "BATCH_EVENTS", "Courier"]

BATCH_EVENTS = 100
BATCH_BYTES = 1_000_000
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 60.0
_FIRST_DENIAL = 5.0  # seconds: a key that was made just now is not known everywhere at once
_DENIAL = 60.0
_LONGEST_DENIAL = 900.0
_LEAST = 0.1
_SCAN = 30.0  # seconds between two looks for what other processes have left behind


class Courier:
    """Sends in order: while older events wait, on disk or in memory, newer ones wait behind them."""

    def __init__(
        self,
        transport: Transport,
        losses: Losses,
        *,
        timeout: float,
        spool: Spool | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._losses = losses
        self._timeout = timeout
        self._spool = spool
        self._clock = clock
        self._waiting: list[bytes] = []
        self._not_before = 0.0
        self._failures = 0
        self._asked = False  # whether it was the other side that asked us to wait
        self._denials = 0  # in a row
        self._next_scan = 0.0
        self._ends: float | None = None

    def load(self) -> None:
        """Import what sending needs. What cannot be imported is told when something is to be sent."""
        try:
            self._transport.load()
        except Exception:  # noqa: BLE001  `send` tries again
            note("loading")

    def deliver(self, batch: Sequence[bytes]) -> None:
        """Take new events."""
        if (self._spool is None and self._denied()) or (
            self._spool is not None and (self._spool.waiting() or not self._may_try())
        ):
            self._keep(batch)
            return
        self._waiting.extend(batch)
        self.work()

    def work(self, *, hurry: bool = False) -> None:
        """Send what waits, if it is time. `hurry`: the program ends, so a failed attempt may be made again at once."""
        if hurry and self._failures == 1 and not self._asked:
            self._not_before = 0.0
        self._adopt()
        while self._waiting and self._may_try():
            chunk = self._waiting[:BATCH_EVENTS]
            left = list(self._send(chunk))
            self._waiting[: len(chunk)] = left
            if left and (self._spool is not None or self._denied()):
                waiting, self._waiting = self._waiting, []
                self._keep(waiting)
        if not self._waiting:
            self._replay()

    def hurry_until(self, ends: float) -> None:
        """Let no attempt take longer: the program's own thread waits. `ends` is of the clock."""
        self._ends = ends

    def has_spool(self) -> bool:
        """Whether what is not sent is kept on disk."""
        return self._spool is not None

    def blocked(self) -> bool:
        """Whether new events had better stay where they are."""
        return bool(self._waiting)

    def has_spooled(self) -> bool:
        """Whether an earlier process has left something to send."""
        self._adopt()
        return self._spool is not None and self._spool.waiting()

    def replaying(self) -> bool:
        """Whether something on disk can be sent right now."""
        return self._spool is not None and self._spool.waiting() and self._may_try()

    def due(self) -> float | None:
        """Seconds until there is something to do; None where only a new event brings work."""
        now = self._clock()
        waits = []
        if self._waiting or (self._spool is not None and self._spool.waiting()):
            waits.append(self._not_before - now)
        if self._spool is not None:
            waits.append(self._next_scan - now)
        return max(min(waits), 0.0) if waits else None

    def rescue(self, more: Sequence[bytes]) -> int:
        """At the end: keep on disk what was not sent. Returns how many events are lost."""
        left = [*self._waiting, *more]
        self._waiting = []
        if self._spool is None:
            return len(left)
        if left:
            self._keep(left)
        self._spool.close()
        lost, self._waiting = len(self._waiting), []
        self._losses.add(SPOOL_BROKEN, lost)
        return 0

    def close(self) -> None:
        """Let go of connections."""
        self._transport.close()

    def forget(self) -> None:
        """In a forked process: what waits is the parent's to send, and so are its connections."""
        self._waiting = []
        self._not_before = 0.0
        self._failures = self._denials = 0
        self._transport.forget()
        if self._spool is not None:
            self._spool.forget()

    def _may_try(self) -> bool:
        return self._clock() >= self._not_before

    def _time(self) -> float:
        """How long an attempt may take."""
        return self._timeout if self._ends is None else max(min(self._timeout, self._ends - self._clock()), _LEAST)

    def _denied(self) -> bool:
        """Whether the key was not accepted twice: what comes meanwhile is not kept in memory."""
        return self._denials > 1 and not self._may_try()

    def _send(self, events: Sequence[bytes]) -> Sequence[bytes]:  # noqa: PLR0911  one an outcome
        """Send, in smaller parts if need be. Returns what has to wait."""
        try:
            self._transport.send(events, self._time())
        except TooLarge:
            if len(events) == 1:
                self._losses.add(TOO_LARGE)
                return ()
            half = len(events) // 2
            left = self._send(events[:half])
            return [*left, *events[half:]] if left else self._send(events[half:])
        except Refused as problem:
            self._losses.add(REFUSED, len(events))
            warn_once(f"Seawall refused events ({problem}): they are dropped")
        except Denied as problem:
            warn_once(f"Seawall does not accept the key ({problem}): events are lost until it does")
            return self._deny(events)
        except Retry as problem:
            warn_once(f"Seawall cannot be reached ({problem}): events wait", about="reaching")
            return self._back_off(problem.after, events if problem.left is None else problem.left)
        except Exception as problem:  # noqa: BLE001  whatever it is, the events are still here
            if isinstance(problem, ModuleNotFoundError) and problem.name == "confluent_kafka":
                warn_once("sending to Kafka needs confluent-kafka: pip install 'seawall-client[kafka]'")
                self._denials = max(self._denials, 1)  # it will not be there in a moment
                return self._deny(events)
            note("sending")
            return self._back_off(None, events)
        self._failures = self._denials = 0
        return ()

    def _deny(self, events: Sequence[bytes]) -> Sequence[bytes]:
        self._denials += 1
        longest = min(_DENIAL * 2.0 ** min(self._denials - 2, 10), _LONGEST_DENIAL)
        return self._back_off(_FIRST_DENIAL if self._denials == 1 else longest, events)

    def _back_off(self, after: float | None, left: Sequence[bytes]) -> Sequence[bytes]:
        """Wait as long as was asked for. `Retry-After: 0` or a date that has passed asks for no rest, which we need."""
        self._failures += 1
        self._asked = after is not None and after >= _FIRST_WAIT
        if after is None or not self._asked:
            longest = min(_FIRST_WAIT * 2.0 ** min(self._failures - 1, 10), _LONGEST_WAIT)
            after = longest * random.uniform(0.5, 1.0)  # noqa: S311  so that processes do not come all at once
        self._not_before = self._clock() + after
        return left

    def _keep(self, events: Sequence[bytes]) -> None:
        if self._spool is None:
            self._losses.add(DENIED, len(events))
            return
        from seawall_client.sending.spool import SpoolFull  # noqa: PLC0415  not on every platform

        try:
            for start in range(0, len(events), BATCH_EVENTS):
                self._spool.append(events[start : start + BATCH_EVENTS])
        except SpoolFull:
            self._losses.add(SPOOL_FULL, len(events) - start)
        except OSError as problem:
            warn_once(f"the spool takes no events: {problem.strerror}", about="spool")
            self._waiting.extend(events[start:])  # in memory, as without a spool

    def _adopt(self) -> None:
        if self._spool is not None and self._clock() >= self._next_scan:
            self._next_scan = self._clock() + _SCAN
            self._spool.adopt()

    def _replay(self) -> None:
        """Send from the disk, the oldest first."""
        while self._spool is not None and self.replaying():
            found = self._spool.next(BATCH_EVENTS, BATCH_BYTES)
            self._losses.add(SPOOL_BROKEN, self._spool.take_damaged())
            if found is None:
                return
            events, receipt = found
            if self._send(events):
                return
            try:
                self._spool.sent(receipt)
            except OSError as problem:  # after a restart it is sent again, with the same ids
                warn_once(f"the spool takes no events: {problem.strerror}", about="spool")
