"""Records kept on disk while Kafka is away: bounded, in order, safe once `append` returns, sent when Kafka is back.

A spool is a folder of segments, files of entries. An entry is its length, its CRC-32 and a record in MessagePack. What
is sent is forgotten by moving a position on; a crash in between sends some records again, which the job counts once.
"""

import fcntl
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import msgspec
import structlog

from gateway.publishing import Written

__all__ = ["Spool", "SpoolFullError"]

SEGMENT_BYTES = 16 * 1024 * 1024
SLOTS = 64  # gateways that share a folder
_HEAD = struct.Struct(">II")  # of an entry: length, checksum
_PLACE = struct.Struct(">QQ")  # segment, offset
_POSITION, _LOCK, _SUFFIX = "position", "lock", ".log"

_log = structlog.get_logger(__name__)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Written).decode


class SpoolFullError(Exception):
    """There is no more room."""


class Spool:
    """The spool of one process. Its methods block, and are to be called from one thread at a time.

    Args:
        folder: of all gateways here; each has a folder of its own in it, the same after a restart.
        limit: bytes for records.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._root = folder
        self._limit = limit
        self._folder = folder
        self._lock: IO[bytes] | None = None
        self._out: IO[bytes] | None = None
        self._sizes: dict[int, int] = {}  # by segment, in order: bytes that are safe
        self._turn = 0
        self._read = (0, 0)  # segment and offset of what is to be sent next
        self.size = 0  # bytes that are not sent

    @property
    def has_room(self) -> bool:
        """Whether anything could be kept now."""
        return self.size < self._limit

    def open(self) -> None:
        """Take a folder, and find what is in it. Raises OSError."""
        for slot in range(SLOTS):
            folder = self._root / str(slot)
            folder.mkdir(parents=True, exist_ok=True)
            if self._open(folder):
                return
        raise OSError(f"{self._root} has {SLOTS} gateways already")

    def orphan(self) -> "Spool | None":
        """A spool with records that no gateway has any more, opened. Raises OSError."""
        for folder in sorted({path.parent for path in self._root.glob(f"*/*{_SUFFIX}")} - {self._folder}):
            found = Spool(self._root, self._limit)
            if found._open(folder):
                if found.size:
                    return found
                found.close()
        return None

    def _open(self, folder: Path) -> bool:
        """Take this folder, where nobody has it."""
        lock = (folder / _LOCK).open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        self._folder, self._lock = folder, lock
        self._recover()
        return True

    def close(self) -> None:
        """Let go of the folder; what is in it stays."""
        for file in (self._out, self._lock):
            if file is not None:
                with suppress(OSError):
                    file.close()
        self._out = self._lock = None

    def append(self, records: Sequence[Written]) -> None:
        """Keep records; they are safe on disk when this returns.

        Raises:
            SpoolFullError: there is no room for them.
            OSError: the disk does not take them; nothing of them is kept.
        """
        data = b"".join(_entry(record) for record in records)
        if self.size + len(data) > self._limit:
            raise SpoolFullError
        out = self._out if self._out is not None else self._begin()
        number = next(reversed(self._sizes))
        try:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        except OSError:
            # What of it is on disk nobody knows: this segment ends where it was safe.
            self._out = None
            with suppress(OSError):
                os.truncate(self._path(number), self._sizes[number])
            with suppress(OSError):
                out.close()
            raise
        self._sizes[number] += len(data)
        self.size += len(data)
        if self._sizes[number] >= SEGMENT_BYTES:
            out.close()
            self._out = None

    def read(self, limit: int) -> tuple[list[Written], tuple[int, int]]:
        """The records to be sent next, at least one where there are any, and the position after them."""
        found: list[Written] = []
        size = 0
        number, at = self._read
        for segment in list(self._sizes):
            if segment < number:
                continue
            start = at if segment == number else 0
            for record, end in self._entries(segment, start, self._sizes[segment]):
                found.append(record)
                size += record.size
                number, at = segment, end
                if size >= limit:
                    return found, (number, at)
            if found:
                return found, (number, at)
            number, at = segment, self._sizes[segment]  # nothing in it that can be read
        return found, (number, at)

    def forget(self, position: tuple[int, int]) -> None:
        """Note that all before a position are sent. Raises OSError."""
        number, at = self._read = position
        self._note(position)
        for segment in list(self._sizes):
            whole = segment < number or (segment == number and at >= self._sizes[segment] and self._out is None)
            if whole:
                self._path(segment).unlink(missing_ok=True)
                del self._sizes[segment]
        self._count()

    def _note(self, position: tuple[int, int]) -> None:
        """Write a position in place: a full disk has no room for another file. Two places by turns, so one is whole."""
        data = _PLACE.pack(*position)
        data += struct.pack(">I", zlib.crc32(data))
        descriptor = os.open(self._folder / _POSITION, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(descriptor, data, self._turn * len(data))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._turn = 1 - self._turn

    def _noted(self) -> tuple[int, int]:
        """The position that was written last."""
        try:
            data = (self._folder / _POSITION).read_bytes()
        except FileNotFoundError:
            return 0, 0
        size = _PLACE.size + 4
        found = [(0, 0)]
        for start in (0, size):
            place, checksum = data[start : start + _PLACE.size], data[start + _PLACE.size : start + size]
            if checksum and struct.pack(">I", zlib.crc32(place)) == checksum:
                number, at = _PLACE.unpack(place)
                found.append((number, at))
        return max(found)

    def _begin(self) -> IO[bytes]:
        number = max(next(reversed(self._sizes), 0), self._read[0]) + 1
        out = self._path(number).open("xb")
        self._sync_folders()
        self._out, self._sizes[number] = out, 0
        return out

    def _recover(self) -> None:
        self._read = self._noted()
        for _ in range(2):  # so that there is room for both places, whatever comes
            self._note(self._read)
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            number = int(path.stem)
            if number < self._read[0]:
                path.unlink()
                continue
            end = max((end for _, end in self._entries(number, 0, path.stat().st_size)), default=0)
            if end < path.stat().st_size:  # the end of what was being written when we died: nobody was told it is safe
                os.truncate(path, end)
            self._sizes[number] = end
        self._count()

    def _entries(self, segment: int, start: int, end: int) -> Iterator[tuple[Written, int]]:
        with self._path(segment).open("rb") as file:
            file.seek(start)
            at = start
            while at + _HEAD.size <= end:
                size, checksum = _HEAD.unpack(file.read(_HEAD.size))
                if at + _HEAD.size + size > end:
                    return
                data = file.read(size)
                if zlib.crc32(data) != checksum:
                    _log.error("spool_damaged", segment=segment, offset=at)
                    return
                at += _HEAD.size + size
                yield _decode(data), at

    def _count(self) -> None:
        number, at = self._read
        self.size = sum(
            size - (min(at, size) if segment == number else 0)
            for segment, size in self._sizes.items()
            if segment >= number
        )

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:010d}{_SUFFIX}"

    def _sync_folders(self) -> None:
        """A file is safe once the folders that name it are."""
        for folder in (self._folder, self._root, self._root.parent):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _entry(record: Written) -> bytes:
    data = _encode(record)
    return _HEAD.pack(len(data), zlib.crc32(data)) + data
