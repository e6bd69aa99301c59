"""The one thread that finishes and sends what was captured.

Whoever captures only appends to a deque and opens a lock that the thread waits on. Both are single steps of the
interpreter that never wait: capturing is safe in signal handlers, in destructors while garbage is collected, and while
this very thread is interrupted anywhere. The thread is started by the first event, and again in a forked process.
"""

from __future__ import annotations

import _thread
import threading
import time

from seawall_client.events.draft import Draft
from seawall_client.losses import STORM, UNSENT, Losses
from seawall_client.quiet import depth, note
from seawall_client.sending.courier import BATCH_BYTES, BATCH_EVENTS, Courier
from seawall_client.sending.ending import at_end_of_child
from seawall_client.sending.queue import Queue
from seawall_client.storm import StormGuard

__all__ = ["Pump"]

_POLL = 0.005  # seconds between two looks of `flush`
_GRACE = 0.2  # seconds for the thread to see that it is to end
_BREATH = 1.0  # seconds of rest after a failure of our own


class Pump:
    """The queue's thread. Times are in seconds."""

    def __init__(
        self,
        queue: Queue,
        courier: Courier,
        losses: Losses,
        storm: StormGuard,
        *,
        linger: float,
        patience: float,
    ) -> None:
        """`patience`: how long the end of a process may be delayed."""
        self._queue = queue
        self._courier = courier
        self._losses = losses
        self._storm = storm
        self._linger = linger
        self._patience = patience
        self._reset()

    def _reset(self) -> None:
        self._batch: list[bytes] = []  # finished, and not yet the courier's
        self._wake = threading.Lock()
        self._wake.acquire()
        self._running = threading.Lock()  # held while the thread lives
        self._busy = False
        self._hurry = False
        self._stopping = False

    def put(self, draft: Draft) -> bool:
        """Take an event; False where there is no room. Never waits."""
        if not self._queue.put(draft):
            return False
        self.start()
        return True

    def start(self) -> bool:
        """See to it that the thread runs and is awake; False where no thread can be started any more."""
        if self._running.acquire(blocking=False):
            begun = False
            try:
                begun = self._begin()
            finally:  # also where there is no stack left to call it
                if not begun:
                    self._running.release()
            if not begun:
                return False
        try:
            self._wake.release()
        except RuntimeError:  # it is awake
            pass
        return True

    def _begin(self) -> bool:
        try:
            at_end_of_child(self._flush_at_end)
            # Not `threading.Thread`: its `start` takes locks, and waits for the thread.
            _thread.start_new_thread(self._run, ())
        except BaseException:  # noqa: BLE001  the interpreter shuts down, or has no stack left
            return False
        return True

    def flush(self, timeout: float) -> bool:
        """Wait until all that was put is sent, or on disk; False where it is not in time."""
        ends = time.monotonic() + timeout
        while not self._is_done():
            self._hurry = True
            if not self.start():
                return self._drain(ends)
            if time.monotonic() >= ends:
                self._hurry = False
                return False
            time.sleep(_POLL)
        return True

    def close(self, timeout: float) -> None:
        """Flush and end the thread; what was not sent is kept on disk, or lost and counted.

        A spool gets the second half of the time: what is on disk is as good as sent.
        """
        ends = time.monotonic() + timeout
        self.flush(timeout / 2 if self._courier.has_spool() else timeout)
        while self._courier.replaying() and self._running.locked() and time.monotonic() < ends:
            time.sleep(_POLL)
        self._stopping = True
        patience = time.monotonic() + _GRACE
        while self._running.locked() and time.monotonic() < patience:
            self._wake_up()
            time.sleep(_POLL)
        self._rescue(ends)
        if not self._running.locked():
            self._courier.close()

    def _rescue(self, ends: float) -> None:
        """Give what was not sent to the spool, as long as there is time; count the rest."""
        self._put_held(all_of_them=True)
        if self._queue.finishing:  # the program's `before_send` does not return: it is not called again
            self._losses.add(UNSENT)
        else:
            while self._courier.has_spool() and self._queue and time.monotonic() < ends:
                self._finish_one()
        self._losses.add(UNSENT, self._courier.rescue(self._batch) + self._queue.drop_all())

    def after_fork(self) -> None:
        """In the forked process: what is queued is the parent's, and the thread is not here."""
        self._reset()
        self._queue.reset()
        self._storm.due(all_of_them=True)
        self._courier.forget()

    def _flush_at_end(self) -> None:
        self.flush(self._patience)

    def _wake_up(self) -> None:
        try:
            self._wake.release()
        except RuntimeError:
            pass

    def _is_done(self) -> bool:
        """In this order: the thread is busy before it takes from the queue."""
        return not (self._queue or self._batch or self._storm.waiting() or self._busy or self._courier.blocked())

    def _run(self) -> None:
        depth.sending = True
        running = self._running
        try:
            self._courier.load()
            while not self._stopping and running is self._running:
                try:
                    self._round()
                except Exception:  # noqa: BLE001, PERF203  the thread must go on
                    note("sending")
                    self._busy = False
                    time.sleep(_BREATH)
        finally:
            running.release()

    def _round(self) -> None:
        """Wait for something to do, then do it."""
        if not self._hurry:
            self._rest()
        self._busy = True
        self._put_held(all_of_them=self._hurry)
        if not self._courier.blocked():
            self._take()
            self._deliver()
        self._courier.work(hurry=self._hurry)
        self._busy = False
        if self._courier.blocked():
            self._wake.acquire(timeout=min(self._courier.due() or _BREATH, _BREATH))
        elif not self._queue:
            self._queue.settle()
            self._hurry = False

    def _rest(self) -> None:
        """Until there is an event, or it is time for something else; then a little longer, for the events after it."""
        if not self._queue:
            waits = [
                wait for wait in (self._courier.due(), _BREATH if self._storm.waiting() else None) if wait is not None
            ]
            self._wake.acquire(timeout=min(waits) if waits else -1)
        ends = time.monotonic() + self._linger
        while self._queue and len(self._queue) < BATCH_EVENTS and not (self._hurry or self._stopping):
            left = ends - time.monotonic()
            if left <= 0:
                return
            self._wake.acquire(timeout=left)

    def _put_held(self, *, all_of_them: bool) -> None:
        """The examples of a storm, with how many there were of their kind."""
        for draft, count, seconds in self._storm.due(all_of_them=all_of_them):
            if draft is None:
                self._losses.add(STORM, count)
                continue
            if count:
                told = {"suppressed": count, "seconds": round(seconds, 3)}
                draft.fields["extra"] = {**draft.fields.get("extra", {}), "seawall": told}
            self._queue.put_anyway(draft)

    def _take(self) -> None:
        """Finish the next events, as many as make a batch."""
        total = 0
        while self._queue and len(self._batch) < BATCH_EVENTS and total < BATCH_BYTES and not self._stopping:
            total += self._finish_one()

    def _finish_one(self) -> int:
        event = self._queue.finish_next()
        if event is None:
            return 0
        self._batch.append(event)
        return len(event)

    def _deliver(self) -> None:
        batch, self._batch = self._batch, []
        if batch:
            self._courier.deliver(batch)

    def _drain(self, ends: float) -> bool:
        """Send on the caller's thread: no other can be started."""
        sending, depth.sending = depth.sending, True
        try:
            self._put_held(all_of_them=True)
            self._courier.hurry_until(ends)
            while self._queue and time.monotonic() < ends:
                self._take()
                self._deliver()
        except Exception:  # noqa: BLE001  see `quiet`
            note("sending at the end")
        finally:
            depth.sending = sending
        return self._is_done()
