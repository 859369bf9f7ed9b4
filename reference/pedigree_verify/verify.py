"""The verdict on a file (docs/protocol.md section 2.2): parse, judge the statement, read the conversations, open.

A file holds a conversation for each segment and one that joins them: with zeta drawn after all of them,

    sum over roots of <f_root, w_root> = v,   w_root = sum_k zeta^k w_(k),root,   v = sum_k zeta^k v_k

Refuses by the exception Refusal; returns what later checks need.
"""

from dataclasses import dataclass

from .field import ZERO, f_from_signed, powers
from .form import Form, Sampling
from .keccak import u32
from .opening import verify_opening
from .order import Order, run_seed, seeded_start, start_bound
from .rules import judge
from .segment import Segment, verify_segment
from .statement import MAGIC, NAMED, VERSION, parse_statement, split_file
from .transcript import Reader, Transcript


@dataclass
class Accepted:
    """`schedules`: the runs of each segment; `starts`, `ends`: what the conversations publish of the named start and of the last end; `bounds`: of its parameters."""

    statement: object
    parameters: list
    terms: list
    schedules: list
    starts: list
    ends: list
    bounds: list


def verify(data):
    encoded, proof = split_file(data)
    statement = parse_statement(encoded)
    judged = judge(statement)
    reader = Reader(data, proof)
    outcomes = _segments(judged, reader)
    _open(judged, outcomes, reader)
    reader.finish()
    return Accepted(
        statement,
        judged.model.parameters(),
        judged.terms,
        judged.schedules,
        outcomes[0].starts,
        outcomes[-1].ends,
        judged.bounds,
    )


def _conversation(statement, reader):
    transcript = Transcript(reader)
    transcript.absorb('B', 'pedigree', MAGIC)
    transcript.absorb('B', 'version', VERSION)
    transcript.absorb('B', 'statement', statement.encoded)
    return transcript


def _seeded_matrices(model, seed):
    """The seeded start of each parameter over F; None for a bias, which is zero."""
    matrices = []
    for index, p in enumerate(model.parameters()):
        if p.is_bias:
            matrices.append(None)
            continue
        bound = start_bound(p.layer == model.depth, p.frac, p.inputs)
        matrices.append(f_from_signed(seeded_start(seed, index, bound, p.inputs, p.outputs)))
    return matrices


def _segments(judged, reader):
    s = judged.statement
    seed = run_seed(s)
    order = Order(s, seed)
    counts = [m.records for m in s.datasets]
    outcomes, first_step = [], 0
    for k, (plan, schedule) in enumerate(zip(judged.plans, judged.schedules)):
        steps = s.segments[k].steps
        transcript = _conversation(s, reader)
        transcript.absorb('B', 'position', u32(k))
        root = transcript.digest('segment')
        sampling = Sampling(order, first_step, steps, plan, counts)
        first_step += steps
        is_seeded = k == 0 and s.start_kind != NAMED
        segment = Segment(
            s,
            judged.shape,
            k,
            plan,
            sampling,
            schedule,
            _seeded_matrices(judged.model, seed) if is_seeded else None,
        )
        outcomes.append(verify_segment(segment, root, transcript))
    return outcomes


def _open(judged, outcomes, reader):
    s, shape = judged.statement, judged.shape
    transcript = _conversation(s, reader)
    for outcome in outcomes:
        transcript.absorb('B', 'segment', outcome.state)
    zeta = powers(transcript.challenge('zeta'), len(outcomes))
    joined = sum((o.form * factor for o, factor in zip(outcomes, zeta)), Form())
    roots = [o.root for o in outcomes] + [x.end.root for x in s.segments]
    if shape.has_named_start:
        roots.append(s.start.root)
    roots += [m.root for m in s.datasets]

    def weight_at(root, point):
        return sum(
            (c * key.at(point) for key, c in joined.terms.items() if key.root == root), ZERO
        )

    verify_opening(
        shape.parameters, roots, shape.heights, -joined.constant, weight_at, transcript
    )
