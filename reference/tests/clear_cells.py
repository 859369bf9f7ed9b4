"""Cells of every tensor of a program over clear values, for the honest prover of clear_prover.py; cofactors of sides that are apart."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from pedigree_verify import program as p  # noqa: E402
from pedigree_verify.field import HALF, K, P  # noqa: E402
from pedigree_verify.multilinear import clog  # noqa: E402
from pedigree_verify.tables import columns  # noqa: E402


def signed(x):
    return x if x < P // 2 else x - P


def bits_of(x, count):
    return tuple(K(x >> i & 1) for i in range(count))


def extension(cells, point):
    """cells~(point), cells of length 2^|point|."""
    values = [c if isinstance(c, K) else K(c) for c in cells]
    for r in reversed(point):
        half = len(values) // 2
        values = [low + (high - low) * r for low, high in zip(values[:half], values[half:])]
    return values[0]


def inverse(x):
    return pow(x, P - 2, P)


# ---- cells
class Cells:
    """The cells of every tensor, lists of words, index feature 2^bits + position; 0 where they are not there."""

    def __init__(self, program, witness, sampling_rows):
        """`witness`: weights and datasets as matrices of integers, `given` cells by tensor id."""
        self.program, self.witness, self.rows = program, witness, sampling_rows
        self.of = []
        for x in program.tensors:
            there = self.count(x.id)
            self.of.append([c % P for c in self._cells(x)[:there]] + [0] * ((1 << x.variables) - there))

    def count(self, index):
        """How many cells of a tensor are there."""
        x = self.program.tensors[index]
        return x.features_there << x.domain.bits

    def _cells(self, x):
        if x.kind == p.COMMITTED:
            return self._committed(x)
        if x.kind == p.GATHER:
            return self._gathered(x)
        size, positions = 1 << x.variables, 1 << x.domain.bits
        if x.kind == p.LIVE:
            return [x.constant * self._is_live(x, i) for i in range(size)]
        operands = [self.of[i] for i in x.operands]
        if x.kind == p.AFFINE:
            scale = pow(HALF, x.shift, P)
            return [
                (sum(c * o[i] for c, o in zip(x.coefficients, operands)) + x.constant) * scale for i in range(size)
            ]
        if x.kind == p.BROADCAST:
            return [operands[0][i % positions] if i // positions < x.features else 0 for i in range(size)]
        if x.kind == p.SUM:
            return [sum(operands[0][f * positions + n] for f in range(x.constant)) for n in range(positions)]
        if x.kind == p.PRODUCT:
            return [a * b for a, b in zip(*operands)]
        weights, inputs = self.witness.weights[x.parameter], 1 << self.program.tensors[x.operands[0]].feature_bits
        out = [0] * size
        for j in range(x.features):
            for n in range(positions):
                live = min(inputs, len(weights))
                out[j * positions + n] = sum(operands[0][i * positions + n] * weights[i][j] for i in range(live))
        return out

    def _is_live(self, x, i):
        feature, position = divmod(i, 1 << x.domain.bits)
        count = len(self.rows)
        if x.domain.kind == p.RECORDS:
            count = len(self.witness.datasets[x.domain.dataset][0])
        return feature < x.features and position < count

    def _gathered(self, x):
        out, first = [0] * (1 << x.variables), self.witness.datasets[0][x.part]
        for slot, row in enumerate(self.rows):
            for f in range(x.features):
                out[(f << x.domain.bits) + slot] = first[row][f]
        return out

    def _committed(self, x):
        if x.id in self.witness.given:
            given = self.witness.given[x.id]
            cells = given(self) if callable(given) else given
            return list(cells) + [0] * ((1 << x.variables) - len(cells))
        if x.advice == p.RECORD:
            out = [0] * (1 << x.variables)
            for row, cells in enumerate(self.witness.datasets[x.domain.dataset][x.part]):
                for f in range(x.features):
                    out[(f << x.domain.bits) + row] = cells[f]
            return out
        if x.advice == p.START_CELLS:
            parameter = self.program.parameters[x.argument]
            stride, out = clog(parameter.outputs), [0] * (1 << x.variables)
            for i, row in enumerate(self.witness.weights[x.argument]):
                for j, cell in enumerate(row):
                    out[(i << stride) + j] = cell
            return out
        if x.advice == p.RESCALED:
            half = 1 << (x.argument - 1)
            return [(signed(z) + half) >> x.argument for z in self.of[x.operands[0]]]
        if x.advice == p.LIMB:
            (user,) = [t for t in self.program.tensors if t.kind == p.AFFINE and t.operands[1:] == (x.id,)][:1]
            return [c & x.limit for c in self.of[user.operands[0]]]
        if x.advice == p.MAPPED:
            (row,) = [look.columns[0] for look in self.program.lookups if x.id in look.columns[1:]]
            return [int(columns(x.table)[x.column][c]) for c in self.of[row]]
        if x.advice == p.MAXIMUM:
            behind = self.program.tensors[x.id + 2]
            ranked, positions = self.of[behind.operands[1]], 1 << x.domain.bits
            features = self.program.tensors[behind.operands[1]].features
            return [
                max(signed(ranked[f * positions + n]) for f in range(features)) for n in range(positions)
            ]
        if x.advice == p.POSITIVE:
            return [int(signed(c) > 0) for c in self.of[x.operands[0]]]
        if x.advice == p.CHOSEN:
            (product,) = [t for t in self.program.tensors if t.kind == p.PRODUCT and t.operands[0] == x.id]
            return self._first_zero(x, self.of[product.operands[1]])
        raise AssertionError(x)

    def _first_zero(self, x, behind):
        positions, out = 1 << x.domain.bits, [0] * (1 << x.variables)
        for n in range(positions):
            feature = next(f for f in range(x.features) if behind[f * positions + n] == 0)
            out[feature * positions + n] = 1
        return out

    def violations(self):
        """Lookups that are no row of their table, zero tensors that do not vanish."""
        out = []
        for number, look in enumerate(self.program.lookups):
            table = self.program.tables[look.table]
            rows = [self.of[i][: self.count(i)] for i in look.columns]
            others = columns(table)
            for cells in zip(*rows):
                is_row = cells[0] < 1 << table.bits
                is_row = is_row and all(c == int(o[cells[0]]) % P for c, o in zip(cells[1:], others))
                if not is_row:
                    out.append(('lookup', number))
                    break
        out += [('zero', i) for i in self.program.zeros if any(self.of[i])]
        return out


# ---- U A + V B = 1 over F, coefficients lowest first
def _multiplied(a, b):
    out = [0] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            out[i + j] = (out[i + j] + x * y) % P
    return out


def _minus(a, b):
    size = max(len(a), len(b))
    a, b = a + [0] * (size - len(a)), b + [0] * (size - len(b))
    return _trimmed([(x - y) % P for x, y in zip(a, b)])


def _trimmed(a):
    while a and a[-1] == 0:
        a = a[:-1]
    return a


def _divided(a, b):
    quotient, a = [0] * max(1, len(a) - len(b) + 1), list(a)
    lead = inverse(b[-1])
    while len(a) >= len(b):
        factor, shift = a[-1] * lead % P, len(a) - len(b)
        quotient[shift] = factor
        a = _minus(a, [0] * shift + [factor * x % P for x in b])
    return quotient, a


def cofactors(roots_a, roots_b):
    """(U, V), or None where a root is on both sides."""
    a, b = [1], [1]
    for h in roots_a:
        a = _multiplied(a, [-h % P, 1])
    for h in roots_b:
        b = _multiplied(b, [-h % P, 1])
    if not roots_a or not roots_b:
        return ([1], [0]) if not roots_a else ([0], [1])
    r, s, u = a, b, ([1], [])
    while s:
        quotient, rest = _divided(r, s)
        r, s, u = s, rest, (u[1], _minus(u[0], _multiplied(quotient, u[1] or [0])))
    if len(r) > 1:
        return None
    scale = inverse(r[0])
    first = [x * scale % P for x in u[0]]
    second, rest = _divided(_minus([1], _multiplied(first, a)), b)
    assert not rest
    return first, second
