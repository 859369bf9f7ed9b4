#!/usr/bin/env python3
"""Claims of evaluation and origins by the second verifier alone: statements, order of checks, digests, sizes, equations.

Equations are held against an honest prover over clear values (clear_prover.py), and against the same prover on a false
statement: which equations fail then is checked by name.
"""

import copy
import pathlib
import random
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / 'reference'), str(ROOT / 'reference/tests')]

from needs import skip_unless_installed  # noqa: E402

skip_unless_installed()

import numpy as np  # noqa: E402

from claim_cases import (  # noqa: E402
    INPUT_BITS,
    ORIGINS,
    RANGE_BITS,
    SCORE,
    ZERO,
    Proven,
    answers,
    distinct_rows,
    origins_case,
    origins_statement,
    score_case,
    score_statement,
)
from clear_cells import cofactors, signed  # noqa: E402
from pedigree_verify.claims import score, shows  # noqa: E402
from pedigree_verify.claims.claim import AcceptedClaim  # noqa: E402
from pedigree_verify.claims.link import check_link  # noqa: E402
from pedigree_verify.claims.matrix import HASHED, HIDDEN, SHOWN  # noqa: E402
from pedigree_verify.__main__ import verdict  # noqa: E402
from pedigree_verify.field import P  # noqa: E402
from pedigree_verify.keccak import keccak256, u32  # noqa: E402
from pedigree_verify.multilinear import clog  # noqa: E402
from pedigree_verify.order import sorted_rows  # noqa: E402
from pedigree_verify.plan import Plan  # noqa: E402
from pedigree_verify.policy import Policy  # noqa: E402
from pedigree_verify.refusal import Refusal  # noqa: E402
from pedigree_verify.shape import claim_shape  # noqa: E402
from pedigree_verify.statement import CROSS_ENTROPY, LOGISTIC, MEAN_SQUARED, Beacon  # noqa: E402
from types import SimpleNamespace  # noqa: E402
from writer import encode_file, encode_manifest, encode_origins, encode_score, signature  # noqa: E402


def tallied():
    """Numbers are those that plain counting finds, and no other."""
    for loss, outputs, hidden in (
        (CROSS_ENTROPY, 3, 0),
        (CROSS_ENTROPY, 4, 2),
        (LOGISTIC, 1, 0),
        (MEAN_SQUARED, 2, 0),
        (MEAN_SQUARED, 1, 3),
    ):
        name = f'loss {loss}, {outputs} outputs, {hidden} hidden'

        def case(**fields):
            rng = random.Random(3)
            return score_case(7, score_statement(rng, loss, 3, outputs, (5,), hidden, **fields))

        found = answers(case())
        value = sum(found) if loss == MEAN_SQUARED else sum(a == b for a, b in found)
        sign = -1 if loss == MEAN_SQUARED else 1
        right = case(value=value)
        yield f'{name}: honest', right.violations == [] and right.judge() == []
        wrong = case(value=value + 1 if value < 5 or loss == MEAN_SQUARED else value - 1)
        yield f'{name}: one off', wrong.violations == [] and wrong.judge() == ['Inner 2']
        at_least = case(value=max(0, value - sign), exact=0)
        yield f'{name}: a bound', at_least.violations == [] and at_least.judge() == []
        if loss != MEAN_SQUARED and value < 5 or loss == MEAN_SQUARED:
            beyond = case(value=value + sign, exact=0)
            yield f'{name}: beyond the bound', any(kind == 'lookup' for kind, _ in beyond.violations)
        if loss == MEAN_SQUARED:
            continue
        classes = 2 if loss == LOGISTIC else outputs
        matrix = [0] * classes * classes
        for label, answer in found:
            matrix[label * classes + answer] += 1
        right = case(metric=score.CONFUSION, confusion=matrix)
        yield f'{name}: confusion', right.violations == [] and right.judge() == []
        moved = list(matrix)
        moved[0], moved[1] = moved[0] + 1, moved[1] - 1 if moved[1] else (1 << 32) - 1
        wrong = case(metric=score.CONFUSION, confusion=moved)
        yield f'{name}: another confusion', wrong.judge()[:1] in (['Matrix 2'], ['Inner 2'])


def ties():
    """Equal scores: the first class."""
    s = score_statement(random.Random(1), CROSS_ENTROPY, 2, 5, (3,), value=1)
    labels = [[int(j == k) for j in range(5)] for k in (0, 1, 4)]
    zero = [[[0] * 5 for _ in range(n)] for n in (2, 1)]
    proven = Proven(SCORE, s, encode_score, [([[1, 2], [3, 4], [5, 6]], labels)], zero)
    yield 'all scores equal', proven.violations == [] and proven.judge() == []

    def last(given, program, _):
        p = next(x for x in program.tensors if x.advice == 9)
        given[p.id] = [int(i >> 2 == 4) for i in range(1 << p.variables)]

    s = score_statement(random.Random(1), CROSS_ENTROPY, 2, 5, (3,), value=1)
    proven = Proven(SCORE, s, encode_score, [([[1, 2], [3, 4], [5, 6]], labels)], zero, change=last)
    yield 'the last of equal scores', [kind for kind, _ in proven.violations] == ['zero']


def free_remainders():
    """A logistic answer outside {0, 1}, with the remainder that belongs to it, is out of range."""

    def fraction(given, program, _):
        p = [x for x in program.tensors if x.advice == 1][-1]
        shift = RANGE_BITS + 2

        def cells(known):
            z = [signed(c) for c in known.of[p.operands[0]]]
            out = [(c + (1 << (shift - 1))) >> shift for c in z]
            rest = (z[0] + (1 << (shift - 1))) % (1 << shift)
            moved = rest - 1 if rest else rest + 1
            out[0] = (z[0] + (1 << (shift - 1)) - moved) * pow(1 << shift, P - 2, P)
            return out

        given[p.id] = cells

    s = score_statement(random.Random(1), LOGISTIC, 3, 1, (4,))
    proven = score_case(2, s, change=fraction)
    yield 'a free remainder', len(proven.violations) == 1


def drawn():
    beacon = Beacon(b'drand', 7, b'v' * 32, bytes(64))
    s = score_statement(random.Random(3), CROSS_ENTROPY, 3, 3, (11,), drawn=4, beacon=beacon)
    found = answers(score_case(7, s))
    s.kind_fields.value = sum(a == b for a, b in found)
    proven = score_case(7, s)
    yield 'drawn records', proven.violations == [] and proven.judge() == []
    rows = SCORE.sampling(s).rows
    yield 'drawn rows are distinct', len(set(rows.tolist())) == 4
    s.kind_fields.drawn = 3
    yield 'a draw of fewer is a prefix', SCORE.sampling(s).rows.tolist() == rows.tolist()[:3]
    s.kind_fields.beacon = Beacon(b'drand', 8, b'v' * 32, bytes(64))
    yield 'another round', SCORE.sampling(s).rows.tolist() != rows.tolist()[:3]


def apart():
    rng = random.Random(4)
    for features, sizes in ((3, (3, 5)), (1, (2, 3, 4)), (2, (8, 1, 2)), (4, (1, 1))):
        name = f'{features} features, {sizes}'

        def case(rows=None, **more):
            s = score_statement(random.Random(3), MEAN_SQUARED, features, 1, sizes, exact=0, value=1 << 15)
            return score_case(11, s, rows=rows, **more)

        honest = case()
        yield f'apart, {name}', honest.violations == [] and honest.judge() == []
        rows = distinct_rows(rng, features, sizes)
        rows[-1][-1] = list(rows[0][-1])
        yield f'the same row, {name}', case(rows).judge() == ['Apart 0']

        def shorter(given, program, claimed):
            given[claimed[-1].first.id] = [1]

        yield f'other cofactors, {name}', case(change=shorter).judge() == ['Apart 0'] or sizes == (1, 1)


def sizes():
    """Layout, depth, pads and gates of apart."""


    def domain(bits):
        return SimpleNamespace(domain=SimpleNamespace(bits=bits), features=2)

    side_a = shows.Side([shows.Rows(domain(2), 3), shows.Rows(domain(4), 16, (1, 5)), shows.Rows(domain(2), 4)])
    side_b = shows.Side([shows.Rows(domain(0), 1)])
    x = shows.Apart((side_a, side_b), None, None)
    yield 'offsets', side_a.offsets_and_size == ([16, 0, 20], 24)
    yield 'depth', x.depth == 1 + 5
    yield 'pads', x.pads == 2 + 4 + 6 + 8 + 10 + 12
    yield 'gates', (x.gates, x.equations) == (7, 7)
    yield 'numerator', x.numerator == (3 + 14 + 4) + 1 + 2 + 3 + 5 + 7 + 9 + 11
    tally = shows.Inner(SimpleNamespace(domain=SimpleNamespace(bits=3), feature_bits=2), None, None)
    yield 'tally', (tally.pads, tally.gates, tally.equations, tally.numerator) == (17, 1, 3, 49)
    yield 'no cofactor', cofactors([3, 4], [5, 4]) is None
    yield 'a side without rows', cofactors([], [5, 4]) == ([1], [0])


def origins():
    rng = random.Random(9)
    for features, visibility in ((3, SHOWN), (1, SHOWN), (2, HASHED)):
        name = f'origins, {features} features, visibility {visibility}'
        a, b, records = distinct_rows(rng, features, (5, 2, 3))

        def case(hits, found=records, **more):
            s = origins_statement(random.Random(2), features, (5, 2), found, hits, visibility)
            return origins_case(s, [a, b], found, **more)

        none = case([])
        yield f'{name}: none', none.violations == [] and none.judge() == []
        hit = [records[0], a[4], b[1]]
        yield f'{name}: hits', case([(4, 1), (6, 2)], hit).judge() == []
        yield f'{name}: one left out', case([(4, 1)], hit).judge() == ['Apart 0']
        yield f'{name}: none stated', case([], hit).judge() == ['Apart 0']
        yield f'{name}: another row', 'Hits 0' in case([(3, 1), (6, 2)], hit).judge()
        if features > 1:
            yield f'{name}: one that is none', case([(0, 0), (4, 1), (6, 2)], hit).judge() == ['Hits 0']
    s = origins_statement(random.Random(2), 2, (2, 1), [[1, 2], [3, 4], [3, 4]], [(0, 0), (1, 1), (1, 2), (2, 0)])
    yield 'all rows are hits', origins_case(s, [[[1, 2], [3, 4]], [[1, 2]]], [[1, 2], [3, 4], [3, 4]]).judge() == []
    if visibility == HASHED:
        tensor = next(x for x in none.program.tensors if x.advice == 7)
        records[0][0] = 1 << INPUT_BITS
        yield 'a hashed record out of range', case([]).violations != [] and tensor is not None


def digests():
    weights, content, root = bytes(range(32)), b'c' * 32, b'r' * 32
    expected = keccak256(b'pedigree ticket v1' + content + weights + u32(7))
    yield 'ticket', score.ticket_digest(content, weights, 7) == expected
    beacon = Beacon(b'drand', 9, b'v' * 32, bytes(64))
    body = b'pedigree draw v1' + weights + root + u32(5) + b'drand' + (9).to_bytes(8, 'little') + b'v' * 32
    seed = int.from_bytes(keccak256(body)[:8], 'little')
    yield 'draw', score.draw_seed(weights, root, beacon) == seed
    head = b'pedigree order v1' + seed.to_bytes(8, 'little') + bytes(8)
    keys = [keccak256(head + n.to_bytes(8, 'little')) for n in range(9)]
    yield 'order of a draw', sorted_rows(seed, 0, range(9)) == sorted(range(9), key=keys.__getitem__)
    point = shows.row_point([root, weights], 5)
    yield 'row point', len(point) == 3 and all(u.c1 == u.c2 == 0 for u in point)
    yield 'row point of one feature', shows.row_point([root], 1) == ()
    yield 'row point binds the roots', shows.row_point([weights, root], 5) != point


# ---- statements
def refusal_of(kind, s, encode):
    encoded = encode(s)
    try:
        parsed = kind.parse(encoded)
        program, claimed = kind.judge(parsed)
        plan = Plan(program, 0, clog(kind.samples(parsed)), has_ends=False, shows=claimed)
        claim_shape(parsed, plan, program.parameters)
        kind.check_words(parsed, program.parameters)
    except Refusal as refusal:
        return refusal.check
    return None


def sign(s, number=1, **changes):
    """Signs test set and ticket."""
    test, seed = s.datasets[0], b'k' * 32
    test.custodian, _ = signature(seed, b'')
    _, test.signature = signature(seed, keccak256(b'pedigree manifest v1', encode_manifest(test, True)))
    parameters = score.Model(s).parameters()
    weights = SCORE._weights(s, parameters)
    digest = score.ticket_digest(changes.get('content', test.content), changes.get('weights', weights), number)
    s.kind_fields.ticket = score.Ticket(changes.get('stated', number), signature(seed, digest)[1])


def score_statements():
    beacon = Beacon(b'drand', 1, ZERO, bytes(64))

    def case(*changes, loss=CROSS_ENTROPY, outputs=3, sizes=(5, 4), **fields):
        s = score_statement(random.Random(1), loss, 2, outputs, sizes, **fields)
        for change in changes:
            change(s)
        return refusal_of(SCORE, s, encode_score)

    def on(d, **values):
        return lambda s: [setattr(s.datasets[d], name, value) for name, value in values.items()]

    def long_list(s):
        s.kind_fields.training = [s.datasets[1]] * 32

    yield 'valid', case() is None
    yield 'no training sets', case(sizes=(5,)) is None
    yield 'too many', case(long_list) == 'statement_canonical'
    for metric, loss, outputs, expected in (
        (0, CROSS_ENTROPY, 3, 'statement_range'),
        (4, CROSS_ENTROPY, 3, 'statement_range'),
        (3, CROSS_ENTROPY, 3, 'statement_range'),
        (1, MEAN_SQUARED, 3, 'statement_range'),
        (3, MEAN_SQUARED, 300, None),
        (1, LOGISTIC, 1, None),
        (1, CROSS_ENTROPY, 256, None),
        (1, CROSS_ENTROPY, 257, 'statement_range'),
    ):
        yield f'metric {metric}, loss {loss}', case(loss=loss, outputs=outputs, metric=metric) == expected
    yield 'exact 2', case(exact=2) == 'statement_canonical'
    matrix = [0] * 9
    yield 'confusion', case(metric=2, confusion=matrix) is None
    yield 'confusion, a bound', case(metric=2, confusion=matrix, exact=0) == 'statement_range'
    yield 'confusion, a value', case(metric=2, confusion=matrix, value=1) == 'statement_canonical'
    yield 'confusion, fewer', case(metric=2, confusion=matrix[1:]) == 'statement_range'
    yield 'confusion, none asked', case(confusion=matrix) == 'statement_range'
    yield 'logistic confusion', case(loss=LOGISTIC, outputs=1, metric=2, confusion=[0] * 4) is None
    yield 'value', case(value=5) is None
    yield 'value beyond', case(value=6) == 'statement_range'
    yield 'value beyond the draw', case(value=3, drawn=2, beacon=beacon) == 'statement_range'
    yield 'squared', case(loss=MEAN_SQUARED, value=(1 << 61) - 1) is None
    yield 'squared beyond', case(loss=MEAN_SQUARED, value=1 << 61) == 'statement_range'
    yield 'drawn', case(drawn=5, beacon=beacon) is None
    yield 'drawn beyond', case(drawn=6, beacon=beacon) == 'statement_range'
    yield 'drawn without a beacon', case(drawn=2) == 'statement_range'
    yield 'beacon of no draw', case(beacon=beacon) == 'statement_canonical'
    yield 'value of no beacon', case(beacon=Beacon(b'', 0, b'1' * 32, bytes(64))) == 'statement_canonical'
    yield 'too many records', case(sizes=((1 << 20) + 1,)) == 'statement_range'
    yield 'many records', case(sizes=(1 << 20,)) is None
    yield 'few of many', case(sizes=((1 << 20) + 1,), drawn=2, beacon=beacon) is None
    yield 'ticket of a declared set', case(ticket=score.Ticket(1, bytes(64))) == 'statement_canonical'
    yield 'its signature', case(ticket=score.Ticket(0, b'1' * 64)) == 'statement_canonical'
    yield 'features', case(on(0, features=3)) == 'manifest_fields'
    yield 'labels', case(on(1, labels=2)) == 'manifest_fields'
    yield 'input bits', case(on(1, input_bits=4)) == 'manifest_fields'
    yield 'schema', case(on(1, schema=b'o' * 32)) == 'manifest_fields'
    yield 'profile', case(on(1, profile=0)) == 'manifest_fields'
    yield 'content', case(on(0, content=b'1' * 32), on(1, content=b'1' * 32)) == 'manifest_fields'
    yield 'root', case(on(0, root=b'1' * 32), on(1, root=b'1' * 32)) == 'manifest_fields'
    yield 'metric before datasets', case(on(0, features=3), metric=0) == 'statement_range'
    yield 'datasets before drawn', case(on(0, features=3), drawn=9) == 'manifest_fields'
    yield 'value before beacon', case(value=9, beacon=beacon) == 'statement_range'

    def wide(s):
        s.range_bits = 15

    fits = dict(loss=MEAN_SQUARED, outputs=32, sizes=(1 << 20,))
    yield 'w of 61', case(wide, **fits) is None
    yield 'w of 62', case(wide, **(fits | {'outputs': 33})) == 'bound'
    yield 'signed', case(sign) is None
    yield 'signed, twice', case(lambda s: sign(s, 2)) is None
    yield 'ticket 0', case(lambda s: sign(s, 0)) == 'statement_range'
    yield 'another number', case(lambda s: sign(s, 1, stated=2)) == 'score_ticket'
    yield 'another content', case(lambda s: sign(s, 1, content=ZERO)) == 'score_ticket'
    yield 'other weights', case(lambda s: sign(s, 1, weights=ZERO)) == 'score_ticket'
    yield 'bound before ticket', case(wide, lambda s: sign(s, 1, stated=2), **(fits | {'outputs': 33})) == 'bound'

    def weak(s):
        s.layers[-1].frac_d = 44

    yield 'model first', case(weak, metric=0) == 'statement_format'
    s = score_statement(random.Random(1), CROSS_ENTROPY, 2, 3, (5, 4))
    encoded = encode_score(s)
    ends = {verdict(encode_file(s, b'', lambda s, n=n: encode_score(s)[:n]))['check'] for n in range(1, len(encoded))}
    yield 'cut off', ends == {'read_past_end'}
    yield 'an empty proof', verdict(encode_file(s, b'', encode_score))['check'] == 'read_past_end'
    yield 'a zero proof', verdict(encode_file(s, bytes(400_000), encode_score))['code'] != 'crash'


def origins_statements():
    records = [[1, 2], [3, 4], [3, 4]]

    def case(*changes, hits=(), records=records, visibility=SHOWN):
        s = origins_statement(random.Random(1), 2, (5, 4), records, hits, visibility)
        for change in changes:
            change(s)
        return refusal_of(ORIGINS, s, encode_origins)

    def on(**values):
        return lambda s: [setattr(s, name, value) for name, value in values.items()]

    def of(d, **values):
        return lambda s: [setattr(s.datasets[d], name, value) for name, value in values.items()]

    yield 'valid', case() is None
    yield 'hashed', case(visibility=HASHED) is None
    yield 'hidden', case(visibility=HIDDEN) == 'statement_range'
    yield 'a digest of shown ones', case(lambda s: setattr(s.records, 'digest', b'1' * 32)) == 'statement_canonical'
    yield 'no datasets', case(on(datasets=[])) == 'statement_range'
    yield 'too many', case(lambda s: s.datasets.extend(s.datasets[:1] * 31)) == 'statement_canonical'
    yield 'no records', case(on(samples=0)) == 'statement_range'
    yield 'more records', case(on(samples=4)) == 'statement_range'
    yield 'a large cell', case(records=[[8, 0]]) == 'statement_range'
    yield 'the largest cell', case(records=[[-7, 7]]) is None
    yield 'of the wider set', case(of(1, input_bits=4), records=[[8, 0]]) is None
    for hits, expected in (
        ([(0, 0), (8, 0)], None),
        ([(9, 0)], 'statement_range'),
        ([(0, 3)], 'statement_range'),
        ([(1, 0), (0, 0)], 'statement_range'),
        ([(0, 0), (0, 0)], 'statement_range'),
        ([(0, 1)], 'statement_range'),
        ([(0, 2)], 'statement_range'),
        ([(0, 1), (0, 2)], None),
        ([(0, 1), (1, 2)], 'statement_range'),
        ([(0, 1), (0, 2), (1, 1), (1, 2)], None),
    ):
        yield f'hits {hits}', case(hits=hits) == expected
    yield 'hits of hashed ones', case(hits=[(0, 1)], visibility=HASHED) is None
    yield 'labels', case(of(1, labels=3)) == 'manifest_fields'
    yield 'features', case(of(1, features=3)) == 'manifest_fields'
    yield 'schema', case(of(1, schema=ZERO)) == 'manifest_fields'
    yield 'profile', case(of(0, profile=0)) == 'manifest_fields'
    yield 'arithmetic first', case(on(arithmetic=3, datasets=[])) == 'statement_range'
    s = origins_statement(random.Random(1), 2, (5, 4), records)
    yield 'an empty proof', verdict(encode_file(s, b'', encode_origins))['check'] == 'read_past_end'
    zero = verdict(encode_file(s, bytes(400_000), encode_origins))
    yield 'a zero proof', (zero['verdict'], zero['check']) == ('refused', 'grinding')


# ---- links and policies
def refused(call, *arguments):
    try:
        call(*arguments)
    except Refusal as refusal:
        return refusal.check
    return None


def links():
    records = [[1, 2]]
    s = origins_statement(random.Random(1), 2, (5, 4), records)
    claim = AcceptedClaim(ORIGINS, s, [], [], {})
    run = SimpleNamespace(bounds=[], statement=SimpleNamespace(datasets=copy.deepcopy(s.datasets)))
    yield 'the datasets of the run', refused(check_link, Policy(), run, claim) is None
    run.statement.datasets[1].schema = ZERO
    yield 'another schema', refused(check_link, Policy(), run, claim) == 'claim_data'
    run.statement.datasets = s.datasets[::-1]
    yield 'another order', refused(check_link, Policy(), run, claim) == 'claim_data'
    run.statement.datasets = s.datasets[:1]
    yield 'fewer', refused(check_link, Policy(), run, claim) == 'claim_data'
    yield 'a claim', refused(check_link, Policy(), claim, claim) == 'claim_run'
    yield 'rests on its run', ORIGINS.rests_on_run(s)
    s = score_statement(random.Random(1), CROSS_ENTROPY, 2, 3, (5, 4))
    yield 'with training sets', SCORE.rests_on_run(s)
    s.kind_fields.training = []
    yield 'without', not SCORE.rests_on_run(s)
    equal = origins_statement(random.Random(1), 2, (5,), [[1, 2], [1, 2]], [(0, 0)], HASHED)
    yield 'equal hashed records', refused(ORIGINS.check_cells, equal, np.array([[1, 2], [1, 2]])) == 'claim_cells'
    yield 'other hashed records', refused(ORIGINS.check_cells, equal, np.array([[1, 2], [1, 3]])) is None


def policies():
    s = score_statement(random.Random(1), CROSS_ENTROPY, 2, 3, (5, 4))
    key, _ = signature(b'k' * 32, b'')

    def of(**fields):
        return refused(SCORE.check_policy, Policy(**fields), s)

    yield 'nothing', of() is None
    yield 'declared', of(test_keys=(key,)) == 'policy_test'
    yield 'no ticket', of(max_ticket=3) == 'policy_test'
    yield 'apart', of(test_apart=True) is None
    yield 'enough', of(min_tests=5) is None
    yield 'too few', of(min_tests=6) == 'policy_test'
    sign(s, 4)
    yield 'signed', of(test_keys=(key,)) is None
    yield 'another key', of(test_keys=(ZERO,)) == 'policy_test'
    yield 'ticket', of(max_ticket=4) is None
    yield 'too many tickets', of(max_ticket=3) == 'policy_test'
    s.kind_fields.training = []
    yield 'not apart', of(test_apart=True) == 'policy_test'
    fixed = Policy(test_fixed=True)
    yield 'fixed needs the run', SCORE.check_policy(fixed, s)
    digest = keccak256(b'pedigree manifest v1', s.datasets[0].signed_bytes).hex().encode()
    for text, expected in ((b'', 'policy_test'), (b'test ' + digest + b'.', None), (digest[1:], 'policy_test')):
        run = SimpleNamespace(statement=SimpleNamespace(datasets=s.datasets, context_text=text))
        yield f'named by {text[:9]}', refused(SCORE.check_run, fixed, run, s) == expected
    secret = b'b' * 32
    source = b'drand'
    message = keccak256(b'pedigree beacon v1', u32(5), source, (3).to_bytes(8, 'little'), b'v' * 32)
    beacon_key, signed_words = signature(secret, message)
    s.kind_fields.drawn, s.kind_fields.beacon = 2, Beacon(source, 3, b'v' * 32, signed_words)
    listed = Policy(test_fixed=True, beacons=((source, beacon_key),))
    yield 'drawn', SCORE.check_policy(listed, s) is False
    yield 'by a beacon that nobody judged', SCORE.check_policy(fixed, s)
    s.kind_fields.beacon.value = b'w' * 32
    yield 'by a false one', refused(SCORE.check_policy, listed, s) == 'policy_beacon'


def altered():
    """Bytes of statements set to other ones: a verdict each time."""
    originals = [
        score_statement(random.Random(1), CROSS_ENTROPY, 2, 3, (5, 4), exact=0),
        score_statement(random.Random(1), LOGISTIC, 2, 1, (5,), metric=2, confusion=[1, 2, 1, 1]),
        origins_statement(random.Random(1), 2, (5, 4), [[1, 2], [3, 4]], [(0, 0), (7, 1)]),
    ]
    files = [encode_file(s, bytes(100), encode_score if s.kind == 4 else encode_origins) for s in originals]
    for number in range(600):
        rng = random.Random(number)
        content = bytearray(rng.choice(files))
        for _ in range(rng.choice((1, 1, 2, 5))):
            content[rng.randrange(17, len(content) - 100)] = rng.choice((0, 1, 2, 255, rng.randrange(256)))
        yield number, verdict(bytes(content))['verdict'] == 'refused'


def main():
    passed = failed = 0
    for part in (digests, sizes, score_statements, origins_statements, links, policies, tallied, ties, free_remainders,
                 drawn, apart, origins, altered):  # fmt: skip
        for name, holds in part():
            passed, failed = passed + bool(holds), failed + (not holds)
            if not holds:
                print(f'{part.__name__}: {name}')
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
