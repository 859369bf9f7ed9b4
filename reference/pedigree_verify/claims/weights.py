"""What every claim on a run's weights has alike (docs/claims.md section 2): statement, program, roots, messages.

The root of the weights takes the part of a named start. There is one segment of one step, and nothing moves: no updates, no
end. So after the contractions

    0 = sum_c lambda^c ( W_0~(in_c, out_c) - value_c )

and last, before eta, the shows of the kind: with X_live = sum_{j < f, n < B} eq(u, j) eq(v, n) X(j, n)

    stated    0 = X_live - sum_{n, j} eq(u, j) eq(v, n) cell(n, j)
    hashed    rho := challenge("rho");  y := clear("hashed");  0 = X_live + rho salt - y
"""

from dataclasses import dataclass

from ..bounds import Bounds
from ..codec import Decoder
from ..compiler import Forward
from ..conversations import open_roots, segment_conversation
from ..field import K, ZERO, f_from_signed, f_mul, f_sum, k_dot, powers
from ..form import Form, PadKey
from ..layout import dataset_layout
from ..model import check_model
from ..multilinear import clog, eq_table, prefix
from ..plan import Plan
from ..refusal import require
from ..rules import check_openings, check_version
from ..security import check_security
from ..segment import Segment, SegmentVerifier
from ..shape import claim_shape
from ..statement import WeightsRoot, read_context, read_flag, read_head, read_weights_root

_MAX_WEIGHT_BITS = 60
_CELLS_AT_ONCE = 1 << 18


@dataclass
class ClaimStatement:
    """`kind_fields`: what the kind has of its own."""

    kind: int
    arithmetic: int
    profile: int
    features: int
    outputs: int
    frac_x: int
    input_bits: int
    range_bits: int
    exp_bits: int
    rate_bits: int
    loss: int
    num_layers: int
    layers: list
    weights: WeightsRoot
    openings: int
    weight_bits: int
    shows_range: int
    kind_fields: object
    encoded: bytes
    datasets: tuple = ()


@dataclass
class Stated:
    """Tensor X has these cells, an array [samples, columns]."""

    tensor: object
    cells: object


@dataclass
class Hashed:
    """Tensor X has the cells that a file of cells has, whose salt is in the tensor `salt`."""

    name: str
    tensor: object
    salt: object


@dataclass
class HashedAt:
    """What a conversation leaves of a hashed matrix: sum of eq(u, j) eq(v, n) cell(n, j) + rho salt = value."""

    u: tuple
    v: tuple
    rho: K
    value: K


@dataclass
class AcceptedClaim:
    """`hashed`: a HashedAt for each hashed matrix, by name."""

    kind: object
    statement: ClaimStatement
    parameters: list
    terms: list
    hashed: dict

    @property
    def samples(self):
        return self.kind.samples(self.statement)

    def matrices(self):
        return self.kind.matrices(self.statement)


class Kind:
    """A kind of claim; each method of this class is a part of the specification that kinds differ in."""

    def read(self, d):
        """The kind's fields."""

    def check(self, s):
        """Judges the kind's fields, in their order."""

    def samples(self, s):
        """B."""

    def matrices(self, s):
        """What may be hashed, by name: pairs (matrix, columns)."""
        return {}

    def inputs(self, forward):
        """Emits layer 0."""

    def more(self, forward, q):
        """Emits what follows the forward pass, whose value is q; the shows."""
        return []


class FirstSlots:
    """The samples of a claim: the first `count` slots are live."""

    def __init__(self, count):
        self.count = count

    def live_at(self, v):
        return prefix(v, self.count)


def _parse(kind, encoded):
    d = Decoder(encoded)
    fields = read_head(d)
    fields['weights'] = read_weights_root(d)
    fields['openings'] = d.u32()
    fields['weight_bits'] = d.u8()
    fields['shows_range'] = read_flag(d)
    fields['kind_fields'] = kind.read(d)
    read_context(d)
    d.finish()
    return ClaimStatement(**fields, encoded=encoded)


def _check_statement(kind, s):
    """The model."""
    check_version(s)
    model = check_model(s)
    check_openings(s.openings)
    require(1 <= s.weight_bits <= _MAX_WEIGHT_BITS, 'statement_range')
    kind.check(s)
    return model


def _compile(kind, s, model):
    """The program, and the shows."""
    forward = Forward(s, model, 0, clog(kind.samples(s)))
    kind.inputs(forward)
    q = forward.layers()
    b = forward.b
    b.range(b.affine([(1, q)], 3 * forward.half_range), s.range_bits + 2)
    shows = kind.more(forward, q)
    if s.shows_range:
        forward.check_start(s.weight_bits)
    return b.program, shows


class ClaimVerifier(SegmentVerifier):
    def __init__(self, segment, shows, transcript):
        super().__init__(segment, transcript)
        self.shows, self.hashed = shows, {}

    def _answers(self):
        s, shape = self.statement, self.shape
        self._answer(shape.start_root(0), s.weights, shape.weights.answer_pad)
        for d, m in enumerate(s.datasets):
            self._answer(shape.dataset_root(d), m, dataset_layout(m).answer_pad)

    def _named_start(self):
        for index, parameter in enumerate(self.program.parameters):
            u, v = self._parameter_point('start', parameter)
            self._start_key(self.shape.start_root(0), index, u, v)

    def _ends(self):
        """The weights do not move."""

    def _weights(self):
        factors = powers(self.talk.challenge('lambda'), len(self.weight_claims))
        differences = (self._start_at(claim) - claim.value for claim in self.weight_claims)
        self.talk.vanishes(sum((x * factor for x, factor in zip(differences, factors)), Form()))

    def _shows(self):
        count = self.segment.sampling.count
        for show in self.shows:
            tensor = show.tensor
            u = tuple(self.talk.challenges('show', tensor.feature_bits))
            v = tuple(self.talk.challenges('show', tensor.domain.bits))
            live = self.keys.live_samples(tensor, count, u, v)
            if isinstance(show, Stated):
                self.talk.vanishes(live - cells_at(show.cells, u, v))
                continue
            rho = self.talk.challenge('rho')
            value = self.talk.clear('hashed')
            self.talk.vanishes(live + self._salt(show.salt) * rho - value)
            self.hashed[show.name] = HashedAt(u, v, rho, value)

    def _salt(self, tensor):
        return Form.of_key(PadKey(self.shape.segment_root(0), self.plan.tensor_offsets[tensor.id]))


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


def verify_claim(kind, encoded, reader):
    s = _parse(kind, encoded)
    model = _check_statement(kind, s)
    program, shows = _compile(kind, s, model)
    Bounds(s, program, [1 << s.weight_bits] * len(program.parameters))
    count = kind.samples(s)
    plan = Plan(program, 0, clog(count), has_ends=False)
    shape = claim_shape(s, plan, program.parameters)
    terms = check_security(shape, [plan], len(shows))
    transcript, root = segment_conversation(s, 0, reader)
    segment = Segment(s, shape, 0, plan, FirstSlots(count), None, None)
    talk = ClaimVerifier(segment, shows, transcript)
    outcome = talk.outcome(root)
    other_roots = [s.weights.root] + [m.root for m in s.datasets]
    open_roots(s, shape, [outcome], other_roots, reader)
    reader.finish()
    return AcceptedClaim(kind, s, program.parameters, terms, talk.hashed)
