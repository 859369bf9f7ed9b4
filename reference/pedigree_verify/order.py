"""The order of records and the seeded start (docs/arithmetic.md sections 3 and 4), and the run's seed (docs/protocol.md 2.4).

    key(e, n)   Keccak-256("pedigree order v1" | seed | e | n); rows are sorted by key, equal keys by row
    W[i, j]     floor(u 2b / 2^32) - b, u the 32-bit word (w mod 8) of
                Keccak-256("pedigree start v1" | seed | p | floor(w / 8)), w = i out + j
    b           isqrt(floor(c 4^frac_w / in)), c = 3 for the owner that is the last layer, else 6
"""

import math

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


def _sorted_rows(seed, epoch, rows):
    head = b'pedigree order v1' + u64(seed) + u64(epoch)
    return [row for _, row in sorted((keccak256(head, u64(row)), row) for row in rows)]


class Order:
    """Which rows each step of the run uses."""

    def __init__(self, s, seed):
        self.seed, self.batch, self.steps, self.shards = seed, s.batch, s.steps, s.shards
        self.rows = list(range(s.records))
        if s.holdout > 0:
            self.rows = _sorted_rows(seed, _HOLDOUT, self.rows)[: -s.holdout]
        if s.shards > 1:
            self.rows = _sorted_rows(seed, _SHARDS, self.rows)
        largest = -(-len(self.rows) // s.shards)
        self.steps_of_epoch = -(-largest // s.batch)
        self._epochs = {}

    def _epoch(self, shard, epoch):
        if (shard, epoch) not in self._epochs:
            first = len(self.rows) * shard // self.shards
            last = len(self.rows) * (shard + 1) // self.shards
            rows = self.rows[first:last]
            self._epochs = {(shard, epoch): _sorted_rows(self.seed, (shard << 32) + epoch, rows)}
        return self._epochs[shard, epoch]

    def rows_of_step(self, t):
        shard = t * self.shards // self.steps
        first = -(-shard * self.steps // self.shards)
        epoch, place = divmod(t - first, self.steps_of_epoch)
        return self._epoch(shard, epoch)[place * self.batch : (place + 1) * self.batch]

    def selection(self, first_step, steps, step_bits, slot_bits):
        """Array [2^step_bits 2^slot_bits] of rows, index (step, slot), slot low; -1 where a slot is dead."""
        out = np.full((1 << step_bits, 1 << slot_bits), -1, np.int64)
        for step in range(steps):
            rows = self.rows_of_step(first_step + step)
            out[step, : len(rows)] = rows
        return out.reshape(-1)


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
