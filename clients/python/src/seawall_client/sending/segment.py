"""One file of the spool: events in their order, each with its checksum, and how far they have been sent.

The first line is `seawall-spool 1 <offset>`: where the first event lies that was not sent. It has a fixed width and is
written in place. Every other line is an event: eight hexadecimal digits of CRC-32, a space, JSON. A line that was not
written whole, or has been damaged, is known by its checksum and left out; JSON has no line ends, so the next is found.

Whoever holds the file's lock is its owner, and only the owner reads or writes it. The lock goes with its process,
however that ends.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import stat
import time
import zlib
from collections.abc import Sequence

__all__ = ["NAME", "Segment"]

_SUFFIX = ".spool"
NAME = re.compile(r"\d{20}-\d+-[0-9a-f]{8}\.spool")
"""What a segment is called: by when, by which process, and by chance. A file of another name is somebody else's."""
_HEADER = b"seawall-spool 1 %020d\n"
_HEADER_SIZE = len(_HEADER % 0)
_MAX_READ = 4_000_000  # bytes at once
_CLOSED = -1  # no file's number: whatever is tried with it is an OSError
_CHECKSUM = 9  # characters of a checksum and the space behind it


class Segment:
    """A file of the spool that this process owns."""

    def __init__(self, path: str, file: int) -> None:
        """`file` is the descriptor, locked already."""
        self.path = path
        self._file = file
        self._size = os.fstat(file).st_size
        self._offset = self._sent()
        self._torn = self._size > 0 and os.pread(file, 1, self._size - 1) != b"\n"
        self._judged = 0  # the offset up to which damage has been counted
        self.damaged = 0  # lines that were left out, since they were last asked for

    @classmethod
    def create(cls, folder: str) -> Segment:
        """A new one. It gets its name when it is locked: nobody takes it for one that was left behind.

        Raises:
            OSError: the folder does not take it.
        """
        name = f"{time.time_ns():020d}-{os.getpid()}-{secrets.token_hex(4)}"
        path = os.path.join(folder, name + _SUFFIX)
        hidden = os.path.join(folder, f".{name}.new")
        file = os.open(hidden, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _write_all(file, _HEADER % _HEADER_SIZE, 0)
            os.fsync(file)
            os.rename(hidden, path)
            _sync_folder(folder)
        except OSError:
            _unlink(hidden)
            os.close(file)
            raise
        return cls(path, file)

    @classmethod
    def adopt(cls, path: str) -> Segment | None:
        """One that a process has left behind; None where it has an owner, is gone, or is no file of its own."""
        try:
            file = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            found = os.fstat(file)
            if found.st_nlink and stat.S_ISREG(found.st_mode):  # without a name: its owner has sent it all meanwhile
                return cls(path, file)
        except OSError:
            pass
        os.close(file)
        return None

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self._size

    @property
    def deleted(self) -> bool:
        """Whether somebody has deleted the file: what is written to it goes with this process."""
        return not os.fstat(self._file).st_nlink

    @property
    def empty(self) -> bool:
        """Whether all of it was sent."""
        return self._offset >= self._size

    def append(self, events: Sequence[bytes]) -> None:
        """Add events; they are on the disk when this returns.

        Raises:
            OSError: the disk did not take them; nothing of them stays.
        """
        lines = b"".join(b"%08x %s\n" % (zlib.crc32(event), event) for event in events)
        if self._torn:  # its last owner was killed while it wrote
            lines = b"\n" + lines
        try:
            _write_all(self._file, lines, self._size)
            os.fsync(self._file)
        except OSError:
            os.ftruncate(self._file, self._size)
            raise
        self._size += len(lines)
        self._torn = False

    def read(self, most: int, most_bytes: int) -> tuple[list[bytes], int]:
        """The first events that were not sent, and the offset behind them: for `sent`."""
        events: list[bytes] = []
        total = 0
        offset = self._offset
        data = os.pread(self._file, _MAX_READ, offset)
        if b"\n" not in data:  # a line without end: cut off, or no line of ours
            self.damaged += bool(data)
            return [], self._size
        for line in data[: data.rindex(b"\n") + 1].splitlines(keepends=True):
            event = _checked(line)
            if event is not None and events and (len(events) >= most or total + len(event) > most_bytes):
                break
            offset += len(line)
            if event is None:
                self.damaged += offset > self._judged  # it may be read again, before the events beside it are sent
                continue
            events.append(event)
            total += len(event)
        self._judged = max(self._judged, offset)
        return events, offset

    def sent(self, offset: int) -> None:
        """All before the offset has been sent.

        Raises:
            OSError: the disk did not take it; it would be sent again.
        """
        self._offset = offset
        os.pwrite(self._file, _HEADER % offset, 0)
        os.fsync(self._file)

    def remove(self) -> None:
        """Delete the file, and let go of it. One that cannot be deleted says that all of it was sent."""
        _unlink(self.path)
        self.close()

    def close(self) -> None:
        """Let go of the file: another process may take it. Its number may be another file's from now on."""
        file, self._file = self._file, _CLOSED
        if file != _CLOSED:
            os.close(file)

    def _sent(self) -> int:
        """The offset in the header; a damaged one says nothing, and all is sent again."""
        header = os.pread(self._file, _HEADER_SIZE, 0)
        number = header[-21:-1]
        if header[:-21] == _HEADER[:16] and number.isdigit():
            return min(max(int(number), _HEADER_SIZE), self._size)
        return min(_HEADER_SIZE, self._size)


def _checked(line: bytes) -> bytes | None:
    event = line[_CHECKSUM:-1]
    try:
        right = int(line[: _CHECKSUM - 1], 16) == zlib.crc32(event) and line[_CHECKSUM - 1 : _CHECKSUM] == b" "
    except ValueError:
        return None
    return event if right and event else None


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:  # gone already, or not ours to delete any more
        pass


def _write_all(file: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(file, view, offset)
        view = view[written:]
        offset += written


def _sync_folder(folder: str) -> None:
    """A new file's name is safe only when its folder is: see fsync(2)."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
