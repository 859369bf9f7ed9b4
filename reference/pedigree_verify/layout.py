"""Where everything lies in the roots (docs/protocol.md section 5).

    row of word j     j >> 6; column j & 63
    random rows       the last H of a root that the file makes, H_d = Q opening_budget + 1 of a dataset's
    height a          least 6 <= a <= 26 with 2^a > random rows and (2^a - random rows) 64 >= words used

Items of size 2^l are placed from offset 0, largest first, equal ones in the given order, without gaps.
"""

from dataclasses import dataclass

from .multilinear import clog

LOG_COLUMNS = 6
MIN_HEIGHT, MAX_HEIGHT = 6, 26
_ANSWER_PAD_WORDS = 3
_LOG_MOST_CHUNKS = 4


@dataclass(frozen=True)
class Rows:
    """Of one profile: most queries of level 0, random rows of a file's own roots, least height of a file."""

    queries: int
    random: int
    min_height: int


ROWS = (Rows(116, 150, 10), Rows(46, 80, 8), Rows(236, 270, 12))


def place(logs, counts=None):
    """Offsets of items with these logarithms of sizes (of one piece, where there are `counts` of them), and the end of the last one."""
    order = sorted(range(len(logs)), key=lambda i: -logs[i])
    offsets, end = [0] * len(logs), 0
    for i in order:
        offsets[i] = end
        end += (counts[i] if counts else 1) << logs[i]
    return offsets, end


def tree_block_bits(depth):
    """Leaf y of the lookup tree has the address (y mod 2^c) 2^(depth - c) + (y >> c): c."""
    return max(0, min(6, depth - 2))


def address_point(point):
    """The point of a leaf as that of its address."""
    c = tree_block_bits(len(point))
    return point[c:] + point[:c]


def round_up_4(n):
    return (n + 3) // 4 * 4


def height(words, random_rows):
    """Least height of a root with so many words and random rows, or None."""
    for a in range(MIN_HEIGHT, MAX_HEIGHT + 1):
        if 1 << a > random_rows and ((1 << a) - random_rows) << LOG_COLUMNS >= words:
            return a
    return None


@dataclass(frozen=True)
class DatasetLayout:
    """One block at offset 0: column c, record r at word (c << record_bits) + r; features first, then labels."""

    record_bits: int
    column_bits: int
    answer_pad: int


def dataset_layout(m):
    columns, record_bits = m.features + m.labels, clog(m.records)
    return DatasetLayout(record_bits, clog(columns), round_up_4(columns << record_bits))


def dataset_height(m):
    """Height of a dataset's root, or None."""
    layout = dataset_layout(m)
    a = height(
        layout.answer_pad + _ANSWER_PAD_WORDS, ROWS[m.profile].queries * m.opening_budget + 1
    )
    if a is None:
        return None
    block = 1 << (layout.column_bits + layout.record_bits)
    while 1 << (a + LOG_COLUMNS) < block:
        a += 1
    return a if a <= MAX_HEIGHT else None


@dataclass(frozen=True)
class WeightsLayout:
    """An end or start root: Chunks of each parameter, offset of the pad of the answer, and the words used."""

    chunks: tuple
    answer_pad: int
    words: int


@dataclass(frozen=True)
class Chunks:
    """A parameter's place: `count` chunks of 2^input_bits inputs each, from `offset` on."""

    offset: int
    input_bits: int
    count: int


def weights_layout(parameters):
    """Inputs are cut into 2^min(4, clog(inputs)) chunks; those that hold no live input are left out."""
    bits = [clog(p.inputs) - min(_LOG_MOST_CHUNKS, clog(p.inputs)) for p in parameters]
    counts = [-(-p.inputs >> b) for p, b in zip(parameters, bits)]
    offsets, end = place([b + clog(p.outputs) for p, b in zip(parameters, bits)], counts)
    pad = round_up_4(end)
    return WeightsLayout(tuple(map(Chunks, offsets, bits, counts)), pad, pad + _ANSWER_PAD_WORDS)
