"""Lookup tables (docs/arithmetic.md section 2; sizes in docs/protocol.md section 4.3).

    RANGE(w)        2^w rows, the row number alone
    ACTIVATION(f)   row q + 2^R: ACT[q], DER[q];  from = frac_q, to = frac_a
    ROUND           row q + 2^R: rescale(q, from)
    EXP             row i: EXP[i], (i = 0);       from = frac_q, to = exp_bits
    SIGMOID         row q + 2^R: SIGMOID[q];      from = frac_q, to = frac_d
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .statement import GELU, IDENTITY, RELU, TANH

RANGE, ACTIVATION_TABLE, ROUND, EXP, SIGMOID = range(5)

_ONE62 = 1 << 62
# round(2^62 exp(-2^j)), j = -24 ... 5
_FACTORS = (
    0x3FFFFFC000002000, 0x3FFFFF8000008000, 0x3FFFFF0000020000, 0x3FFFFE0000080000,
    0x3FFFFC00001FFFFF, 0x3FFFF800007FFFFB, 0x3FFFF00001FFFFD5, 0x3FFFE00007FFFEAB,
    0x3FFFC0001FFFF555, 0x3FFF80007FFFAAAB, 0x3FFF0001FFFD5558, 0x3FFE0007FFEAAAD5,
    0x3FFC001FFF555800, 0x3FF8007FFAAAD554, 0x3FF001FFD557FFDE, 0x3FE007FEAAD55111,
    0x3FC01FF557FF778E, 0x3F807FAAD54449F3, 0x3F01FD57FDDF4925, 0x3E07EAD5116BAF23,
    0x3C1F57F78E05479D, 0x387AD449DB04430F, 0x31D7DF3D590415D1, 0x26D165F8DF2C13FD,
    0x178B56362CEF37C7, 0x08A95551DFC0E5D0, 0x012C155B8213CF47, 0x00057F08410409EB,
    0x00000078D56EEBBA, 0x000000000000E423,
)  # fmt: skip
_FIRST_FACTOR = -24


@dataclass(frozen=True)
class Table:
    """`bits`: logarithm of the number of rows; `activation`, `source`, `target` are 0 where they say nothing."""

    kind: int
    bits: int
    activation: int = 0
    source: int = 0
    target: int = 0


def rescale(z, s):
    """floor(z / 2^s + 1/2)."""
    return z << -s if s <= 0 else (z + (1 << (s - 1))) >> s


def exp62(n, f):
    """2^62 exp(-n 2^-f), rounded down factor by factor."""
    p = _ONE62
    for k in range(n.bit_length()):
        if n >> k & 1:
            j = k - f - _FIRST_FACTOR
            p = p * _FACTORS[j] >> 62 if j < len(_FACTORS) else 0
    return p


def exponential(i, f, exp_bits):
    return rescale(exp62(i, f), 62 - exp_bits)


def sigmoid(q, f, d):
    if q < 0:
        return (1 << d) - sigmoid(-q, f, d)
    b = _ONE62 + exp62(q, f)
    return ((1 << (63 + d)) + b) // (2 * b)


def _sign(q):
    return -1 if q < 0 else 1


def identity(q, f, a):
    return rescale(q, f - a), 1


def relu(q, f, a):
    return rescale(max(q, 0), f - a), int(q > 0)


def tanh(q, f, a):
    e = exp62(2 * abs(q), f)
    t = (_ONE62 * (_ONE62 - e)) // (_ONE62 + e)
    return _sign(q) * rescale(t, 62 - a), rescale(_ONE62 - (t * t >> 62), 62 - 8)


def gelu(q, f, a):
    one24 = 1 << 24
    x = min(abs(q) << (24 - f), 1 << 27)
    y = x * x >> 24
    u = (x * (one24 + (750193 * y >> 24)) >> 24) * 26772563 >> 24
    s = (1 << 124) // (_ONE62 + exp62(u, 24))
    weight = s if q >= 0 else _ONE62 - s
    d = (one24 + (2250579 * y >> 24)) * 26772563 >> 24
    v = x * d >> 24
    w = (s * (_ONE62 - s) >> 62) * v >> 24
    value = _sign(q) * rescale(abs(q) * weight, 62 + f - a)
    return value, rescale(weight + _sign(q) * w, 62 - 8)


_ACTIVATIONS = {IDENTITY: identity, RELU: relu, TANH: tanh, GELU: gelu}


# At most one table of activations and one of rounding for each of 64 layers, and those of the loss.
@lru_cache(maxsize=256)
def columns(table):
    """The columns beside the row number, each an int64 array [2^bits]."""
    rows = range(1 << table.bits)
    half = 1 << (table.bits - 1)
    f, a = table.source, table.target
    if table.kind == RANGE:
        return ()
    if table.kind == ACTIVATION_TABLE:
        function = _ACTIVATIONS[table.activation]
        values = zip(*(function(row - half, f, a) for row in rows))
    elif table.kind == ROUND:
        values = ([rescale(row - half, f) for row in rows],)
    elif table.kind == EXP:
        values = [exponential(row, f, a) for row in rows], [int(row == 0) for row in rows]
    else:
        values = ([sigmoid(row - half, f, a) for row in rows],)
    return tuple(np.array(column, np.int64) for column in values)


@lru_cache(maxsize=512)
def magnitude(table, column):
    """Largest magnitude in a column."""
    return int(np.abs(columns(table)[column]).max())
