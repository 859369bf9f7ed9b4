"""Judges a statement, before anything of the proof is read (docs/protocol.md sections 2.1 and 2.2, steps 2 to 6).

Refusals: statement_range, statement_layer, statement_format, statement_canonical, statement_size, manifest_fields,
manifest_signature, bound, security.
"""

from dataclasses import dataclass
from itertools import accumulate

from .bounds import check_bounds
from .compiler import compile_segment
from .layout import ROWS
from .manifest import MAX_RECORDS, ZERO_DIGEST, check_manifest
from .model import check_model
from .multilinear import clog
from .order import start_bound
from .plan import Plan
from .refusal import require
from .security import check_security
from .shape import Shape, check_segment_size, run_shape
from .statement import (
    CROSS_ENTROPY,
    LOGISTIC,
    MAX_IMPULSE,
    MEAN_SQUARED,
    NAMED,
    REUSABLE_RUN,
    RUN,
    SEEDED,
)

_MAX_FACTOR = 1 << 20
_MAX_SAMPLE_BITS = 24
_MAX_CHECK_BITS = 60
MAX_OPENINGS = 4096


@dataclass
class Judged:
    """A valid statement and what follows from it; `schedules`: the runs of each segment, pairs (count, factor).

    `bounds`: those of the parameters after the last step.
    """

    statement: object
    model: object
    plans: list
    schedules: list
    bounds: list
    shape: Shape
    terms: list


def judge(s):
    _check_head(s)
    model = check_model(s)
    _check_datasets(s)
    _check_beacon(s)
    _check_segments(s)
    schedule = _check_schedule(s)
    _check_openings(s)
    _check_start(s)
    plans, schedules, bounds = _check_each_segment(s, model, schedule)
    shape = run_shape(s, plans, model.parameters())
    return Judged(s, model, plans, schedules, bounds, shape, check_security(shape, plans))


def check_version(s):
    require(s.arithmetic == 2, 'statement_range')
    require(s.profile < len(ROWS), 'statement_range')


def check_openings(openings):
    require(1 <= openings <= MAX_OPENINGS, 'statement_range')


def _check_head(s):
    require(s.kind in (RUN, REUSABLE_RUN), 'statement_range')
    check_version(s)
    require(s.publish_weights or s.weights == ZERO_DIGEST, 'statement_canonical')
    require(1 <= s.num_impulse <= MAX_IMPULSE, 'statement_range')


def _check_datasets(s):
    require(len(s.datasets) > 0, 'statement_range')
    require(s.loss in (CROSS_ENTROPY, LOGISTIC, MEAN_SQUARED), 'statement_layer')
    check_datasets(s)


def check_datasets(s):
    """Each manifest by itself, then against the model, the profile and the ones before it."""
    for d, m in enumerate(s.datasets):
        check_manifest(m)
        require(m.features == s.features, 'manifest_fields')
        require(m.labels == s.label_columns, 'manifest_fields')
        require(m.input_bits <= s.input_bits, 'manifest_fields')
        check_family(m, s.profile, s.datasets[:d])


def check_family(m, profile, earlier):
    """A manifest against the profile and the datasets before it."""
    require(m.profile == profile, 'manifest_fields')
    require(not earlier or m.schema == earlier[0].schema, 'manifest_fields')
    for other in earlier:
        require(m.content != other.content and m.root != other.root, 'manifest_fields')


def is_zero(beacon):
    """Whether round, value and signature say nothing."""
    return beacon.round == 0 and beacon.value == ZERO_DIGEST and beacon.signature == bytes(64)


def _check_beacon(s):
    require(s.beacon.source != b'' or is_zero(s.beacon), 'statement_canonical')


def _check_segments(s):
    require(len(s.segments) > 0, 'statement_range')
    first = 0
    for segment in s.segments:
        require(segment.steps >= 1, 'statement_range')
        if s.num_impulse > 1 and first > 0:
            require(s.period > 0 and first % s.period == 0, 'statement_range')
        first += segment.steps
    require(first == s.steps, 'statement_range')
    require(s.period == 0 or s.num_impulse > 1, 'statement_range')


def _check_schedule(s):
    """The runs of factors as triples (first step, step behind the last, factor)."""
    require(s.impulse[-1] != 0, 'statement_range')
    require(all(count >= 1 for count, _ in s.runs), 'statement_range')
    require(all(factor < _MAX_FACTOR for _, factor in s.runs), 'statement_range')
    factors = [factor for _, factor in s.runs]
    require(all(a != b for a, b in zip(factors, factors[1:])), 'statement_range')
    require(sum(count for count, _ in s.runs) == s.steps, 'statement_range')
    ends = list(accumulate(count for count, _ in s.runs))
    return list(zip([0] + ends[:-1], ends, factors))


def _part(schedule, first, last):
    """The runs of the steps from `first` on and before `last`, pairs (count, factor)."""
    cut = [(max(a, first), min(b, last), factor) for a, b, factor in schedule]
    return [(b - a, factor) for a, b, factor in cut if a < b]


def _check_openings(s):
    if s.kind == REUSABLE_RUN:
        check_openings(s.openings)


def _check_start(s):
    require(s.start_kind in (SEEDED, NAMED), 'statement_range')
    if s.start_kind == SEEDED:
        is_zero = s.start.root == ZERO_DIGEST and s.start.answer.words() == (0, 0, 0)
        require(is_zero and s.start_weights == ZERO_DIGEST, 'statement_canonical')
    else:
        require(s.segments[0].check_bits != 0, 'statement_range')


def _check_sampling(s, segment):
    require(1 <= s.records <= MAX_RECORDS, 'statement_range')
    require(s.holdout < s.records, 'statement_range')
    used = s.records - s.holdout
    require(1 <= s.shards <= used and 1 <= s.batch <= used, 'statement_range')
    require(clog(segment.steps) + clog(s.batch) <= _MAX_SAMPLE_BITS, 'statement_range')


def _check_each_segment(s, model, schedule):
    plans, schedules, first = [], [], 0
    bounds = _start_bounds(s, model)
    for k, segment in enumerate(s.segments):
        _check_sampling(s, segment)
        require(segment.check_bits <= _MAX_CHECK_BITS, 'statement_range')
        require(k > 0 or s.start_kind == NAMED or segment.check_bits == 0, 'statement_range')
        part = _part(schedule, first, first + segment.steps)
        first += segment.steps
        program = compile_segment(s, model, k)
        if segment.check_bits > 0:
            bounds = [1 << segment.check_bits] * len(bounds)
        bounds = check_bounds(s, program, part, bounds)
        plans.append(Plan(program, clog(segment.steps), clog(s.batch)))
        is_last = k + 1 == len(s.segments)
        check_segment_size(s.profile, plans[-1], s.openings if is_last else 0)
        schedules.append(part)
    return plans, schedules, bounds


def _start_bounds(s, model):
    """Bounds of the seeded start."""
    return [
        0 if p.is_bias else start_bound(p.layer == model.depth, p.frac, p.inputs)
        for p in model.parameters()
    ]
