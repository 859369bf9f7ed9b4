"""The verdict on a file (docs/protocol.md section 2.2): parse, judge the statement, read the conversations, open.

A run is verified here, a claim on the weights of one in claims/. Refuses by the exception Refusal; returns what later checks need.
"""

from dataclasses import dataclass

from .claims import claim_of, verify_claim
from .conversations import open_roots, segment_conversation
from .field import f_from_signed
from .form import Sampling
from .order import Order, run_seed, seeded_start, start_bound
from .rules import judge
from .segment import Segment, SegmentVerifier
from .statement import NAMED, parse_statement, split_file
from .transcript import Reader


@dataclass
class Accepted:
    """`schedules`: the runs of each segment; `starts`, `ends`: what the conversations publish of the named start and of the last end.

    `bounds`: those of the parameters in the last end.
    """

    statement: object
    parameters: list
    terms: list
    schedules: list
    starts: list
    ends: list
    bounds: list


def verify(data):
    """An accepted run, or an AcceptedClaim."""
    encoded, proof = split_file(data)
    kind = claim_of(encoded)
    if kind is not None:
        return verify_claim(kind, encoded, Reader(data, proof))
    return verify_run(encoded, Reader(data, proof))


def verify_run(encoded, reader):
    statement = parse_statement(encoded)
    judged = judge(statement)
    outcomes = _segments(judged, reader)
    open_roots(statement, judged.shape, outcomes, _other_roots(statement, judged.shape), reader)
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
        transcript, roots = segment_conversation(s, judged.shape, k, reader)
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
        outcomes.append(SegmentVerifier(segment, transcript).outcome(roots))
    return outcomes


def _other_roots(s, shape):
    """Roots that the statement names, in the order of the file."""
    named_start = [s.start.root] if shape.has_named_start else []
    return [x.end.root for x in s.segments] + named_start + [m.root for m in s.datasets]
