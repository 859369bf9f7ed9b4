"""Reads the fields of statements and manifests: integers little endian, texts and lists with a length u32 in front.

Refusals: read_past_end (the bytes end inside a field), statement_canonical (a length above its limit or above the bytes
that are left, a word of an element not below p).
"""

import struct

from .field import K, P
from .refusal import require


class Decoder:
    def __init__(self, data):
        self.data, self.offset = data, 0

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
        require(count <= limit and count <= self.left(), 'statement_canonical')
        return count

    def text(self, limit):
        return self.take(self.length(limit))

    def element(self):
        words = struct.unpack('<3Q', self.take(24))
        require(all(word < P for word in words), 'statement_canonical')
        return K(*words)

    def finish(self):
        require(self.left() == 0, 'trailing_bytes')
