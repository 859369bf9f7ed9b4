"""What tells that two proofs are about the same records, or end in the same weights (docs/protocol.md section 9.4).

    dataset   Keccak-256("pedigree dataset v2" | root | answer | offset u64 | N u32 | features u32 | label columns u32)
    weights   Keccak-256("pedigree weights v1" | root | answer | offset u64 | in u32, out u32 of each parameter in order)

The offset is that of the answer's pad. Weights: the last end, and a named start.
"""

from .keccak import keccak256, u32, u64
from .layout import dataset_layout, weights_layout
from .statement import NAMED


def _answer(committed):
    return b''.join(map(u64, committed.answer.words()))


def dataset_identity(m):
    offset = u64(dataset_layout(m).answer_pad)
    shape = map(u32, (m.records, m.features, m.labels))
    return keccak256(b'pedigree dataset v2', m.root, _answer(m), offset, *shape)


def weights_identity(committed, parameters):
    offset = u64(weights_layout(parameters).answer_pad)
    shapes = [u32(p.inputs) + u32(p.outputs) for p in parameters]
    return keccak256(b'pedigree weights v1', committed.root, _answer(committed), offset, *shapes)


def identities(accepted):
    """Of an accepted proof: those of its datasets, of its last end, and of a named start or None."""
    s, parameters = accepted.statement, accepted.parameters
    start = weights_identity(s.start, parameters) if s.start_kind == NAMED else None
    return {
        'datasets': [dataset_identity(m).hex() for m in s.datasets],
        'trained': weights_identity(s.segments[-1].end, parameters).hex(),
        'start': start.hex() if start else None,
    }
