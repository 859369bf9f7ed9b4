"""Kind 3: what the committed weights answer to inputs (docs/claims.md section 3).

Inputs and outputs are matrices, samples by columns; each is hidden, hashed or shown. An output is a score of the last layer.
"""

from dataclasses import dataclass

import numpy as np

from ..manifest import ZERO_DIGEST
from ..refusal import require
from .weights import Hashed, Kind, Stated

HIDDEN, HASHED, SHOWN = 0, 1, 2
_MAX_SAMPLES = 1 << 16
_MAX_CELLS = 1 << 22
_CELL = 4


@dataclass
class Matrix:
    """`cells`: a flat array, sample by sample; empty unless shown."""

    visibility: int
    digest: bytes
    cells: object


@dataclass
class Fields:
    samples: int
    inputs: Matrix
    outputs: Matrix


def _read_matrix(d):
    visibility, digest = d.u8(), d.take(32)
    cells = d.take(_CELL * d.length(_MAX_CELLS))
    return Matrix(visibility, digest, np.frombuffer(cells, '<i4').astype(np.int64))


def _check_matrix(x, count, bits):
    """`count` cells below 2^bits in magnitude, where they are shown."""
    require(x.visibility in (HIDDEN, HASHED, SHOWN), 'statement_range')
    require(x.visibility == HASHED or x.digest == ZERO_DIGEST, 'statement_canonical')
    require(len(x.cells) == (count if x.visibility == SHOWN else 0), 'statement_range')
    require(bool((np.abs(x.cells) < 1 << bits).all()), 'statement_range')


class Inference(Kind):
    def read(self, d):
        return Fields(d.u32(), _read_matrix(d), _read_matrix(d))

    def check(self, s):
        x = s.kind_fields
        require(1 <= x.samples <= _MAX_SAMPLES, 'statement_range')
        _check_matrix(x.inputs, x.samples * s.features, s.input_bits)
        _check_matrix(x.outputs, x.samples * s.outputs, s.range_bits + 2)

    def samples(self, s):
        return s.kind_fields.samples

    def matrices(self, s):
        x = s.kind_fields
        return {'inputs': (x.inputs, s.features), 'outputs': (x.outputs, s.outputs)}

    def inputs(self, forward):
        s = forward.statement
        x = forward.values[0] = forward.b.input(s.features, 1 << s.input_bits)
        if s.kind_fields.inputs.visibility != SHOWN:
            forward.range_signed(x, s.input_bits)

    def more(self, forward, q):
        s, shows = forward.statement, []
        tensors = {'inputs': forward.values[0], 'outputs': q}
        for name, (matrix, columns) in self.matrices(s).items():
            tensor = tensors[name]
            if matrix.visibility == HASHED:
                shows.append(Hashed(name, tensor, forward.b.other_cells(3)))
            elif matrix.visibility == SHOWN:
                shows.append(Stated(tensor, matrix.cells.reshape(-1, columns)))
        return shows
