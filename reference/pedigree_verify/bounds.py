"""Nothing wraps: a bound for every tensor and parameter of a segment (docs/protocol.md section 4.6).

    rescale of X by s   min(D, (|X| >> s) + 1), D what the quotient's ranges show; |X| + 2^s (D + 1) < 2^62 too
    affine              sum abs(c_i) |X_i| + abs(c) is held against the limit; then shifted right
    contraction         fan |X| |W|
    parameter           beta' + rho sum over its updates of B 2^sigma |a| |d|
    rho                 (sum_t c_t)(sum_j mu_j) + (sum over the period ends e <= T of c_(e-1)) (sum_j j mu_j)

beta' is the bound of the weights before the segment. Sums and products saturate at 2^100. Refusal: bound.
"""

from . import program as p
from .refusal import require
from .statement import CROSS_ENTROPY, LOGISTIC
from .tables import magnitude

LIMIT = 1 << 62
_SATURATED = 1 << 100


def _capped(value):
    return min(value, _SATURATED)


class Bounds:
    """`weights`: bounds of the parameters, or None while they are not known: contractions then have any size."""

    def __init__(self, statement, program, weights=None):
        self.statement, self.program, self.weights = statement, program, weights
        self.is_final = weights is not None
        self.tensors = []
        for tensor in program.tensors:
            self.tensors.append(_capped(self._tensor(tensor)))

    def _check(self, value):
        require(not self.is_final or value < LIMIT, 'bound')
        return value

    def _operands(self, tensor):
        return [self.tensors[i] for i in tensor.operands]

    def _tensor(self, x):
        if x.kind == p.COMMITTED:
            return self._check(self._committed(x))
        if x.kind == p.PULLBACK:
            return self._check(magnitude(x.table, x.column))
        if x.kind == p.LIVE:
            return self._check(abs(x.constant))
        operands = self._operands(x)
        if x.kind == p.AFFINE:
            terms = sum(abs(c) * bound for c, bound in zip(x.coefficients, operands))
            return self._check(terms + abs(x.constant)) >> x.shift
        if x.kind == p.SUM:
            return self._check(x.constant * operands[0])
        if x.kind == p.PRODUCT:
            return self._check(operands[0] * operands[1])
        if x.kind == p.CONTRACTION:
            return self._check(self._contraction(x, operands[0]))
        return max(operands)

    def _contraction(self, x, operand):
        if not self.is_final:
            return _SATURATED
        parameter = self.program.parameters[x.parameter]
        fan = parameter.inputs if x.is_forward else parameter.outputs
        return fan * operand * self.weights[x.parameter]

    def _committed(self, x):
        s = self.statement
        if x.advice == p.RECORD:
            if x.part == p.INPUTS:
                return 1 << s.input_bits
            return 1 if s.loss in (CROSS_ENTROPY, LOGISTIC) else 1 << s.range_bits
        if x.advice == p.START_CELLS:
            return 0
        if x.advice == p.RESCALED:
            (operand,) = self._operands(x)
            self._check(operand + ((x.limit + 1) << x.argument))
            return min(x.limit, (operand >> x.argument) + 1)
        if x.advice == p.MAPPED:
            return magnitude(x.table, x.column)
        return x.limit


def response_sum(s, schedule):
    """rho of a segment with this part of the schedule, pairs (count, factor)."""
    total = sum(count * factor for count, factor in schedule) * sum(s.impulse)
    if s.period:
        ends, first = 0, 0
        for count, factor in schedule:
            ends += factor * ((first + count) // s.period - first // s.period)
            first += count
        total += ends * sum(j * mu for j, mu in enumerate(s.impulse))
    return total


def check_bounds(s, program, schedule, before):
    """Bounds of the parameters after a segment, whose weights before it are below `before`."""
    factors = Bounds(s, program).tensors
    rho = response_sum(s, schedule)
    after = []
    for index, start in enumerate(before):
        moved = sum(
            (s.batch << u.shift) * factors[u.a] * factors[u.d] for u in program.updates_of(index)
        )
        after.append(_capped(start + rho * moved))
        require(after[-1] < LIMIT, 'bound')
    Bounds(s, program, after)
    return after
