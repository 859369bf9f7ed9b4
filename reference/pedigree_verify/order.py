"""The order of records and the seeded start (docs/arithmetic.md sections 3 and 4), and the run's seed (docs/protocol.md 2.4).

    key(e, n)   Keccak-256("pedigree order v1" | seed | e | n); rows are sorted by key, equal keys by row
    W[i, j]     floor(u 2b / 2^32) - b, u the 32-bit word (w mod 8) of
                Keccak-256("pedigree start v1" | seed | p | floor(w / 8)), w = i out + j
    b           isqrt(floor(c 4^frac_w / in)), c = 3 for the owner that is the last layer, else 6
"""

import math
from functools import cached_property

import numpy as np

from .keccak import keccak256, u16, u32, u64
from .manifest import ZERO_DIGEST

_HOLDOUT = 2**64 - 1
_SHARDS = 2**64 - 2


def run_seed(s):
    """The 64 bits from which order and start are drawn."""
    parts = [b'pedigree seed v1', u64(s.seed)]
    parts += map(u32, (s.features, s.outputs, s.loss, s.num_layers))
    for layer in s.layers:
        parts += map(
            u32, (layer.kind, layer.input, layer.second, layer.out, layer.share, layer.activation)
        )
    parts.append(u32(s.num_impulse))
    parts += map(u16, s.impulse)
    parts += map(u32, (s.period, s.holdout, s.batch, s.steps, s.shards, s.start_kind))
    parts += [s.start_weights, u32(len(s.datasets))]
    for m in s.datasets:
        parts += [ZERO_DIGEST if m.is_declared else m.content, m.custodian]
    parts += [u32(len(s.beacon.source)), s.beacon.source, u64(s.beacon.round), s.beacon.value]
    return int.from_bytes(keccak256(*parts)[:8], 'little')


def sorted_rows(seed, epoch, rows):
    head = b'pedigree order v1' + u64(seed) + u64(epoch)
    return [row for _, row in sorted((keccak256(head, u64(row)), row) for row in rows)]


class Order:
    """Which rows each step of the run uses. Rows are sorted when they are first asked for; counts need no sorting."""

    def __init__(self, s, seed):
        self.seed, self.batch, self.steps, self.shards = seed, s.batch, s.steps, s.shards
        self.records, self.holdout = s.records, s.holdout
        self.used = s.records - s.holdout
        self.steps_of_epoch = -(-(-(-self.used // s.shards)) // s.batch)
        self._epoch, self._epoch_rows = None, []

    @cached_property
    def _rows(self):
        """Rows that take part, in the order from which shards are cut."""
        rows = list(range(self.records))
        if self.holdout > 0:
            rows = sorted_rows(self.seed, _HOLDOUT, rows)[: self.used]
        return sorted_rows(self.seed, _SHARDS, rows) if self.shards > 1 else rows

    def _shard(self, shard):
        return self.used * shard // self.shards, self.used * (shard + 1) // self.shards

    def _place(self, t):
        """Shard, epoch, and first position in it, of step t."""
        shard = t * self.shards // self.steps
        first = -(-shard * self.steps // self.shards)
        epoch, place = divmod(t - first, self.steps_of_epoch)
        return shard, epoch, place * self.batch

    def count_of_step(self, t):
        shard, _, position = self._place(t)
        first, last = self._shard(shard)
        return max(0, min(self.batch, last - first - position))

    def rows_of_step(self, t):
        shard, epoch, position = self._place(t)
        if self._epoch != (shard, epoch):
            first, last = self._shard(shard)
            key = (shard << 32) + epoch
            self._epoch_rows = sorted_rows(self.seed, key, self._rows[first:last])
            self._epoch = shard, epoch
        return self._epoch_rows[position : position + self.batch]


def start_bound(is_last, frac_w, inputs):
    return math.isqrt((3 if is_last else 6) * 4**frac_w // inputs)


def seeded_start(seed, tensor, bound, inputs, outputs):
    """Array int64 [inputs, outputs] of the seeded start of weights number `tensor`."""
    count = inputs * outputs
    head = b'pedigree start v1' + u64(seed) + u64(tensor)
    digests = b''.join(keccak256(head, u64(block)) for block in range(-(-count // 8)))
    words = np.frombuffer(digests, '<u4')[:count].astype(np.uint64)
    # u 2b < 2^32 2^47: taken in two halves of u so that nothing leaves 64 bits.
    high, low = words >> np.uint64(16), words & np.uint64(0xFFFF)
    width = np.uint64(2 * bound)
    scaled = (high * width + (low * width >> np.uint64(16))) >> np.uint64(16)
    return (scaled.astype(np.int64) - bound).reshape(inputs, outputs)
