"""Hidden values: a public constant plus a public combination of keys (docs/protocol.md section 6.0), and keys at a point (7).

A key is a public linear form on the words of one root. Its extension at a point P of the root's index bits, columns low:

    block of pi position and phi feature bits at offset o
                eq(P[pi+phi ..), o >> (pi+phi)) feature(P[pi .. pi+phi)) position(P[0 .. pi))
    pad at o    sum_{l<3} x^l eq(P, o + l)
    powers      z prefix_power(z, P, o)                  o the offset of the answer's pad
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Callable

import numpy as np

from .field import GENERATOR, K, ONE, ZERO, f_mul, f_sum, k_dot, k_scalar, powers
from .multilinear import eq_index, eq_table, prefix, prefix_eq, prefix_power


@dataclass(frozen=True, eq=False)
class BlockKey:
    """`feature` and `position` are the two factors, functions of a point."""

    root: int
    offset: int
    feature_bits: int
    position_bits: int
    feature: Callable
    position: Callable

    def at(self, point):
        low, bits = self.position_bits, self.position_bits + self.feature_bits
        value = eq_index(point[bits:], self.offset >> bits)
        return value * self.feature(point[low:bits]) * self.position(point[:low])


@dataclass(frozen=True, eq=False)
class ChunkedKey:
    """A block of a tensor or parameter: its first `count` features by eq(u, .), or added up where u is None, in chunks of
    2^chunk_bits features that it is aligned to.

        sum_{f < count} eq(u, f) eq(P[pi ..), o / 2^pi + f) position(P[0 .. pi))
    """

    root: int
    offset: int
    feature_bits: int
    u: tuple
    count: int
    chunk_bits: int
    position_bits: int
    position: Callable

    def feature(self, point):
        return prefix(point, self.count) if self.u is None else prefix_eq(self.u, point, self.count)

    def at(self, point):
        low, size = self.chunk_bits, 1 << self.chunk_bits
        f, above = point[self.position_bits :][:low], point[self.position_bits + low :]
        first, total = self.offset >> (self.position_bits + low), ZERO
        for c in range(-(-self.count // size)):
            live, chunk = min(size, self.count - c * size), eq_index(above, first + c)
            if self.u is None:
                total = total + chunk * prefix(f, live)
            else:
                total = total + chunk * eq_index(self.u[low:], c) * prefix_eq(self.u[:low], f, live)
        return total * self.position(point[: self.position_bits])


@dataclass(frozen=True, eq=False)
class PadKey:
    root: int
    offset: int

    def at(self, point):
        terms = zip(powers(GENERATOR, 3), range(self.offset, self.offset + 3))
        return sum((power * eq_index(point, word) for power, word in terms), ZERO)


@dataclass(frozen=True, eq=False)
class PowersKey:
    root: int
    z: K
    answer_pad: int

    def at(self, point):
        return self.z * prefix_power(self.z, point, self.answer_pad)


def columns_at(u, live, first, point):
    """sum_{f < live} eq(u, f) eq(point, first + f)."""
    return k_dot(eq_table(u)[:live], eq_table(point)[first : first + live])


def summed_at(count, first, point):
    """sum_{f < count} eq(point, first + f)."""
    return prefix(point, first + count) - prefix(point, first)


class Form:
    """constant + sum of coefficient * key. Linear operations only; the other operand of * is public."""

    __slots__ = ('constant', 'terms')

    def __init__(self, constant=ZERO, terms=None):
        self.constant, self.terms = constant, terms or {}

    @staticmethod
    def of_key(key):
        return Form(ZERO, {key: ONE})

    @staticmethod
    def _lift(value):
        return value if isinstance(value, Form) else Form(ZERO + value)

    def __add__(self, other):
        other = Form._lift(other)
        terms = dict(self.terms)
        for key, coefficient in other.terms.items():
            terms[key] = terms[key] + coefficient if key in terms else coefficient
        return Form(self.constant + other.constant, terms)

    def __mul__(self, public):
        return Form(self.constant * public, {k: c * public for k, c in self.terms.items()})

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other


class Sampling:
    """The samples of a segment: positions (step, slot), slot low; a slot that the batch of its step does not fill is dead.

    Only values of the records depend on the order; which slots are live follows from sizes.
    """

    def __init__(self, order, first_step, steps, plan, counts):
        """`plan` has step and slot bits, `counts` are the records of the datasets."""
        self.order, self.first_step, self.steps = order, first_step, steps
        self.shape = 1 << plan.step_bits, 1 << plan.slot_bits
        self.counts, self.first_rows = counts, [sum(counts[:d]) for d in range(len(counts))]
        self._tables, self._live_values = {}, {}

    @cached_property
    def live(self):
        """Array of bool: which positions are live."""
        counts = [self.order.count_of_step(self.first_step + step) for step in range(self.steps)]
        counts += [0] * (self.shape[0] - self.steps)
        return (np.arange(self.shape[1]) < np.array(counts)[:, None]).reshape(-1)

    @cached_property
    def selection(self):
        """Array of rows of the run; -1 where a position is dead."""
        out = np.full(self.shape, -1, np.int64)
        for step in range(self.steps):
            rows = self.order.rows_of_step(self.first_step + step)
            out[step, : len(rows)] = rows
        return out.reshape(-1)

    def _table(self, v):
        if v not in self._tables:
            self._tables[v] = eq_table(v)
        return self._tables[v]

    def live_at(self, v):
        """sum over live positions x of eq(v, x)."""
        if v not in self._live_values:
            self._live_values[v] = k_scalar(f_sum(self._table(v)[self.live]))
        return self._live_values[v]

    def gathered_at(self, d, v, point):
        """sum over positions x of dataset d of eq(v, x) eq(point, selection[x] - first_d)."""
        local = self.selection - self.first_rows[d]
        (positions,) = np.nonzero((local >= 0) & (local < self.counts[d]))
        records = eq_table(point)[local[positions]]
        return k_dot(self._table(v)[positions], records)


def matrix_at(matrix, u, v):
    """sum_{i, j} eq(u, i) eq(v, j) matrix[i, j], an F array [rows, columns]."""
    rows, columns = matrix.shape
    bound = f_sum(f_mul(eq_table(u)[:rows, None, :], matrix[:, :, None]))
    return k_dot(bound, eq_table(v)[:columns])
