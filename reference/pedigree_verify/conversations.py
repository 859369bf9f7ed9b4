"""The conversations of a file (docs/protocol.md section 3.2): how each begins, and the one that joins them.

With zeta drawn after all others,

    sum over roots of <f_root, w_root> = v,   w_root = sum_k zeta^k w_(k),root,   v = sum_k zeta^k v_k
"""

from .field import ZERO, powers
from .form import Form
from .keccak import u32
from .layout import FIRST, SECOND
from .opening import verify_opening
from .statement import MAGIC, VERSION
from .transcript import Transcript


def _conversation(statement, reader):
    transcript = Transcript(reader)
    transcript.absorb('B', 'pedigree', MAGIC)
    transcript.absorb('B', 'version', VERSION)
    transcript.absorb('B', 'statement', statement.encoded)
    return transcript


def segment_conversation(statement, shape, k, reader):
    """The conversation of segment k, and the segment's own roots by part, but for that of its pushforwards, which comes later."""
    transcript = _conversation(statement, reader)
    transcript.absorb('B', 'position', u32(k))
    labels = {FIRST: 'segment', SECOND: 'second'}
    has = shape.segments[k].heights
    return transcript, {part: transcript.digest(label) for part, label in labels.items() if part in has}


def open_roots(statement, shape, outcomes, other_roots, reader):
    """`other_roots`: those behind the segments' own."""
    transcript = _conversation(statement, reader)
    for outcome in outcomes:
        transcript.absorb('B', 'segment', outcome.state)
    zeta = powers(transcript.challenge('zeta'), len(outcomes))
    joined = sum((o.form * factor for o, factor in zip(outcomes, zeta)), Form())
    roots = [outcomes[k].roots[part] for part, k in shape.own] + other_roots

    def weight_at(root, point):
        return sum((c * key.at(point) for key, c in joined.terms.items() if key.root == root), ZERO)

    verify_opening(shape.parameters, roots, shape.heights, -joined.constant, weight_at, transcript)
