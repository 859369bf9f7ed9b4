"""Reads the fields of statements and manifests: integers little endian, texts and lists with a length u32 in front.

Refusals: read_past_end (the bytes end inside a field), statement_canonical (a length above its limit or above the bytes
that are left, a word of an element not below p), trailing_bytes. A second encoding is refused after the last field, so
that read_past_end comes first; a length that is refused counts as 0.
"""

import struct

from .field import K, P
from .refusal import require


class Decoder:
    def __init__(self, data):
        self.data, self.offset, self.is_canonical = data, 0, True

    def left(self):
        return len(self.data) - self.offset

    def take(self, count):
        require(count <= self.left(), 'read_past_end')
        self.offset += count
        return self.data[self.offset - count : self.offset]

    def integer(self, size):
        return int.from_bytes(self.take(size), 'little')

    def u8(self):
        return self.integer(1)

    def u16(self):
        return self.integer(2)

    def u32(self):
        return self.integer(4)

    def u64(self):
        return self.integer(8)

    def length(self, limit):
        count = self.u32()
        is_length = count <= limit and count <= self.left()
        self.demand(is_length)
        return count if is_length else 0

    def demand(self, condition):
        """What makes the encoding canonical; judged by finish."""
        self.is_canonical = self.is_canonical and condition

    def text(self, limit):
        return self.take(self.length(limit))

    def element(self):
        words = struct.unpack('<3Q', self.take(24))
        self.demand(all(word < P for word in words))
        return K(*words)

    def finish(self):
        require(self.is_canonical, 'statement_canonical')
        require(self.left() == 0, 'trailing_bytes')
