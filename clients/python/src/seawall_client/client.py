"""The client: what a captured error goes through on the thread that failed."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Mapping
from typing import Any

from seawall_client.admitting import Ignoring, Sampling, captured_before, mark_captured
from seawall_client.assembling import make_pump
from seawall_client.events.chains import chain_of, innermost
from seawall_client.events.draft import Draft
from seawall_client.events.saying import LocalsReader, fields_of_scope
from seawall_client.events.texts import str_of
from seawall_client.losses import FAILED, SAMPLED, STORM, Losses
from seawall_client.options import Moment, Options
from seawall_client.quiet import MAX_DEPTH, depth, note
from seawall_client.scope import Scope, current_scope
from seawall_client.storm import Held, StormGuard

__all__ = ["Client"]


class Client:
    """Captures errors for one destination. None of its methods raises, and none but `flush` and `close` waits."""

    def __init__(self, options: Options) -> None:
        """Raises ValueError where the options name no destination, or a wrong one."""
        self.options = options
        self.losses = Losses()
        self._ignoring = Ignoring(options.ignore_errors)
        self._sampling = Sampling(options.sample_rate, options.sampler)
        self._storm = StormGuard(options.max_per_second, options.burst)
        self._pump, self._places = make_pump(options, self.losses, self._storm)
        self.enabled = True

    def capture_exception(
        self, error: BaseException | None = None, *, scope: Scope | None = None, **fields: Any
    ) -> str | None:
        """Capture an exception; by default the one that is being handled.

        Args:
            error: the exception.
            scope: what is known of the work that failed; the current scope by default.
            fields: more of the event, under the schema's names; `handled` and `mechanism` are the exception's.

        Returns: the event's id, also where it was captured before; None where it is no event.
        """
        try:
            error = sys.exc_info()[1] if error is None else error
            if error is None or not self._may_capture():
                return None
            return self._deeper(error, fields, scope)
        except KeyboardInterrupt:
            raise
        except BaseException as problem:  # noqa: BLE001  whatever it is, it is not the program's
            try:
                return self._failed(problem, error, fields)
            except Exception:  # noqa: BLE001  there is no stack left, not even to call it
                return None

    def capture_message(
        self, message: str, severity: str = "info", *, scope: Scope | None = None, **fields: Any
    ) -> str | None:
        """Capture a message that is no exception. Returns the event's id; None where it is not sent."""
        return self.capture_event({"message": message, "severity": severity, **fields}, scope=scope)

    def capture_event(self, event: Mapping[str, Any], *, scope: Scope | None = None) -> str | None:
        """Capture an event that is made already, in the form of the schema. What the scope knows is added."""
        try:
            if not self._may_capture():
                return None
            return self._deeper(None, dict(event), scope)
        except KeyboardInterrupt:
            raise
        except BaseException as problem:  # noqa: BLE001  as above
            try:
                return self._failed(problem, None, {})
            except Exception:  # noqa: BLE001  there is no stack left, not even to call it
                return None

    def flush(self, timeout: float | None = None) -> bool:
        """Wait, at most so long, until all that was captured is sent or on disk. Returns whether it is."""
        try:
            return self._pump.flush(self.options.flush_timeout if timeout is None else timeout)
        except Exception:  # noqa: BLE001  see `quiet`
            note("flushing")
            return False

    def close(self, timeout: float | None = None) -> None:
        """Flush, and end. Captures nothing any more."""
        if not self.enabled:
            return
        self.enabled = False
        try:
            self._pump.close(self.options.flush_timeout if timeout is None else timeout)
        except Exception:  # noqa: BLE001  see `quiet`
            note("closing")

    def after_fork(self) -> None:
        """Begin anew in a forked process."""
        depth.captures = 0
        depth.sending = False
        self._pump.after_fork()

    def _may_capture(self) -> bool:
        return self.enabled and depth.captures < MAX_DEPTH and not depth.sending

    def _failed(self, problem: BaseException, error: BaseException | None, fields: dict[str, Any]) -> str | None:
        """What is left to do. For want of stack or memory the event is made on the thread that sends: it has both."""
        if error is not None and isinstance(problem, (RecursionError, MemoryError)):
            event_id = uuid.uuid4().hex
            made = {**fields, "event_id": event_id, "timestamp": time.time()}
            return event_id if self._pump.put(Draft(made, error=error)) else None
        self.losses.add(FAILED)
        note("capturing")
        return None

    def _deeper(self, error: BaseException | None, fields: dict[str, Any], scope: Scope | None) -> str | None:
        depth.captures += 1
        try:
            return self._capture(error, fields, scope or current_scope())
        finally:
            depth.captures -= 1

    def _capture(self, error: BaseException | None, fields: dict[str, Any], scope: Scope) -> str | None:
        if error is not None:
            known = captured_before(error)
            if known is not None:
                return known
            if self._ignoring.ignores(error):
                return None
        event_id = str(fields.get("event_id") or uuid.uuid4().hex)
        if not self._sampled(error, fields, scope, event_id):
            return None
        if error is not None:
            mark_captured(error, event_id)
        kind = _kind(error, fields)
        admitted = self._storm.admit(kind)
        if admitted is True:
            return event_id if self._pump.put(self._draft(error, fields, scope, event_id)) else None
        if isinstance(admitted, Held):
            admitted.keep(self._draft(error, fields, scope, event_id))
            late = admitted.take() if admitted.told else None
            if late is not None:
                self._pump.put(late)
            self._pump.start()
        elif admitted is None:
            self.losses.add(STORM)
        return event_id

    def _sampled(self, error: BaseException | None, fields: dict[str, Any], scope: Scope, event_id: str) -> bool:
        if not self._sampling.needs_moment():
            return True
        trace = scope.trace_now()
        transaction = fields.get("transaction", scope.transaction)
        moment = Moment(
            error=error,
            message=fields.get("message"),
            severity=fields.get("severity") or scope.severity or "error",
            logger=fields.get("logger"),
            transaction=transaction() if callable(transaction) else transaction,
            trace_id=None if trace is None else trace.trace_id,
        )
        if self._sampling.keeps(moment, event_id):
            return True
        self.losses.add(SAMPLED)
        return False

    def _draft(self, error: BaseException | None, fields: dict[str, Any], scope: Scope, event_id: str) -> Draft:
        """All of the event that may be gone a moment later."""
        made, weight = fields_of_scope(scope, fields)
        made["event_id"] = event_id
        made.setdefault("timestamp", time.time())
        if error is None:
            return Draft(made, weight=weight)
        reader = LocalsReader(self._places)
        raised = chain_of(error, reader.read if self.options.frame_locals else None)
        weight += reader.weight() + sum(200 * len(one.frames) + 2 * len(one.value) for one in raised)
        return Draft(made, raised, weight=weight)


def _kind(error: BaseException | None, fields: dict[str, Any]) -> tuple[Any, ...]:
    """What makes events alike in a storm: cheap, and not as good as grouping need be."""
    if error is not None:
        return (type(error), innermost(error))
    place = (fields.get("source_file"), fields.get("line_number"))
    text = fields.get("message_template") or fields.get("message") or fields.get("error_type")
    return (fields.get("logger"), place if place[0] else str_of(text, _BEGINNING))


_BEGINNING = 40  # characters of a message: what changes comes later in most
