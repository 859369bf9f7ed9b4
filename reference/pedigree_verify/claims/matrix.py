"""A matrix of a claim, samples by columns (docs/claims.md section 3): hidden, hashed or shown."""

from dataclasses import dataclass

import numpy as np

from ..manifest import ZERO_DIGEST
from ..refusal import require
from .shows import Hashed, Stated

HIDDEN, HASHED, SHOWN = 0, 1, 2
MAX_SAMPLES = 1 << 16
_MAX_CELLS = 1 << 22
_CELL = 4


@dataclass
class Matrix:
    """`cells`: a flat array, sample by sample; empty unless shown."""

    visibility: int
    digest: bytes
    cells: object


def read_matrix(d):
    visibility, digest = d.u8(), d.take(32)
    cells = d.take(_CELL * d.length(_MAX_CELLS))
    return Matrix(visibility, digest, np.frombuffer(cells, '<i4').astype(np.int64))


def check_matrix(x, count, bits, visibilities=(HIDDEN, HASHED, SHOWN)):
    """`count` cells below 2^bits in magnitude, where they are shown."""
    require(x.visibility in visibilities, 'statement_range')
    require(x.visibility == HASHED or x.digest == ZERO_DIGEST, 'statement_canonical')
    require(len(x.cells) == (count if x.visibility == SHOWN else 0), 'statement_range')
    require(bool((np.abs(x.cells) < 1 << bits).all()), 'statement_range')


def shows_of(b, name, matrix, columns, tensor):
    """The show of a matrix that `tensor` holds, if it is not hidden; emits the salt of a hashed one."""
    if matrix.visibility == HASHED:
        return [Hashed(name, tensor, b.other_cells(3))]
    if matrix.visibility == SHOWN:
        return [Stated(tensor, matrix.cells.reshape(-1, columns))]
    return []
