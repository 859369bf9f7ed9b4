"""What every claim has alike (docs/claims.md section 2): one segment of one step in which nothing moves, and the opening.

A kind is a subclass of Kind in a file of its own, and an entry in __init__.py. So after the contractions

    0 = sum_c lambda^c ( W_0~(in_c, out_c) - value_c )

and last, before eta, the shows of the kind (shows.py).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..conversations import open_roots, segment_conversation
from ..field import ZERO, k_dot, powers
from ..form import Form
from ..layout import dataset_layout
from ..multilinear import clog, eq_table, prefix, prefix_eq
from ..order import sorted_rows
from ..plan import Plan
from ..security import check_security
from ..segment import Segment, SegmentVerifier
from ..shape import claim_shape


@dataclass
class AcceptedClaim:
    """`hashed`: a HashedAt for each hashed matrix, by name."""

    kind: object
    statement: object
    parameters: list
    terms: list
    hashed: dict

    @property
    def samples(self):
        return self.kind.samples(self.statement)

    def matrices(self):
        return self.kind.matrices(self.statement)


class Kind:
    """A kind of claim; each method is a part of the specification that kinds differ in.

    Its statement has kind, profile, datasets, encoded, and weights: a WeightsRoot, or None.
    """

    def parse(self, encoded):
        """The statement."""

    def judge(self, s):
        """The program and the shows; refuses the statement, and values that could wrap."""

    def samples(self, s):
        """B."""

    def sampling(self, s):
        """Which rows the samples are."""
        return FirstSlots(self.samples(s))

    def check_words(self, s, parameters):
        """What somebody signed for the claim; judged behind sizes."""

    # ---- what a reader adds
    def matrices(self, s):
        """What may be hashed, by name: pairs (matrix, columns)."""
        return {}

    def check_cells(self, s, cells):
        """What else the cells of a file, an array [samples, columns], must be."""

    def rests_on_run(self, s):
        """Whether the claim says little without the proof of its run."""
        return False

    def check_policy(self, policy, s):
        """What a policy asks of this kind; whether the proof of the run is needed for it."""
        return False

    def check_run(self, policy, run, s):
        """The accepted run against the kind's own fields."""


class FirstSlots:
    """The samples of a claim: the first `count` slots are live; slot i is row i of the first dataset, if there is one."""

    def __init__(self, count):
        self.count = count

    def live_at(self, v):
        return prefix(v, self.count)

    def gathered_at(self, d, v, point):
        return prefix_eq(v, point, self.count) if d == 0 else ZERO


class DrawnRows(FirstSlots):
    """Slot i is the i-th row of the first dataset in the order of a seed; rows are sorted when they are first asked for."""

    def __init__(self, count, records, seed):
        super().__init__(count)
        self.records, self.seed = records, seed

    @cached_property
    def rows(self):
        return np.array(sorted_rows(self.seed, 0, range(self.records))[: self.count])

    def gathered_at(self, d, v, point):
        return k_dot(eq_table(v)[: self.count], eq_table(point)[self.rows]) if d == 0 else ZERO


class ClaimVerifier(SegmentVerifier):
    def __init__(self, segment, transcript):
        super().__init__(segment, transcript)
        self.hashed = {}

    def claim(self, index, point, value):
        """A linear tensor at the low coordinates of `point` is `value`."""
        self._claim(index, point, value)

    def _answers(self):
        s, shape = self.statement, self.shape
        if shape.has_named_start:
            self._answer(shape.start_root(0), s.weights, shape.weights.answer_pad)
        for d, m in enumerate(s.datasets):
            self._answer(shape.dataset_root(d), m, dataset_layout(m).answer_pad)

    def _start(self):
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
        for show in self.plan.shows:
            show.run(self)


def verify_claim(kind, encoded, reader):
    s = kind.parse(encoded)
    program, shows = kind.judge(s)
    plan = Plan(program, 0, clog(kind.samples(s)), has_ends=False, shows=shows)
    shape = claim_shape(s, plan, program.parameters)
    kind.check_words(s, program.parameters)
    terms = check_security(shape, [plan])
    transcript, roots = segment_conversation(s, shape, 0, reader)
    talk = ClaimVerifier(Segment(s, shape, 0, plan, kind.sampling(s), None, None), transcript)
    outcome = talk.outcome(roots)
    weights = [s.weights.root] if shape.has_named_start else []
    open_roots(s, shape, [outcome], weights + [m.root for m in s.datasets], reader)
    reader.finish()
    return AcceptedClaim(kind, s, program.parameters, terms, talk.hashed)
