"""What came: messages, and PagerDuty's incidents. Each change is one JSON line in a file, if there is one."""

import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

__all__ = ["Clock", "State"]

MAX_MESSAGES = 5_000  # older ones are forgotten
MAX_INCIDENTS = 2_000
MAX_EVENTS = 50  # kept of one PagerDuty incident

Record = dict[str, Any]


class Clock:
    """Slack's message ids: the time in microseconds, never twice the same."""

    def __init__(self) -> None:
        self._last = 0

    def ts(self) -> str:
        """The next one."""
        self._last = max(int(time.time() * 1e6), self._last + 1)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"


class State:
    """Everything that was accepted.

    Args:
        path: the file to keep it in; None: only in memory.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.messages: dict[tuple[str, str], Record] = {}  # (channel id, ts) -> message
        self.incidents: dict[str, Record] = {}  # dedup key -> incident
        self.channels: dict[str, str] = {}  # name without `#` -> id
        self.version = 0
        self._path = path
        self._file: TextIO | None = None

    def open(self) -> None:
        """Read the file, and begin it anew where most of it is forgotten."""
        if self._path is None:
            return
        lines = 0
        if self._path.exists():
            for line in self._path.read_text("utf-8", errors="replace").splitlines():
                lines += 1
                try:
                    self._apply(json.loads(line))
                except (ValueError, KeyError, TypeError):
                    continue  # the last line of a killed desk may be cut off
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if lines > 2 * (MAX_MESSAGES + MAX_INCIDENTS):
            kept = "".join(json.dumps(entry) + "\n" for entry in self._entries())
            self._path.write_text(kept, "utf-8")
        self._file = self._path.open("a", encoding="utf-8", buffering=1)
        if lines:
            self._file.write("\n")  # ends a line that was cut off

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def channel_id(self, name: str) -> str:
        """A channel's id; a channel that is not there is made."""
        if name not in self.channels:
            self.change({"do": "channel", "name": name, "id": f"C{len(self.channels) + 1:08d}"})
        return self.channels[name]

    def change(self, entry: Record) -> None:
        """Make a change and write it down."""
        self._apply(entry)
        if self._file is not None:
            self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")

    def thread(self, channel: str, ts: str) -> list[Record]:
        """A message and the answers to it, the oldest first."""
        return [
            message
            for message in self.messages.values()
            if message["channel"] == channel and (message["ts"] == ts or message.get("thread_ts") == ts)
        ]

    def _apply(self, entry: Record) -> None:
        self.version += 1
        match entry["do"]:
            case "channel":
                self.channels[entry["name"]] = entry["id"]
            case "post":
                message = entry["message"]
                self.messages[message["channel"], message["ts"]] = message
                _forget(self.messages, MAX_MESSAGES)
            case "update":
                self.messages[entry["channel"], entry["ts"]].update(entry["fields"])
            case "event":
                self._event(entry["event"], entry["at"])

    def _event(self, event: Record, at: float) -> None:
        key, action = event["dedup_key"], event["event_action"]
        incident = self.incidents.get(key)
        if action == "trigger" and (incident is None or incident["status"] == "resolved"):
            number = (incident or {}).get("number", 0) + 1
            incident = {"dedup_key": key, "number": number, "status": "triggered", "opened_at": at, "events": []}
            self.incidents.pop(key, None)
            self.incidents[key] = incident
            _forget(self.incidents, MAX_INCIDENTS)
        if incident is None:
            return  # PagerDuty, too, takes what ends nothing
        incident["events"] = [*incident["events"], event | {"at": at}][-MAX_EVENTS:]
        if action == "trigger":
            incident["payload"], incident["links"] = event["payload"], event.get("links", [])
        elif incident["status"] != "resolved":
            incident["status"] = {"acknowledge": "acknowledged", "resolve": "resolved"}[action]

    def _entries(self) -> Iterator[Record]:
        for name, channel in self.channels.items():
            yield {"do": "channel", "name": name, "id": channel}
        for message in self.messages.values():
            yield {"do": "post", "message": message}
        for incident in self.incidents.values():
            for event in incident["events"]:
                yield {"do": "event", "event": event, "at": event["at"]}


def _forget(items: dict[Any, Record], limit: int) -> None:
    for key in list(itertools.islice(items, max(len(items) - limit, 0))):
        del items[key]
