"""From statement to program (docs/protocol.md section 4): tensors, lookups, tables, zero constraints, parameters, updates.

A tensor's cells are F elements with index (feature, position), position low:

    samples   position = (step, slot), slot low
    records   position = record of one dataset
    cells     no position; a parameter, padded, flat

The checks that keep quotients and labels in range, the backward pass included, are emitted here and nowhere else. Order
matters: ids enter denominators and give the order of messages.
"""

from dataclasses import dataclass, field

from .multilinear import clog
from .statement import (
    ACTIVATION,
    ADD,
    CROSS_ENTROPY,
    GELU,
    IDENTITY,
    LINEAR,
    LOGISTIC,
    NAMED,
    RELU,
    TANH,
)
from .tables import ACTIVATION_TABLE, EXP, RANGE, ROUND, SIGMOID, Table

# Kinds of tensors.
COMMITTED, GATHER, LIVE, AFFINE, BROADCAST, SUM, PRODUCT, CONTRACTION = range(8)
# Kinds of domains.
SAMPLES, RECORDS, CELLS = range(3)
# What a committed tensor holds; decides its bound (section 4.6).
RECORD, RESCALED, MAPPED, MAXIMUM, SOFTMAX_QUOTIENT, LIMB, START_CELLS = range(7)
INPUTS, LABELS = 0, 1
DERIVATIVE_BITS = 8


@dataclass(frozen=True)
class Domain:
    kind: int
    dataset: int = 0
    bits: int = 0


@dataclass
class Tensor:
    """`features` live of 2^feature_bits; `operands` are ids."""

    id: int
    kind: int
    domain: Domain
    features: int
    feature_bits: int
    operands: tuple = ()
    coefficients: tuple = ()
    constant: int = 0
    shift: int = 0
    parameter: int = -1
    is_forward: bool = False
    part: int = INPUTS  # of datasets: inputs or labels
    advice: int = -1  # of committed tensors
    argument: int = 0  # rescale: shift; start cells: parameter
    limit: int = 0  # bound that the ranges show; map: magnitude is taken from `table`, `column`
    table: object = None
    column: int = 0
    is_public: bool = False
    is_linear: bool = True

    @property
    def variables(self):
        return self.domain.bits + self.feature_bits

    @property
    def in_segment_root(self):
        return self.kind == COMMITTED and self.advice not in (RECORD, START_CELLS)


@dataclass
class Lookup:
    table: int
    columns: tuple


@dataclass
class Update:
    """The gradient of one use of a parameter: 2^shift sum over slots of a(in) d(out), ids of tensors."""

    parameter: int
    a: int
    d: int
    shift: int


@dataclass
class Program:
    tensors: list = field(default_factory=list)
    lookups: list = field(default_factory=list)
    tables: list = field(default_factory=list)
    zeros: list = field(default_factory=list)
    parameters: list = field(default_factory=list)
    updates: list = field(default_factory=list)
    widest_range: int = 0

    def updates_of(self, parameter):
        return [u for u in self.updates if u.parameter == parameter]

    def products(self):
        return [x for x in self.tensors if x.kind == PRODUCT]


class Builder:
    """Appends tensors and constraints; every method returns a Tensor."""

    def __init__(self, step_bits, slot_bits, widest_range):
        self.program = Program(widest_range=widest_range)
        self.samples = Domain(SAMPLES, bits=step_bits + slot_bits)

    def _append(self, kind, domain, features, feature_bits, **more):
        tensor = Tensor(
            len(self.program.tensors), kind, domain, features, feature_bits, **more
        )
        self.program.tensors.append(tensor)
        return tensor

    def committed(self, like, advice, features=None, **more):
        """`like`: the tensor that its advice reads."""
        if features is None:
            return self._append(COMMITTED, like.domain, like.features, like.feature_bits, advice=advice, **more)
        return self._append(COMMITTED, like.domain, features, clog(features), advice=advice, **more)

    def dataset(self, d, record_bits, features, part):
        domain = Domain(RECORDS, d, record_bits)
        return self._append(COMMITTED, domain, features, clog(features), advice=RECORD, part=part)

    def start_cells(self, index, parameter):
        bits = clog(parameter.inputs) + clog(parameter.outputs)
        return self._append(
            COMMITTED, Domain(CELLS), 1 << bits, bits, advice=START_CELLS, argument=index
        )

    def gather(self, columns, part):
        first = columns[0]
        operands = tuple(x.id for x in columns)
        return self._append(
            GATHER, self.samples, first.features, first.feature_bits, operands=operands, part=part
        )

    def live(self, domain, features, value):
        return self._append(
            LIVE, domain, features, clog(features), constant=value, is_public=True
        )

    def affine(self, terms, constant=0, shift=0):
        """`terms`: pairs (coefficient, tensor)."""
        first = terms[0][1]
        return self._append(
            AFFINE,
            first.domain,
            first.features,
            first.feature_bits,
            operands=tuple(x.id for _, x in terms),
            coefficients=tuple(c for c, _ in terms),
            constant=constant,
            shift=shift,
            is_public=all(x.is_public for _, x in terms),
            is_linear=all(x.is_linear for _, x in terms),
        )

    def broadcast(self, x, features, feature_bits):
        return self._append(
            BROADCAST, x.domain, features, feature_bits, operands=(x.id,), is_linear=x.is_linear
        )

    def sum(self, x, features):
        return self._append(SUM, x.domain, 1, 0, operands=(x.id,), constant=features)

    def product(self, x, y):
        return self._append(
            PRODUCT, x.domain, x.features, x.feature_bits, operands=(x.id, y.id), is_linear=False
        )

    def contraction(self, x, parameter, is_forward):
        p = self.program.parameters[parameter]
        features = p.outputs if is_forward else p.inputs
        return self._append(
            CONTRACTION,
            self.samples,
            features,
            clog(features),
            operands=(x.id,),
            parameter=parameter,
            is_forward=is_forward,
            is_linear=False,
        )

    # ---- constraints
    def table(self, table):
        """The id of a table: that of an equal earlier one, else the next."""
        if table not in self.program.tables:
            self.program.tables.append(table)
        return self.program.tables.index(table)

    def lookup(self, table, columns):
        self.program.lookups.append(Lookup(table, tuple(x.id for x in columns)))

    def zero(self, x):
        self.program.zeros.append(x.id)

    def range(self, x, bits):
        """x in [0, 2^bits) in every padded cell."""
        widest = self.program.widest_range
        while bits > widest:
            limb = self.committed(x, LIMB, limit=(1 << widest) - 1)
            self.lookup(self.table(Table(RANGE, widest)), [limb])
            x = self.affine([(1, x), (-1, limb)], shift=widest)
            bits -= widest
        self.lookup(self.table(Table(RANGE, bits)), [x])

    def rescale(self, z, shift, limit):
        """floor(z / 2^shift + 1/2); `limit`: the magnitude that the quotient's own ranges show."""
        half = 1 << (shift - 1)
        q = self.committed(z, RESCALED, operands=(z.id,), argument=shift, limit=limit)
        self.range(self.affine([(1, z), (-(1 << shift), q)], half), shift)
        return q

    def map(self, q, table, offset, count):
        """The `count` further columns of the table in row q + offset."""
        table_id = self.table(table)
        row = self.affine([(1, q)], offset)
        values = [self.committed(row, MAPPED, table=table, column=c) for c in range(count)]
        self.lookup(table_id, [row] + values)
        return values

    def update(self, parameter, a, d, shift):
        self.program.updates.append(Update(parameter, a.id, d.id, shift))


class Compiler:
    """One segment. `first`: k = 0, where datasets are checked; `check_bits` of a committed start, else 0."""

    def __init__(self, statement, model, segment_index):
        s = self.statement = statement
        self.model, self.is_first = model, segment_index == 0
        segment = s.segments[segment_index]
        self.has_start = segment_index > 0 or s.start_kind == NAMED
        self.check_bits = segment.check_bits
        step_bits, slot_bits = clog(segment.steps), clog(s.batch)
        self.b = Builder(step_bits, slot_bits, self._widest_range(step_bits + slot_bits))
        self.half_range = 1 << s.range_bits
        self.values, self.derivatives, self.ones, self.weights = {}, {}, {}, {}
        self.contributions = {i: [] for i in range(model.depth + 1)}

    def _widest_range(self, position_bits):
        cells = sum(
            1 << (clog(self.model.layer(i).out) + position_bits) for i in self.model.linear_layers()
        )
        return max(8, min(20, cells.bit_length() - 1))

    def compile(self):
        self._datasets()
        for i in range(1, self.model.depth + 1):
            self._forward(i)
        self._loss()
        for i in range(self.model.depth, 0, -1):
            self._backward(i)
        self._start()
        return self.b.program

    def _range_signed(self, x, bits):
        """x in [-2^bits, 2^bits)."""
        self.b.range(self.b.affine([(1, x)], 1 << bits), bits + 1)

    # ---- datasets
    def _datasets(self):
        s, b = self.statement, self.b
        inputs, labels = [], []
        for d, m in enumerate(s.datasets):
            record_bits = clog(m.records)
            inputs.append(b.dataset(d, record_bits, s.features, INPUTS))
            labels.append(b.dataset(d, record_bits, s.label_columns, LABELS))
        for d, m in enumerate(s.datasets):
            if self.is_first and m.is_declared:
                self._range_signed(inputs[d], s.input_bits)
            if self.is_first:
                self._check_labels(labels[d])
        self.labels = labels
        self.values[0] = b.gather(inputs, INPUTS)

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
            self._range_signed(y, self.statement.range_bits)

    # ---- forward
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
        if layer.activation != IDENTITY:
            table = Table(ACTIVATION_TABLE, bits, layer.activation, source, target)
            self.values[i], self.derivatives[i] = b.map(q, table, self.half_range, 2)
        elif source == target:
            self._range_signed(q, self.statement.range_bits)
            self.values[i] = q
        else:
            table = Table(ROUND, bits, source=source - target)
            (self.values[i],) = b.map(q, table, self.half_range, 1)

    def _add(self, layer):
        fractions = self.model.fractions
        return self.b.affine(
            [(1 << (layer.frac_a - fractions[j]), self.values[j]) for j in (layer.input, layer.second)]
        )

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
        self._range_signed(m, s.range_bits)
        spread = b.affine([(1, b.broadcast(m, classes, class_bits)), (-1, q)])
        e, is_maximum = b.map(spread, Table(EXP, s.range_bits + 1, 0, frac_q, s.exp_bits), 0, 2)
        b.range(b.affine([(1, b.sum(is_maximum, classes))], -1), class_bits)
        total = b.broadcast(b.sum(e, classes), 1 << class_bits, class_bits)
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
        self._range_signed(q, range_bits)
        error = b.affine([(1, q), (-1, yb)])
        shift = self.model.layer(self.model.depth).frac_q - frac_d
        if shift == 0:
            return error
        delta = b.rescale(error, shift, 2 * self.half_range)
        self._range_signed(delta, range_bits + 1)
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
            self._range_signed(e, range_bits)
            exact = b.product(e, self.derivatives[i])
            d = b.rescale(exact, shift + DERIVATIVE_BITS, self.half_range)
            self._range_signed(d, range_bits)
        else:
            d = self._rounded(e, shift)
        if layer.activation == RELU:
            d = b.product(d, self.derivatives[i])
        self.contributions[layer.input].append((below.frac_d, d))

    def _rounded(self, e, shift):
        range_bits = self.statement.range_bits
        if shift == 0:
            self._range_signed(e, range_bits)
            return e
        table = Table(ROUND, range_bits + 1, source=shift)
        return self.b.map(e, table, self.half_range, 1)[0]

    # ---- start
    def _start(self):
        if not self.has_start or self.check_bits == 0:
            return
        for index, parameter in enumerate(self.b.program.parameters):
            self._range_signed(self.b.start_cells(index, parameter), self.check_bits)


def compile_segment(statement, model, segment_index):
    return Compiler(statement, model, segment_index).compile()
