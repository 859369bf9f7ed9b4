"""What training means: the model of a statement as the program of one segment (docs/protocol.md section 4.4).

Datasets and the checks of their cells, the forward pass, the loss, the backward pass with its updates, the start: in this
order. The backward pass is derived here and nowhere else.
"""

from .layout import BULK
from .multilinear import clog
from .program import INPUTS, LABELS, MAXIMUM, MOST_LIMB_BITS, POSITIVE, SOFTMAX_QUOTIENT, Builder
from .statement import (
    ACTIVATION,
    CROSS_ENTROPY,
    GELU,
    IDENTITY,
    LINEAR,
    LOGISTIC,
    NAMED,
    RELU,
    TANH,
)
from .tables import ACTIVATION_TABLE, EXP, ROUND, SIGMOID, Table

DERIVATIVE_BITS = 8


class Forward:
    """The layers' values, by layer; 0 is the input, which the caller puts in."""

    def __init__(self, statement, model, step_bits, slot_bits, pulls_back=False):
        self.statement, self.model = statement, model
        self.b = Builder(step_bits, slot_bits, self._widest_range(step_bits + slot_bits), pulls_back)
        self.half_range = 1 << statement.range_bits
        self.values, self.derivatives, self.ones, self.weights = {}, {}, {}, {}

    def _widest_range(self, position_bits):
        cells = sum(
            1 << (clog(self.model.layer(i).out) + position_bits) for i in self.model.linear_layers()
        )
        return max(8, min(MOST_LIMB_BITS, cells.bit_length() - 1))

    def range_signed(self, x, bits):
        """x in [-2^bits, 2^bits)."""
        self.b.range(self.b.affine([(1, x)], 1 << bits), bits + 1)

    def layers(self):
        """The value of the last layer."""
        for i in range(1, self.model.depth + 1):
            self._forward(i)
        return self.values[self.model.depth]

    def check_dataset(self, d, x, y):
        """The range of declared inputs, and that labels are of the loss's kind."""
        if self.statement.datasets[d].is_declared:
            self.range_signed(x, self.statement.input_bits)
        self._check_labels(y)

    def _check_labels(self, y):
        b = self.b
        if self.statement.loss == CROSS_ENTROPY:
            b.range(y, 1)
            ones = b.live(y.domain, 1, 1)
            total = b.sum(y, self.statement.outputs)
            b.zero(b.affine([(1, total), (-1, ones)]))
        elif self.statement.loss == LOGISTIC:
            b.range(y, 1)
        else:
            self.range_signed(y, self.statement.range_bits)

    def check_start(self, bits):
        """Each parameter of the committed start in [-2^bits, 2^bits)."""
        for index, parameter in enumerate(self.b.program.parameters):
            self.range_signed(self.b.start_cells(index, parameter), bits)

    def _forward(self, i):
        layer = self.model.layer(i)
        if layer.kind == LINEAR:
            self.values[i] = self._linear(i, layer)
        elif layer.kind == ACTIVATION:
            self._activation(i, layer)
        else:
            self.values[i] = self._add(layer)

    def _linear(self, i, layer):
        b, model = self.b, self.model
        owner = model.owner(i)
        if owner == i:
            self.weights[i] = len(b.program.parameters)
            b.program.parameters += [p for p in model.parameters() if p.layer == i]
        weights = self.weights[owner]
        fraction = model.input_fraction(i)
        self.ones[i] = b.live(b.samples, 1, 1 << fraction)
        product = b.contraction(self.values[layer.input], weights, True)
        bias = b.contraction(self.ones[i], weights + 1, True)
        z = b.affine([(1, product), (1, bias)])
        limit = self.half_range * (4 if i == model.depth else 1)
        return b.rescale(z, fraction + model.frac_w(i) - layer.frac_q, limit)

    def _activation(self, i, layer):
        b, q = self.b, self.values[layer.input]
        source, target = self.model.layer(layer.input).frac_q, layer.frac_a
        bits = self.statement.range_bits + 1
        if layer.activation == IDENTITY:
            self.values[i] = self._rounded(q, source - target)
        elif layer.activation == RELU and b.is_short(q, bits):
            self._short_relu(i, q, source - target)
        else:
            table = Table(ACTIVATION_TABLE, bits, layer.activation, source, target)
            self.values[i], self.derivatives[i] = b.map(q, table, self.half_range, 2)

    def _short_relu(self, i, q, shift):
        """By the sign of q: 1 where q > 0."""
        b, range_bits = self.b, self.statement.range_bits
        self.range_signed(q, range_bits)
        sign = self.derivatives[i] = b.committed(q, POSITIVE, operands=(q.id,), limit=1)
        b.range(sign, 1)
        part = self.values[i] = b.product(sign, q)
        b.range(b.affine([(2, part), (-1, q), (-1, sign)]), range_bits + 1)
        if shift > 0:
            bits = max(0, range_bits - shift)
            self.values[i] = b.rescale(part, shift, 1 << bits)
            b.range(self.values[i], bits + 1)

    def _rounded(self, q, shift):
        """q to `shift` bits less; q is in [-2^R, 2^R)."""
        b, range_bits = self.b, self.statement.range_bits
        if shift > 0 and not b.is_short(q, range_bits + 1):
            return b.map(q, Table(ROUND, range_bits + 1, source=shift), self.half_range, 1)[0]
        self.range_signed(q, range_bits)
        if shift == 0:
            return q
        bits = max(0, range_bits - shift)
        value = b.rescale(q, shift, 1 << bits)
        b.range(b.affine([(1, value)], 1 << bits), bits + 2)
        return value

    def _add(self, layer):
        fractions = self.model.fractions
        return self.b.affine(
            [(1 << (layer.frac_a - fractions[j]), self.values[j]) for j in (layer.input, layer.second)]
        )


class Compiler(Forward):
    """One segment. `first`: k = 0, where datasets are checked; `check_bits` of a committed start, else 0."""

    def __init__(self, statement, model, segment_index):
        segment = statement.segments[segment_index]
        super().__init__(statement, model, clog(segment.steps), clog(statement.batch), statement.profile == BULK)
        self.is_first = segment_index == 0
        self.has_start = segment_index > 0 or statement.start_kind == NAMED
        self.check_bits = segment.check_bits
        self.contributions = {i: [] for i in range(model.depth + 1)}

    def compile(self):
        self._datasets()
        self.layers()
        self._loss()
        for i in range(self.model.depth, 0, -1):
            self._backward(i)
        self._start()
        return self.b.program

    # ---- datasets
    def _datasets(self):
        inputs, self.labels = self.b.datasets(self.statement.datasets)
        if self.is_first:
            for d in range(len(inputs)):
                self.check_dataset(d, inputs[d], self.labels[d])
        self.values[0] = self.b.gather(inputs, INPUTS)

    # ---- loss
    def _loss(self):
        q = self.values[self.model.depth]
        yb = self.b.gather(self.labels, LABELS)
        loss = {CROSS_ENTROPY: self._cross_entropy, LOGISTIC: self._logistic}.get(
            self.statement.loss, self._mean_squared
        )
        frac_d = self.model.layer(self.model.depth).frac_d
        self.contributions[self.model.depth].append((frac_d, loss(q, yb, frac_d)))

    def _cross_entropy(self, q, yb, frac_d):
        s, b = self.statement, self.b
        classes, class_bits = s.outputs, clog(s.outputs)
        frac_q = self.model.layer(self.model.depth).frac_q
        m = b.committed(q, MAXIMUM, features=1, limit=self.half_range)
        self.range_signed(m, s.range_bits)
        spread = b.affine([(1, b.broadcast(m, classes, class_bits)), (-1, q)])
        e, is_maximum = b.map(spread, Table(EXP, s.range_bits + 1, 0, frac_q, s.exp_bits), 0, 2)
        b.range(b.affine([(1, b.sum(is_maximum, classes))], -1), class_bits)
        total = b.broadcast(b.sum(e, classes), e.features_there, class_bits)
        scaled = b.affine([(1 << (frac_d + 1), e)])
        p = b.committed(scaled, SOFTMAX_QUOTIENT, limit=1 << (frac_d + 1))
        b.range(p, frac_d + 1)
        back = b.product(p, total)
        remainder = b.affine([(1, scaled), (1, total), (-2, back)])
        bits = s.exp_bits + class_bits + 1
        b.range(remainder, bits)
        b.range(b.affine([(2, total), (-1, remainder)], -1), bits)
        return self._difference(p, yb, classes, frac_d)

    def _logistic(self, q, yb, frac_d):
        frac_q = self.model.layer(self.model.depth).frac_q
        table = Table(SIGMOID, self.statement.range_bits + 1, 0, frac_q, frac_d)
        (p,) = self.b.map(q, table, self.half_range, 1)
        return self._difference(p, yb, 1, frac_d)

    def _difference(self, p, yb, features, frac_d):
        """p in live slots, less 2^frac_d times the label."""
        live = self.b.live(self.b.samples, features, 1)
        return self.b.affine([(1, self.b.product(live, p)), (-(1 << frac_d), yb)])

    def _mean_squared(self, q, yb, frac_d):
        b, range_bits = self.b, self.statement.range_bits
        self.range_signed(q, range_bits)
        error = b.affine([(1, q), (-1, yb)])
        shift = self.model.layer(self.model.depth).frac_q - frac_d
        if shift == 0:
            return error
        delta = b.rescale(error, shift, 2 * self.half_range)
        self.range_signed(delta, range_bits + 1)
        return delta

    # ---- backward
    def _gathered(self, i):
        """The sum of the contributions of layer i, on the finest of their grids, and its fraction."""
        contributions = self.contributions[i]
        finest = max(fraction for fraction, _ in contributions)
        if len(contributions) == 1:
            return finest, contributions[0][1]
        terms = [(1 << (finest - fraction), x) for fraction, x in contributions]
        return finest, self.b.affine(terms)

    def _backward(self, i):
        layer = self.model.layer(i)
        if layer.kind == LINEAR:
            self._linear_back(i, layer)
        elif layer.kind == ACTIVATION:
            self._activation_back(i, layer)
        else:
            fraction, g = self._gathered(i)
            self.contributions[layer.input].append((fraction, g))
            self.contributions[layer.second].append((fraction, g))

    def _linear_back(self, i, layer):
        _, d = self._gathered(i)
        weights, frac_w = self.weights[self.model.owner(i)], self.model.frac_w(i)
        shift = frac_w - self.statement.rate_bits - self.model.input_fraction(i) - layer.frac_d
        self.b.update(weights, self.values[layer.input], d, shift)
        self.b.update(weights + 1, self.ones[i], d, shift)
        if layer.input != 0:
            back = self.b.contraction(d, weights, False)
            self.contributions[layer.input].append((layer.frac_d + frac_w, back))

    def _activation_back(self, i, layer):
        b, range_bits = self.b, self.statement.range_bits
        below = self.model.layer(layer.input)
        fraction, g = self._gathered(i)
        shift = below.frac_e - below.frac_d
        e = b.rescale(g, fraction - below.frac_e, self.half_range)
        if layer.activation in (TANH, GELU):
            self.range_signed(e, range_bits)
            exact = b.product(e, self.derivatives[i])
            d = b.rescale(exact, shift + DERIVATIVE_BITS, self.half_range)
            self.range_signed(d, range_bits)
        else:
            d = self._rounded(e, shift)
        if layer.activation == RELU:
            d = b.product(d, self.derivatives[i])
        self.contributions[layer.input].append((below.frac_d, d))

    # ---- start
    def _start(self):
        if self.has_start and self.check_bits > 0:
            self.check_start(self.check_bits)


def compile_segment(statement, model, segment_index):
    return Compiler(statement, model, segment_index).compile()
