"""Access logs as lines, in constant memory: plain or gzip (told by its first bytes, whatever the name), or stdin."""

import hashlib
import os
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from wagtail_leads.logic.access_log import MAX_LINE

GZIP = b"\x1f\x8b"
#: Bytes read, and unpacked, at a time.
BLOCK = 1 << 18


@dataclass(kw_only=True)
class LogFile:
    """One file while it is read. OSError when it cannot be opened or read."""

    #: "-" is stdin.
    name: str
    #: Bytes on disk; 0 when nobody knows (a pipe).
    size: int = 0
    #: Bytes of the file that were taken so far.
    done: int = 0
    #: Why the rest was not read: "truncated" or "damaged"; empty when all was.
    problem: str = ""
    _seen: Any = field(default_factory=hashlib.sha256, repr=False)

    @property
    def digest(self) -> str:
        """Hex that stands for what was read of it."""
        return self._seen.hexdigest()

    @classmethod
    def at(cls, name: str) -> "LogFile":
        return cls(name=name, size=0 if name == "-" else os.path.getsize(name))

    def lines(self) -> Iterator[tuple[bytes | None, bool]]:
        """(line without its end, is it finished?); None stands for a line that is too long."""
        if self.name == "-":
            yield from self._split(self._blocks(sys.stdin.buffer))
            return
        with open(self.name, "rb") as stream:
            yield from self._split(self._blocks(stream))

    def _read(self, stream: BinaryIO) -> bytes:
        data = stream.read(BLOCK)
        self.done += len(data)
        self._seen.update(data)
        return data

    def _blocks(self, stream: BinaryIO) -> Iterator[bytes]:
        data = self._read(stream)
        if data.startswith(GZIP):
            yield from self._unpacked(stream, data)
            return
        while data:
            yield data
            data = self._read(stream)

    def _unpacked(self, stream: BinaryIO, data: bytes) -> Iterator[bytes]:
        """Members may follow each other (rotated files put together), and zeros fill up tapes."""
        machine = zlib.decompressobj(wbits=31)
        while data:
            try:
                block = machine.decompress(data, BLOCK)
            except zlib.error:
                self.problem = "damaged"
                return
            yield block
            if machine.eof:
                data = machine.unused_data.lstrip(b"\0") or self._read(stream).lstrip(b"\0")
                machine = zlib.decompressobj(wbits=31)
                if not data:
                    return
            else:
                data = machine.unconsumed_tail or self._read(stream)
        yield machine.flush()
        self.problem = "truncated"

    def _split(self, blocks: Iterator[bytes]) -> Iterator[tuple[bytes | None, bool]]:
        rest, too_long = b"", False
        for block in blocks:
            lines = (rest + block).split(b"\n")
            rest = lines.pop()
            for line in lines:
                yield (None, True) if too_long else (line, True)
                too_long = False
            if len(rest) > MAX_LINE:
                rest, too_long = b"", True
        if rest or too_long:
            yield (None if too_long else rest), False
