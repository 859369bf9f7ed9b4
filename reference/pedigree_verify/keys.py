"""Keys of one segment, and values of its tensors as hidden values (docs/protocol.md section 6.0).

    committed, sum      the key of its block
    gather              sum over datasets of the gathered key
    live(f, w)          w prefix(u, f) l(v); records: l(v) = prefix(v, N_d); samples: sum of eq(v, x) over live positions x
    affine              2^-s ( c prefix(u, features there) + sum_i c_i val(X_i; u, v) )
    broadcast(X, f)     prefix(u, f) val(X; v)
    product, pullback, contraction    what was received for it at the leaf point
"""

from functools import partial

from . import program as p
from .conversation import inverse_power_of_two
from .field import GENERATOR, ONE, ZERO, powers
from .form import BlockKey, ChunkedKey, Form, PadKey, columns_at, summed_at
from .layout import PAD_WORDS, dataset_layout
from .multilinear import clog, eq_index, eq_points, prefix, prefix_eq, prefix_power


class Keys:
    """The keys of one segment as hidden values."""

    def __init__(self, segment):
        self.segment, self.shape = segment, segment.shape

    def committed(self, tensor, u, v):
        """A committed tensor at (u, v)."""
        if tensor.advice == p.RECORD:
            d = tensor.domain.dataset
            return self._columns(d, tensor.part, partial(columns_at, u), tensor.features, partial(eq_points, v))
        if tensor.advice == p.START_CELLS:
            return self.parameter(self._start_root(), tensor.argument, u, (), as_cells=True)
        return self._chunked(tensor, u, tensor.features_there, len(v), partial(eq_points, v))

    def _chunked(self, tensor, u, count, position_bits, position):
        """The first `count` features of a tensor of the segment's own roots, by eq(u, .), or added up where u is None."""
        root, offset = self._own(tensor)
        u = None if u is None else tuple(u)
        key = ChunkedKey(root, offset, tensor.feature_bits, u, count, tensor.chunks[0], position_bits, position)
        return Form.of_key(key)

    def _own(self, tensor):
        """Root and offset of a tensor of the segment's own roots."""
        return self._at(self._layout.tensors[tensor.id])

    def _at(self, place):
        return self.shape.own_root(self.segment.index, place.part), place.offset

    @property
    def _layout(self):
        return self.shape.segments[self.segment.index]

    def _start_root(self):
        return self.shape.start_root(self.segment.index)

    def _block(self, root, offset, u, v, feature=None, position=None):
        feature = feature or partial(eq_points, u)
        position = position or partial(eq_points, v)
        return Form.of_key(BlockKey(root, offset, len(u), len(v), feature, position))

    def _columns(self, d, part, feature, count, position):
        """Columns of dataset d, `count` of its inputs or labels. `feature` lacks (count, first, point)."""
        m = self.segment.statement.datasets[d]
        layout = dataset_layout(m)
        first = 0 if part == p.INPUTS else m.features
        return Form.of_key(
            BlockKey(
                self.shape.dataset_root(d),
                0,
                layout.column_bits,
                layout.record_bits,
                partial(feature, count, first),
                position,
            )
        )

    def gathered(self, tensor, u, v):
        sampling, total = self.segment.sampling, Form()
        for d in range(self.shape.num_datasets):
            position = partial(sampling.gathered_at, d, v)
            total = total + self._columns(d, tensor.part, partial(columns_at, u), tensor.features, position)
        return total

    def summed(self, operand, count, v):
        if operand.advice == p.RECORD:
            d = operand.domain.dataset
            return self._columns(d, operand.part, summed_at, count, partial(eq_points, v))
        return self._chunked(operand, None, count, len(v), partial(eq_points, v))

    def multiplicity(self, table, v):
        return self._block(*self._at(self._layout.multiplicities[table]), (), v)

    def pushforward(self, table, position_bits, position):
        """Of a table of pullbacks, an element of K a row, with these weights of the rows."""
        total = Form()
        for l, factor in enumerate(powers(GENERATOR, PAD_WORDS)):
            root, offset = self._at(self._layout.pushforwards[PAD_WORDS * table + l])
            total = total + Form.of_key(BlockKey(root, offset, 0, position_bits, _one_at, position)) * factor
        return total

    def parameter(self, root, index, u, v, count=None, position=None, as_cells=False):
        """A parameter of an end or start root, u its input, v its output: `count` inputs, all that are there by default.

        As cells, u has the coordinates of the outputs too, v none.
        """
        chunks = self.shape.weights.chunks[index]
        bits = chunks.input_bits + (clog(self.segment.program.parameters[index].outputs) if as_cells else 0)
        count = chunks.count << bits if count is None else count
        position = position or partial(eq_points, v)
        return Form.of_key(ChunkedKey(root, chunks.offset, len(u), tuple(u), count, bits, len(v), position))

    # ---- of what claims show (docs/claims.md section 2.4)
    def live_rows(self, tensor, count, u, v):
        """Live columns and the first `count` samples or records of a committed tensor."""
        return self._rows(tensor, u, len(v), partial(_prefix_eq_at, v, count))

    def one_row(self, tensor, u, x):
        """Live columns of sample or record x of a committed tensor."""
        return self._rows(tensor, u, tensor.domain.bits, partial(_index_at, x))

    def _rows(self, tensor, u, position_bits, position):
        if tensor.advice == p.RECORD:
            d = tensor.domain.dataset
            return self._columns(d, tensor.part, partial(columns_at, u), tensor.features, position)
        return self._chunked(tensor, u, tensor.features, position_bits, position)

    def powers(self, tensor, z):
        """sum of z^(j + 1) cell j over the live cells of a cells tensor."""
        feature = partial(_powers_at, z, tensor.features)
        return Form.of_key(BlockKey(*self._own(tensor), tensor.feature_bits, 0, feature, _one_at))

    def cell(self, tensor):
        """The single cell of a cells(1) tensor."""
        return self._block(*self._own(tensor), (), ())

    def element(self, tensor):
        """The element of K in the first three words of a cells tensor."""
        return Form.of_key(PadKey(*self._own(tensor)))

    def live_cells(self, root, index, u, v):
        parameter = self.segment.program.parameters[index]
        position = partial(_prefix_eq_at, v, parameter.outputs)
        return self.parameter(root, index, u, v, parameter.inputs, position)


def _prefix_eq_at(r, count, point):
    return prefix_eq(r, point, count)


def _index_at(x, point):
    return eq_index(point, x)


def _powers_at(z, count, point):
    return z * prefix_power(z, point, count)


def _one_at(point):
    return ONE


class Values:
    """val of section 6.0: tensors at the low coordinates of one point, position bits low.

    `virtuals`: products, pullbacks and contractions whose values at this point were received. Others count as zero: what is left
    is the linear part.
    """

    def __init__(self, segment, keys, point, virtuals=None):
        self.segment, self.keys, self.point = segment, keys, tuple(point)
        self.known = dict(virtuals or {})

    def coordinates(self, tensor):
        """(u, v): feature and position coordinates."""
        bits = tensor.domain.bits
        return self.point[bits : bits + tensor.feature_bits], self.point[:bits]

    def there(self, index):
        """sum over the features f of a tensor that are there of eq(u, f)."""
        tensor = self.segment.program.tensors[index]
        return prefix(self.coordinates(tensor)[0], tensor.features_there)

    def value(self, index):
        if index not in self.known:
            self.known[index] = self._value(self.segment.program.tensors[index])
        return self.known[index]

    def _value(self, tensor):
        u, v = self.coordinates(tensor)
        if tensor.kind == p.COMMITTED:
            return self.keys.committed(tensor, u, v)
        if tensor.kind == p.GATHER:
            return self.keys.gathered(tensor, u, v)
        if tensor.kind == p.LIVE:
            return Form(prefix(u, tensor.features) * self._live_positions(tensor.domain, v) * tensor.constant)
        if tensor.kind == p.AFFINE:
            total = Form(prefix(u, tensor.features_there) * tensor.constant)
            for coefficient, operand in zip(tensor.coefficients, tensor.operands):
                total = total + self.value(operand) * coefficient
            return total * inverse_power_of_two(tensor.shift)
        if tensor.kind == p.BROADCAST:
            return self.value(tensor.operands[0]) * prefix(u, tensor.features)
        if tensor.kind == p.SUM:
            operand = self.segment.program.tensors[tensor.operands[0]]
            return self.keys.summed(operand, tensor.constant, v)
        return Form()

    def _live_positions(self, domain, v):
        if domain.kind == p.RECORDS:
            return prefix(v, self.segment.statement.datasets[domain.dataset].records)
        return self.segment.sampling.live_at(v)
