"""Programs: tensors, lookups, tables, zero constraints, parameters and updates (docs/protocol.md sections 4.1 and 4.3).

A tensor's cells are F elements with index (feature, position), position low:

    samples   position = (step, slot), slot low
    records   position = record of one dataset
    cells     no position; a parameter, padded, flat

    range(X, w)     X in [0, 2^w): limbs by the rule of docs/protocol.md 4.3, then the rest in a table of its own width
    rescale(Z, s)   Q = floor((Z + 2^(s-1)) / 2^s), by the range of Z - 2^s Q + 2^(s-1)
    map(Q, table)   the further columns of row Q + offset; where Q has 8 cells or more for each row, in a program that pulls
                    long maps back, pullbacks: tensors that are not committed
    is_short(Q, w)  whether ReLU or rounding of Q does without its table of 2^w rows

Order matters: ids enter denominators and give the order of messages.

Features are cut into 2^min(4, feature bits) chunks. Those without a live feature are not there: their cells are 0, lie in no root, and
no lookup or map reads them. Tensors without positions are there as a whole.
"""

from dataclasses import dataclass, field

from .layout import chunks
from .multilinear import clog
from .tables import ACTIVATION_TABLE, RANGE, ROUND, Table

# Kinds of tensors.
COMMITTED, GATHER, LIVE, AFFINE, BROADCAST, SUM, PRODUCT, CONTRACTION, PULLBACK = range(9)
# Kinds of domains.
SAMPLES, RECORDS, CELLS = range(3)
# What a committed tensor holds; decides its bound (section 4.6).
(
    RECORD,
    RESCALED,
    MAPPED,
    MAXIMUM,
    SOFTMAX_QUOTIENT,
    LIMB,
    START_CELLS,
    INPUT,
    OTHER_CELLS,
    CHOSEN,
    POSITIVE,
) = range(11)
INPUTS, LABELS = 0, 1
MOST_LIMB_BITS = 20
_MOST_TABLE_BITS = 23
_PULLBACK_BITS = 3
_LONG_TABLE_BITS, _SHORT_BITS = 14, 3


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
    limit: int = 0  # bound that the ranges show; maps and pullbacks: magnitude is taken from `table`, `column`
    table: object = None
    column: int = 0
    is_public: bool = False
    is_linear: bool = True

    @property
    def variables(self):
        return self.domain.bits + self.feature_bits

    @property
    def chunks(self):
        """Bits of a chunk of features, and how many are there."""
        return (self.feature_bits, 1) if self.domain.kind == CELLS else chunks(self.features, self.feature_bits)

    @property
    def features_there(self):
        bits, count = self.chunks
        return count << bits

    @property
    def in_segment_root(self):
        return self.kind == COMMITTED and self.advice not in (RECORD, START_CELLS)


@dataclass
class Lookup:
    table: int
    columns: tuple


@dataclass
class Pullback:
    """`columns`, tensors, are the further columns of a table of pullbacks in the rows that tensor `index` names."""

    table: int
    index: int
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
    pullbacks: list = field(default_factory=list)
    pullback_tables: list = field(default_factory=list)
    zeros: list = field(default_factory=list)
    parameters: list = field(default_factory=list)
    updates: list = field(default_factory=list)
    widest_range: int = 0

    def updates_of(self, parameter):
        return [u for u in self.updates if u.parameter == parameter]

    def products(self):
        """Pullbacks too, which count as themselves times 1."""
        return [x for x in self.tensors if x.kind in (PRODUCT, PULLBACK)]


class Builder:
    """Appends tensors and constraints; every method returns a Tensor."""

    def __init__(self, step_bits, slot_bits, widest_range, pulls_back=False):
        self.program = Program(widest_range=widest_range)
        self.pulls_back = pulls_back
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

    def datasets(self, manifests):
        """The columns of each dataset: lists of inputs and of labels."""
        inputs, labels = [], []
        for d, m in enumerate(manifests):
            domain = Domain(RECORDS, d, clog(m.records))
            for columns, features, part in ((inputs, m.features, INPUTS), (labels, m.labels, LABELS)):
                x = self._append(COMMITTED, domain, features, clog(features), advice=RECORD, part=part)
                columns.append(x)
        return inputs, labels

    def start_cells(self, index, parameter):
        bits = clog(parameter.inputs) + clog(parameter.outputs)
        return self._append(
            COMMITTED, Domain(CELLS), 1 << bits, bits, advice=START_CELLS, argument=index
        )

    def input(self, features, limit):
        """Inputs of a claim, below `limit` as the claim shows or states."""
        return self._append(COMMITTED, self.samples, features, clog(features), advice=INPUT, limit=limit)

    def other_cells(self, count, limit=0):
        """Cells of a claim; `limit`: what their ranges show, if the program reads them at all."""
        return self._append(COMMITTED, Domain(CELLS), count, clog(count), advice=OTHER_CELLS, limit=limit)

    def gather(self, columns, part):
        first = columns[0]
        operands = tuple(x.id for x in columns)
        return self._append(
            GATHER, self.samples, first.features, first.feature_bits, operands=operands, part=part
        )

    def live(self, domain, features, value, feature_bits=None):
        """`feature_bits`: those of the tensor that it is added to, where they are more than its own."""
        bits = clog(features) if feature_bits is None else feature_bits
        return self._append(LIVE, domain, features, bits, constant=value, is_public=True)

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
        return _find_or_add(self.program.tables, table)

    def lookup(self, table, columns):
        self.program.lookups.append(Lookup(table, tuple(x.id for x in columns)))

    def zero(self, x):
        self.program.zeros.append(x.id)

    def range(self, x, bits):
        """x in [0, 2^bits) in every cell that is there."""
        c = x.variables
        longest = max(8, min(MOST_LIMB_BITS, max(self.program.widest_range, c), c + 2))
        whole = max(longest, min(_MOST_TABLE_BITS, c - 1))
        while bits > whole and Table(RANGE, bits) not in self.program.tables:
            below = max((t.bits for t in self.program.tables if t.kind == RANGE and t.bits < bits), default=0)
            low = below if 2 * below >= bits else longest
            limb = self.committed(x, LIMB, limit=(1 << low) - 1)
            self.lookup(self.table(Table(RANGE, low)), [limb])
            x = self.affine([(1, x), (-1, limb)], shift=low)
            bits -= low
        self.lookup(self.table(Table(RANGE, bits)), [x])

    def rescale(self, z, shift, limit):
        """floor(z / 2^shift + 1/2); `limit`: the magnitude that the quotient's own ranges show."""
        half = 1 << (shift - 1)
        q = self.committed(z, RESCALED, operands=(z.id,), argument=shift, limit=limit)
        self.range(self.affine([(1, z), (-(1 << shift), q)], half), shift)
        return q

    def is_short(self, q, table_bits):
        return table_bits >= _LONG_TABLE_BITS and q.variables + _SHORT_BITS <= table_bits

    def map(self, q, table, offset, count):
        """The `count` further columns of the table in row q + offset."""
        may_pull = self.pulls_back and table.kind in (ACTIVATION_TABLE, ROUND)
        if may_pull and q.variables >= table.bits + _PULLBACK_BITS:
            return self._pullback(q, table, offset, count)
        table_id = self.table(table)
        row = self.affine([(1, q)], offset)
        values = [self.committed(row, MAPPED, table=table, column=c) for c in range(count)]
        self.lookup(table_id, [row] + values)
        return values

    def _pullback(self, q, table, offset, count):
        table_id = _find_or_add(self.program.pullback_tables, table)
        row = self.affine([(1, q)], offset)
        values = [self._pulled(row, table, c) for c in range(count)]
        self.program.pullbacks.append(Pullback(table_id, row.id, tuple(x.id for x in values)))
        return values

    def _pulled(self, row, table, column):
        return self._append(
            PULLBACK,
            row.domain,
            row.features,
            row.feature_bits,
            operands=(row.id,),
            table=table,
            column=column,
            is_linear=False,
        )

    def update(self, parameter, a, d, shift):
        self.program.updates.append(Update(parameter, a.id, d.id, shift))


def _find_or_add(tables, table):
    if table not in tables:
        tables.append(table)
    return tables.index(table)
