"""What tells that two proofs are about the same records, or end in the same weights (docs/protocol.md section 9.4).

    dataset   Keccak-256("pedigree dataset v3" | root | answer | offset u64 | profile u32 | height u32
                         | custodian, zero if declared | N u32 | features u32 | label columns u32)
    weights   Keccak-256("pedigree weights v3" | root | answer | offset u64 | profile u32 | height u32
                         | in u32, out u32 of each parameter in order)

The offset is that of the answer's pad, the height that of the root. Weights: the last end, and a named start.
"""

from .keccak import keccak256, u32, u64
from .layout import dataset_height, dataset_layout, weights_layout
from .shape import file_height
from .statement import NAMED


def _answer(committed):
    return b''.join(map(u64, committed.answer.words()))


def dataset_identity(m):
    offset = u64(dataset_layout(m).answer_pad)
    code = u32(m.profile) + u32(dataset_height(m))
    shape = map(u32, (m.records, m.features, m.labels))
    return keccak256(b'pedigree dataset v3', m.root, _answer(m), offset, code, m.custodian, *shape)


def weights_identity(committed, parameters, profile, openings=0):
    """`openings`: claims that this root may be opened for, which its height covers."""
    layout = weights_layout(parameters)
    offset = u64(layout.answer_pad)
    code = u32(profile) + u32(file_height(profile, layout.words, openings))
    shapes = [u32(p.inputs) + u32(p.outputs) for p in parameters]
    return keccak256(b'pedigree weights v3', committed.root, _answer(committed), offset, code, *shapes)


def identities(accepted):
    """Of an accepted run: those of its datasets, of its last end, and of a named start or None."""
    s, parameters = accepted.statement, accepted.parameters
    start = weights_identity(s.start, parameters, s.profile) if s.start_kind == NAMED else None
    return {
        'datasets': [dataset_identity(m).hex() for m in s.datasets],
        'trained': weights_identity(s.segments[-1].end, parameters, s.profile, s.openings).hex(),
        'start': start.hex() if start else None,
    }
