"""Cases of claims_alone_test.py: statements of evaluations and origins, their witnesses, one claim with clear values."""

import pathlib
import random
import sys
from types import SimpleNamespace

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / 'reference'), str(ROOT / 'reference/tests')]

from clear_cells import Cells, cofactors, signed  # noqa: E402
from clear_prover import Prover, failing  # noqa: E402
from pedigree_verify.claims import KINDS, score, shows  # noqa: E402
from pedigree_verify.claims.matrix import HASHED, SHOWN, Matrix  # noqa: E402
from pedigree_verify.claims.origins import OriginsStatement  # noqa: E402
from pedigree_verify.claims.weights import ClaimStatement  # noqa: E402
from pedigree_verify.field import K, P  # noqa: E402
from pedigree_verify.manifest import Manifest  # noqa: E402
from pedigree_verify.multilinear import clog  # noqa: E402
from pedigree_verify.plan import Plan  # noqa: E402
from pedigree_verify.security import check_security  # noqa: E402
from pedigree_verify.shape import claim_shape  # noqa: E402
from pedigree_verify.statement import (  # noqa: E402
    ACTIVATION,
    CROSS_ENTROPY,
    LINEAR,
    LOGISTIC,
    MEAN_SQUARED,
    RELU,
    Beacon,
    Layer,
    WeightsRoot,
)
from writer import encode_origins, encode_score  # noqa: E402

ZERO = bytes(32)
NO_BEACON = Beacon(b'', 0, ZERO, bytes(64))
SCORE, ORIGINS = KINDS[4], KINDS[5]
INPUT_BITS, RANGE_BITS = 3, 5


def manifest(rng, records, features, labels, schema=b's' * 32):
    return Manifest(
        version=1, name=b'rows', records=records, distinct=1, features=features, labels=labels, input_bits=INPUT_BITS,
        content=rng.randbytes(32), schema=schema, licence=b'MIT', purpose=b'tests', valid_from=0, valid_until=9,
        profile=1, opening_budget=1, root=rng.randbytes(32), answer=K(1), licensee=ZERO, among=[], custodian=ZERO,
        signature=bytes(64), responses=[], signed_bytes=b'',
    )  # fmt: skip


def layers_of(hidden, outputs):
    last = Layer(LINEAR, 2 if hidden else 0, 0, outputs, 0, 0, 0, 3, 0, 2)
    if not hidden:
        return [last]
    return [Layer(LINEAR, 0, 0, hidden, 0, 0, 0, 4, 3, 2), Layer(ACTIVATION, 1, 0, 0, 0, RELU, 2, 0, 0, 0), last]


def score_statement(rng, loss, features, outputs, sizes, hidden=0, **fields):
    """`sizes`: records of the test set, then of training sets."""
    labels = 1 if loss == LOGISTIC else outputs
    datasets = [manifest(rng, n, features, labels) for n in sizes]
    layers = layers_of(hidden, outputs)
    metric = score.SQUARED_ERROR if loss == MEAN_SQUARED else score.CORRECT
    kind_fields = score.Fields(datasets[0], datasets[1:], metric, 1, 0, [], 0, NO_BEACON, score.Ticket(0, bytes(64)))
    for name, value in fields.items():
        setattr(kind_fields, name, value)
    return ClaimStatement(
        kind=4, arithmetic=2, profile=1, features=features, outputs=outputs, frac_x=2, input_bits=INPUT_BITS,
        range_bits=RANGE_BITS, exp_bits=8 if loss == CROSS_ENTROPY else 0, rate_bits=3, loss=loss,
        num_layers=len(layers), layers=layers, weights=WeightsRoot(rng.randbytes(32), K(1)), openings=1, weight_bits=6,
        shows_range=1, kind_fields=kind_fields, encoded=b'', datasets=datasets,
    )  # fmt: skip


def origins_statement(rng, features, sizes, records, hits=(), visibility=SHOWN):
    datasets = [manifest(rng, n, features, 2) for n in sizes]
    cells = np.array(records if visibility == SHOWN else [], np.int64).reshape(-1)
    digest = rng.randbytes(32) if visibility == HASHED else ZERO
    matrix = Matrix(visibility, digest, cells)
    return OriginsStatement(5, 2, 1, datasets, len(records), matrix, list(hits), b'')


# ---- witnesses
def random_row(rng, features):
    return [rng.randrange(-(1 << INPUT_BITS) + 1, 1 << INPUT_BITS) for _ in range(features)]


def random_labels(rng, s):
    if s.loss == MEAN_SQUARED:
        return [rng.randrange(-20, 20) for _ in range(s.outputs)]
    if s.loss == LOGISTIC:
        return [rng.randrange(2)]
    label = rng.randrange(s.outputs)
    return [int(j == label) for j in range(s.outputs)]


def distinct_rows(rng, features, counts):
    rows = set()
    while len(rows) < sum(counts):
        rows.add(tuple(random_row(rng, features)))
    rows = [list(row) for row in sorted(rows)]
    rng.shuffle(rows)
    return [[rows.pop() for _ in range(count)] for count in counts]


def given_cofactors(prover_of, show):
    """The cells of U and V, once the rows are known."""

    def both(cells):
        helper = prover_of(cells)
        roots = [[h for _, at in helper.hashes(show, side) for h in at.values()] for side in (0, 1)]
        return cofactors(*roots) or ([0], [0])

    return {show.first.id: lambda cells: both(cells)[0], show.second.id: lambda cells: both(cells)[1]}


def given_difference(show):
    """D, so that the tally is right."""

    def value(cells):
        x, y, count = cells.of[show.x.id], cells.of[show.y.id], len(cells.rows)
        positions = 1 << show.x.domain.bits
        total = sum(
            signed(x[j * positions + n]) * signed(y[j * positions + n])
            for j in range(show.x.features)
            for n in range(count)
        )
        return [(total - show.total.public) // show.total.factor]

    return {show.total.cell.id: value}


class Proven:
    """One claim with clear values; `change(given)` may replace advice by tensor id."""

    def __init__(self, kind, s, encode, datasets, weights=(), records=None, change=None, seed=1):
        rng = random.Random(seed)
        program, claimed = kind.judge(s)
        plan = Plan(program, 0, clog(kind.samples(s)), has_ends=False, shows=claimed)
        shape = claim_shape(s, plan, program.parameters)
        check_security(shape, [plan])
        given = {}
        if records is not None:
            tensor = next(x for x in program.tensors if x.advice == 7)
            given[tensor.id] = [row[f] if n < len(records) else 0 for f in range(len(records[0]))
                                for n, row in enumerate(records + [None] * ((1 << tensor.domain.bits) - len(records)))
                                for row in [row or [0] * len(records[0])]]  # fmt: skip
        helper = SimpleNamespace(s=s, hashes=None)

        def prover_of(cells):
            helper.cells = cells
            helper.hashes = lambda show, side: Prover.hashes(helper, show, side)
            return helper

        for show in claimed:
            if isinstance(show, shows.Apart):
                given |= given_cofactors(prover_of, show)
            elif isinstance(show, shows.Inner) and show.total.cell is not None:
                given |= given_difference(show)
            elif isinstance(show, shows.Hashed):
                given[show.salt.id] = [rng.randrange(P) for _ in range(3)]
        if change:
            change(given, program, claimed)
        witness = SimpleNamespace(weights=weights, datasets=datasets, given=given)
        sampling = kind.sampling(s)
        rows = getattr(sampling, 'rows', range(sampling.count))
        self.cells = Cells(program, witness, [int(row) for row in rows])
        self.violations = self.cells.violations()
        self.failing = None
        self.plan, self.claimed, self.program = plan, claimed, program
        self._rest = s, plan, shape, self.cells, rng, sampling, encode

    def judge(self):
        s, plan, shape, cells, rng, sampling, encode = self._rest
        prover = Prover(s, plan, shape, cells, rng)
        prover.is_lying = bool(self.violations)
        s.encoded = encode(s)
        return failing(prover, sampling, s.encoded)


def weights_of(rng, s):
    shapes, width = [], s.features
    for layer in s.layers:
        if layer.kind == LINEAR:
            shapes += [(width, layer.out), (1, layer.out)]
            width = layer.out
    return [[[rng.randrange(-30, 30) for _ in range(out)] for _ in range(rows)] for rows, out in shapes]


def score_case(seed, s, rows=None, **more):
    rng = random.Random(seed)
    counts = [m.records for m in s.datasets]
    inputs = rows or distinct_rows(rng, s.features, counts)
    datasets = [(x, [random_labels(rng, s) for _ in x]) for x in inputs]
    return Proven(SCORE, s, encode_score, datasets, weights_of(rng, s), **more)


def origins_case(s, datasets, records, **more):
    rng = random.Random(5)
    filled = [(x, [[rng.randrange(9), 1] for _ in x]) for x in datasets]
    return Proven(ORIGINS, s, encode_origins, filled, records=records, **more)


def answers(proven):
    """From cells: (label, answer) of each sample, by its own rules."""
    s, cells, program = proven._rest[0], proven.cells, proven.program
    yb = next(x for x in program.tensors if x.kind == 1 and x.part == 1)
    q = program.tensors[[x for x in program.tensors if x.advice == 1][-1].id]
    if s.loss == LOGISTIC:
        q = program.tensors[[x for x in program.tensors if x.advice == 1][-2].id]
    size, out = 1 << yb.domain.bits, []
    for n in range(len(cells.rows)):
        label = [cells.of[yb.id][f * size + n] for f in range(yb.features)]
        scores = [signed(cells.of[q.id][f * size + n]) for f in range(q.features)]
        if s.loss == LOGISTIC:
            out.append((label[0], int(scores[0] > 0)))
        elif s.loss == CROSS_ENTROPY:
            out.append((label.index(1), scores.index(max(scores))))
        else:
            out.append(sum((a - signed(b)) ** 2 for a, b in zip(scores, label)))
    return out
