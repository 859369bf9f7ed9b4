"""What a claim shows of its tensors (docs/claims.md section 2.4): messages and equations after products, before eta.

    stated, hashed    X has these cells; X has the cells of a file
    tally             what the products of two tensors add up to over the live samples
    apart             no row of side A equals a row of side B, but for a public list of excluded rows of a side
    hits              these rows equal these positions of one tensor

A show says how many pads and gates it adds to the plan, how many equations and which numerator to the security (2.5),
and holds its part of the conversation: `run(talker)`, a ClaimVerifier with `talk`, `keys` and the segment.
"""

from dataclasses import dataclass, field

from ..field import K, ONE, ZERO, f_from_signed, f_mul, f_sum, k_dot, powers
from ..form import Form
from ..conversation import inverse_power_of_two
from ..layout import place
from ..multilinear import clog, eq_index, eq_table, prefix
from ..transcript import Chain

_COORDINATES = 34
_CELLS_AT_ONCE = 1 << 18


class Show:
    pads = gates = 0
    equations = 1
    numerator = _COORDINATES + 1
    # What the equation count of section 9.5 takes for it.
    counted_equations = property(lambda self: self.equations)


@dataclass
class HashedAt:
    """What a conversation leaves of a hashed matrix: sum of eq(u, j) eq(v, n) cell(n, j) + rho salt = value."""

    u: tuple
    v: tuple
    rho: K
    value: K


def cells_at(cells, u, v):
    """sum over samples n and columns j of eq(u, j) eq(v, n) cells[n, j]."""
    samples, columns = cells.shape
    columns_table, samples_table = eq_table(u)[:columns], eq_table(v)
    total, step = ZERO, max(1, _CELLS_AT_ONCE // columns)
    for first in range(0, samples, step):
        part = f_from_signed(cells[first : first + step])
        weights = samples_table[first : first + len(part)]
        total = total + k_dot(f_sum(f_mul(weights[:, None, :], part[:, :, None])), columns_table)
    return total


# ---- stated and hashed
class _Shown(Show):
    counted_equations = 2

    def _live(self, talker):
        u = tuple(talker.talk.challenges('show', self.tensor.feature_bits))
        v = tuple(talker.talk.challenges('show', self.tensor.domain.bits))
        return u, v, talker.keys.live_rows(self.tensor, talker.segment.sampling.count, u, v)


@dataclass
class Stated(_Shown):
    """Tensor X has these cells, an array [samples, columns]."""

    tensor: object
    cells: object

    def run(self, talker):
        u, v, live = self._live(talker)
        talker.talk.vanishes(live - cells_at(self.cells, u, v))


@dataclass
class Hashed(_Shown):
    """Tensor X has the cells that a file of cells has, whose salt is in the tensor `salt`."""

    name: str
    tensor: object
    salt: object

    def run(self, talker):
        u, v, live = self._live(talker)
        rho = talker.talk.challenge('rho')
        value = talker.talk.clear('hashed')
        talker.talk.vanishes(live + talker.keys.element(self.salt) * rho - value)
        talker.hashed[self.name] = HashedAt(u, v, rho, value)


# ---- tally
@dataclass
class Sum:
    """`public` + `factor` times the single cell of `cell`, if there is one."""

    public: int
    factor: int = 0
    cell: object = None

    def form(self, keys):
        hidden = Form() if self.cell is None else keys.cell(self.cell) * self.factor
        return hidden + self.public


class _Tally(Show):
    """Of the tensors x, y; b is the number of sample bits."""

    gates, equations = 1, 3
    pads = property(lambda self: 3 * self.rounds + 2)
    numerator = property(lambda self: _COORDINATES + 3 * self.rounds)

    def _sumcheck(self, talker, total):
        """The claim that is left and its point."""
        return talker.talk.sumcheck(total * inverse_power_of_two(self.rounds), self.rounds, 3)

    def _product(self, talker, s, v, u, w, e):
        """x at (u, v) times y at (w, v) times e is s."""
        talk = talker.talk
        a, d = talk.receive('tally'), talk.receive('tally')
        talker.claim(self.x.id, v + u, a)
        talker.claim(self.y.id, v + w, d)
        talk.vanishes(-s, [(e, a, d)])


@dataclass
class Inner(_Tally):
    """sum_{n < B, j < f} x(j, n) y(j, n) = total."""

    x: object
    y: object
    total: Sum

    @property
    def rounds(self):
        return self.x.domain.bits + self.x.feature_bits

    def run(self, talker):
        s, rho = self._sumcheck(talker, self.total.form(talker.keys))
        bits = self.x.domain.bits
        v, u = rho[:bits], rho[bits:]
        e = prefix(v, talker.segment.sampling.count) * prefix(u, self.x.features)
        self._product(talker, s, v, u, u, e)


@dataclass
class Matrix(_Tally):
    """sum_{n < B} x(i, n) y(j, n) = cells[i, j], an array of integers."""

    x: object
    y: object
    cells: object

    @property
    def rounds(self):
        return self.x.domain.bits

    def run(self, talker):
        u = tuple(talker.talk.challenges('tally', self.x.feature_bits))
        w = tuple(talker.talk.challenges('tally', self.y.feature_bits))
        # A row is a sample of cells_at, a column a feature: variables of columns first.
        s, v = self._sumcheck(talker, Form(cells_at(self.cells, w, u)))
        self._product(talker, s, v, u, w, prefix(v, talker.segment.sampling.count))


# ---- apart
@dataclass
class Rows:
    """Rows of a tensor: those below `count`, but for the excluded ones, ascending and each once."""

    tensor: object
    count: int
    excluded: tuple = ()

    @property
    def counted(self):
        return self.count - len(self.excluded)


@dataclass
class Side:
    rows: list

    @property
    def counted(self):
        return sum(x.counted for x in self.rows)

    @property
    def offsets_and_size(self):
        return place([x.tensor.domain.bits for x in self.rows])


def row_point(roots, features):
    """u of section 2.4, elements of F: a function of the roots of the claim's datasets."""
    chain = Chain()
    for root in roots:
        chain.absorb('B', 'rows', root)
    return tuple(K(x.c0) for x in chain.challenges('rows', clog(features)))


@dataclass
class Apart(Show):
    """With A(z) = prod (z - h(x)) over the rows of side A, B likewise: U A + V B = 1, U and V in `first`, `second`."""

    sides: tuple
    first: object
    second: object

    @property
    def depth(self):
        return 1 + clog(max(side.offsets_and_size[1] for side in self.sides))

    @property
    def _layers(self):
        return range(1, self.depth)

    pads = property(lambda self: 2 + sum(2 * j + 2 for j in self._layers))
    gates = equations = property(lambda self: self.depth + 1)

    @property
    def numerator(self):
        return sum(side.counted for side in self.sides) + 2 + sum(2 * j + 1 for j in self._layers)

    def run(self, talker):
        talk, keys = talker.talk, talker.keys
        z = talk.challenge('apart')
        a, b = talk.receive('apart'), talk.receive('apart')
        gates = [(ONE, keys.powers(self.first, z), a), (ONE, keys.powers(self.second, z), b)]
        talk.vanishes(Form(-z), gates)
        tau = talk.challenge('tau')
        q, point = a + (b - a) * tau, (tau,)
        for j in self._layers:
            s, bound = talk.sumcheck(q, j, 2, point)
            q_0, q_1 = talk.receive('children'), talk.receive('children')
            talk.vanishes(-s, [(ONE, q_0, q_1)])
            tau = talk.challenge('tau')
            q, point = q_0 + (q_1 - q_0) * tau, bound + (tau,)
        talk.vanishes(1 - q + self._leaves(talker, z, point))

    def _leaves(self, talker, z, point):
        """sum over items of at ((z - 1) M - H)."""
        roots = [m.root for m in talker.statement.datasets]
        u = row_point(roots, self.sides[0].rows[0].tensor.features)
        total = Form()
        for side, first in zip(self.sides, (1 - point[0], point[0])):
            offsets, _ = side.offsets_and_size
            for rows, offset in zip(side.rows, offsets):
                bits = rows.tensor.domain.bits
                v = point[1 : 1 + bits]
                at = first * eq_index(point[1 + bits :], offset >> bits)
                total = total + self._item(talker.keys, rows, u, v, z) * at
        return total

    def _item(self, keys, rows, u, v, z):
        members = prefix(v, rows.count)
        hashes = keys.live_rows(rows.tensor, rows.count, u, v)
        for x in rows.excluded:
            e = eq_index(v, x)
            members = members - e
            hashes = hashes - keys.one_row(rows.tensor, u, x) * e
        return members * (z - 1) - hashes


def emit_apart(b, side_a, side_b):
    """Emits the cofactors U, then V; the show that no row is on both sides."""
    first = b.other_cells(max(1, side_b.counted))
    second = b.other_cells(max(1, side_a.counted))
    return Apart((side_a, side_b), first, second)


# ---- hits
@dataclass
class Hits(Show):
    """`pairs`: (dataset tensor, row of it, position of `tensor`)."""

    tensor: object
    pairs: list = field(default_factory=list)

    numerator = property(lambda self: _COORDINATES + len(self.pairs))

    def run(self, talker):
        talk, keys = talker.talk, talker.keys
        u = tuple(talk.challenges('hit', self.tensor.feature_bits))
        total = Form()
        for factor, (x, row, position) in zip(powers(talk.challenge('lambda'), len(self.pairs)), self.pairs):
            total = total + (keys.one_row(x, u, row) - keys.one_row(self.tensor, u, position)) * factor
        talk.vanishes(total)
