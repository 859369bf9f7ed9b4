"""Kind 4: how good the committed weights are on a test set (docs/claims.md section 4).

    correct, confusion    p is 1 in the class with the largest score, the first one among equals
                          cross_entropy: kappa_j = 2^gamma q_j + (C - 1 - j), no two equal; m = max kappa; p (m - kappa) = 0
                          logistic: p = floor((q - 1) / 2^(R+2)) + 1, 1 where q > 0
    squared error         sum of (q - y)^2, units of 2^(-2 frac_q)

A number is exact, or a bound: then the hidden D in [0, 2^w) is the difference. With training sets: no row of theirs is one
of the test set's. The records are all of the test set, or the first ones in an order that a beacon gave.
"""

from dataclasses import dataclass

import numpy as np

from ..ed25519 import is_signature
from ..identity import dataset_identity, weights_identity
from ..keccak import keccak256, u32, u64
from ..manifest import Manifest, read_manifest
from ..model import Model
from ..multilinear import clog
from ..policy import check_beacon, check_validity, is_listed, is_signed_by
from ..program import CHOSEN, INPUTS, LABELS, MAXIMUM
from ..refusal import require
from ..rules import check_datasets, is_zero
from ..statement import CROSS_ENTROPY, LOGISTIC, MEAN_SQUARED, Beacon, read_beacon, read_flag, read_list
from . import shows
from .claim import DrawnRows, FirstSlots
from .weights import KindOnWeights

CORRECT, CONFUSION, SQUARED_ERROR = 1, 2, 3
_MAX_TRAINING = 31
_MAX_CLASSES = 256
_MAX_SAMPLES = 1 << 20
_MAX_BITS = 61


@dataclass
class Ticket:
    number: int
    signature: bytes


@dataclass
class Fields:
    """`drawn`: 0, or how many records were drawn."""

    test: Manifest
    training: list
    metric: int
    exact: int
    value: int
    confusion: list
    drawn: int
    beacon: Beacon
    ticket: Ticket

    @property
    def samples(self):
        return self.drawn or self.test.records


def _digest_of_manifest(m):
    return keccak256(b'pedigree manifest v1', m.signed_bytes)


def ticket_digest(content, weights, number):
    """What the owner of a test set signs for one attempt."""
    return keccak256(b'pedigree ticket v1', content, weights, u32(number))


def draw_seed(weights, root, beacon):
    source = u32(len(beacon.source)) + beacon.source
    digest = keccak256(b'pedigree draw v1', weights, root, source, u64(beacon.round), beacon.value)
    return int.from_bytes(digest[:8], 'little')


def difference_bits(s):
    """w of section 4.3."""
    x = s.kind_fields
    if x.metric != SQUARED_ERROR:
        return clog(x.samples + 1)
    return clog(x.samples * s.outputs << (2 * s.range_bits + 6))


class Score(KindOnWeights):
    # ---- statement
    def read(self, d):
        return Fields(
            test=read_manifest(d),
            training=read_list(d, _MAX_TRAINING, read_manifest),
            metric=d.u8(),
            exact=read_flag(d),
            value=d.u64(),
            confusion=read_list(d, 1 << 16, lambda d: d.u32()),
            drawn=d.u32(),
            beacon=read_beacon(d),
            ticket=Ticket(d.u32(), d.take(64)),
        )

    def datasets(self, fields):
        return [fields.test, *fields.training]

    def check(self, s):
        x, classes = s.kind_fields, 2 if s.loss == LOGISTIC else s.outputs
        metrics = (SQUARED_ERROR,) if s.loss == MEAN_SQUARED else (CORRECT, CONFUSION)
        require(x.metric in metrics, 'statement_range')
        require(x.exact or x.metric != CONFUSION, 'statement_range')
        require(classes <= _MAX_CLASSES or x.metric == SQUARED_ERROR, 'statement_range')
        check_datasets(s)
        require(x.drawn <= x.test.records, 'statement_range')
        require(x.samples <= _MAX_SAMPLES, 'statement_range')
        self._check_numbers(x, classes)
        self._check_beacon(x)
        self._check_ticket(x)

    def _check_numbers(self, x, classes):
        if x.metric == CONFUSION:
            require(x.value == 0, 'statement_canonical')
        elif x.metric == CORRECT:
            require(x.value <= x.samples, 'statement_range')
        else:
            require(x.value < 1 << _MAX_BITS, 'statement_range')
        count = classes * classes if x.metric == CONFUSION else 0
        require(len(x.confusion) == count, 'statement_range')

    def _check_beacon(self, x):
        if x.drawn > 0:
            require(x.beacon.source != b'', 'statement_range')
        else:
            require(x.beacon.source == b'' and is_zero(x.beacon), 'statement_canonical')

    def _check_ticket(self, x):
        if x.test.is_declared:
            require(x.ticket.number == 0, 'statement_canonical')
            require(x.ticket.signature == bytes(64), 'statement_canonical')
        else:
            require(x.ticket.number >= 1, 'statement_range')
            require(not x.test.among, 'statement_range')

    def check_words(self, s, parameters):
        x = s.kind_fields
        if x.test.is_declared:
            return
        digest = ticket_digest(x.test.content, self._weights(s, parameters), x.ticket.number)
        require(is_signature(x.test.custodian, digest, x.ticket.signature), 'score_ticket')

    def _weights(self, s, parameters):
        return weights_identity(s.weights, parameters, s.profile, s.openings)

    # ---- which records
    def samples(self, s):
        return s.kind_fields.samples

    def sampling(self, s):
        x = s.kind_fields
        if x.drawn == 0:
            return FirstSlots(x.samples)
        seed = draw_seed(self._weights(s, Model(s).parameters()), x.test.root, x.beacon)
        return DrawnRows(x.drawn, x.test.records, seed)

    # ---- program
    def inputs(self, forward):
        b = forward.b
        columns, labels = forward.columns = b.datasets(forward.statement.datasets)
        forward.check_dataset(0, columns[0], labels[0])
        forward.values[0] = b.gather(columns, INPUTS)

    def check_bounds(self, s):
        if s.kind_fields.metric == SQUARED_ERROR:
            require(difference_bits(s) <= _MAX_BITS, 'bound')

    def more(self, forward, q):
        s, b = forward.statement, forward.b
        x, (columns, labels) = s.kind_fields, forward.columns
        yb = b.gather(labels, LABELS)
        tensors = {CROSS_ENTROPY: _largest, LOGISTIC: _sign}.get(s.loss, _error)(forward, q, yb)
        bound = None
        if not x.exact:
            bits = difference_bits(s)
            bound = b.other_cells(1, limit=1 << bits)
            b.range(bound, bits)
        out = _tallies(s, tensors, bound)
        if x.training:
            counts = [m.records for m in s.datasets]
            rows = [shows.Rows(tensor, count) for tensor, count in zip(columns, counts)]
            out.append(shows.emit_apart(b, shows.Side(rows[1:]), shows.Side(rows[:1])))
        return out

    # ---- what a reader adds
    def rests_on_run(self, s):
        return super().rests_on_run(s) or bool(s.kind_fields.training)

    def check_policy(self, policy, s):
        x = s.kind_fields
        keys = policy.test_keys
        require(not keys or is_signed_by(x.test, keys), 'policy_test')
        require(x.samples >= policy.min_tests, 'policy_test')
        require(policy.max_ticket == 0 or 1 <= x.ticket.number <= policy.max_ticket, 'policy_test')
        require(x.training or not policy.test_apart, 'policy_test')
        check_validity(policy, x.test)
        if x.drawn > 0:
            check_beacon(policy, x.beacon)
        return policy.test_fixed and not self._is_drawn(policy, x)

    def _is_drawn(self, policy, x):
        """By a beacon that the policy judged."""
        return x.drawn > 0 and is_listed(policy, x.beacon)

    def check_run(self, policy, run, s):
        x, r = s.kind_fields, run.statement
        require(x.test.schema == r.datasets[0].schema, 'claim_data')
        if x.training:
            claimed, trained = map(dataset_identity, x.training), map(dataset_identity, r.datasets)
            require(list(claimed) == list(trained), 'claim_data')
        if policy.test_fixed and not self._is_drawn(policy, x):
            name = _digest_of_manifest(x.test).hex().encode()
            require(name in r.context_text, 'policy_test')


def _largest(forward, q, yb):
    """(yb, p): p the class with the largest score, the first one among equals."""
    s, b = forward.statement, forward.b
    classes, class_bits = s.outputs, clog(s.outputs)
    terms = [(1 << class_bits, q)]
    terms += [(1, b.live(b.samples, features, 1, class_bits)) for features in range(1, classes)]
    ranked = b.affine(terms)
    bits = s.range_bits + class_bits + 3
    m = b.committed(ranked, MAXIMUM, features=1, limit=1 << bits)
    behind = b.affine([(1, b.broadcast(m, classes, class_bits)), (-1, ranked)])
    b.range(behind, bits)
    p = b.committed(behind, CHOSEN, limit=1)
    b.range(p, 1)
    b.zero(b.affine([(1, b.sum(p, classes))], -1))
    b.zero(b.product(p, behind))
    return yb, p


def _sign(forward, q, yb):
    """Correct: tensors that are 1 or -1 in live samples; confusion: (1 - y, 1 - p), (1 - y, p), (y, 1 - p), (y, p)."""
    b, range_bits = forward.b, forward.statement.range_bits
    p = b.rescale(b.affine([(1, q)], (1 << (range_bits + 1)) - 1), range_bits + 2, 1)
    b.range(p, 1)
    ones = b.live(b.samples, 1, 1)
    if forward.statement.kind_fields.metric == CORRECT:
        return b.affine([(2, yb), (-1, ones)]), b.affine([(2, p)], -1)
    return (b.affine([(1, ones), (-1, yb)]), yb), (b.affine([(-1, p)], 1), p)


def _error(forward, q, yb):
    error = forward.b.affine([(1, q), (-1, yb)])
    return error, error


def _tallies(s, tensors, bound):
    """`bound`: the tensor D, or None."""
    fields, (x, y) = s.kind_fields, tensors
    is_logistic = s.loss == LOGISTIC
    if fields.metric == SQUARED_ERROR:
        return [shows.Inner(x, y, shows.Sum(fields.value, -1, bound))]
    if fields.metric == CORRECT:
        if is_logistic:
            return [shows.Inner(x, y, shows.Sum(2 * fields.value - fields.samples, 2, bound))]
        return [shows.Inner(x, y, shows.Sum(fields.value, 1, bound))]
    cells = np.array(fields.confusion, np.int64).reshape(-1, 2 if is_logistic else s.outputs)
    if not is_logistic:
        return [shows.Matrix(x, y, cells)]
    return [shows.Inner(x[i], y[j], shows.Sum(int(cells[i, j]))) for i in (0, 1) for j in (0, 1)]
