"""The transcript of Fiat and Shamir (docs/protocol.md section 3), and the reader of the proof's bytes.

    absorb(type, label, payload)   state := Keccak-256( state | type | |label| as one byte | label | |payload| as u64 | payload )
    challenge(label) in K          absorb('C', label, empty), then words of Keccak-256(state | counter), those >= p skipped
    positions(label, D, n)         absorb('C', label, empty), then words of Keccak-256(state | counter) mod 2^D

A message is read from the proof and absorbed by one call; hints (leaves and tree nodes) are read and not absorbed.
Refusals: read_past_end, element_canonical, grinding.
"""

import struct

import numpy as np

from .field import K, P
from .keccak import keccak256, u64
from .refusal import require

WORD = 8
DIGEST = 32


class Reader:
    """The proof, read once from its first byte to its last."""

    def __init__(self, data, offset):
        self.data, self.offset = data, offset

    def take(self, count):
        require(count <= len(self.data) - self.offset, 'read_past_end')
        self.offset += count
        return self.data[self.offset - count : self.offset]

    def words(self, count):
        """`count` canonical words of F as a uint64 array. The first bad word decides, as if they were read one by one."""
        there = min(count, (len(self.data) - self.offset) // WORD)
        words = np.frombuffer(self.data, '<u8', there, self.offset)
        require(not (words >= np.uint64(P)).any(), 'element_canonical')
        self.take(WORD * count)
        return words

    def finish(self):
        require(self.offset == len(self.data), 'trailing_bytes')


class Chain:
    """The hash chain: absorbs, and draws challenges. The state begins as 32 zero bytes."""

    def __init__(self):
        self.state = bytes(DIGEST)

    def absorb(self, kind, label, payload):
        name = label.encode()
        self.state = keccak256(
            self.state, kind.encode(), bytes([len(name)]), name, u64(len(payload)), payload
        )

    def _words(self):
        counter = 0
        while True:
            yield from struct.unpack('<4Q', keccak256(self.state, u64(counter)))
            counter += 1

    def challenge(self, label):
        self.absorb('C', label, b'')
        canonical = (word for word in self._words() if word < P)
        return K(next(canonical), next(canonical), next(canonical))

    def challenges(self, label, count):
        return [self.challenge(label) for _ in range(count)]

    def positions(self, label, bits, count):
        """`count` indices below 2^bits, in the order drawn."""
        self.absorb('C', label, b'')
        words = self._words()
        return [next(words) % (1 << bits) for _ in range(count)]


class Transcript(Chain):
    """A chain that also reads the prover's messages from a Reader."""

    def __init__(self, reader):
        super().__init__()
        self.reader = reader

    def elements(self, label, count):
        """One message of `count` elements of K."""
        start = self.reader.offset
        words = self.reader.words(3 * count)
        self.absorb('K', label, self.reader.data[start : self.reader.offset])
        words = [int(w) for w in words]
        return [K(*words[3 * i : 3 * i + 3]) for i in range(count)]

    def element(self, label):
        return self.elements(label, 1)[0]

    def digest(self, label):
        digest = self.reader.take(DIGEST)
        self.absorb('D', label, digest)
        return digest

    def nonce(self, label, bits):
        """Proof of work: the word makes the first `bits` bits of Keccak-256(state | word) zero. None is sent for 0 bits."""
        if bits == 0:
            return
        word = self.reader.take(WORD)
        digest = keccak256(self.state, word)
        require(int.from_bytes(digest, 'big') >> (256 - bits) == 0, 'grinding')
        self.absorb('N', label, word)
