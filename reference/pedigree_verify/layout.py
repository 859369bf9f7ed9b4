"""Where everything lies in the roots (docs/protocol.md section 5).

    row of word j     j >> 6; column j & 63
    random rows       the last H of a root that the file makes, H_d = Q opening_budget + 1 of a dataset's
    height a          least 6 <= a <= 26 with 2^a > random rows and (2^a - random rows) 64 >= words used

Items of size 2^l are placed from offset 0, largest first, equal ones in the given order, without gaps. Tensors and parameters are
items of several pieces of that size, one for each chunk of their features that is there.

A segment's own root has height w. In the bulk profile, from w = 16 on, it is two where that can be: one of height w - 1, and one of the
least height below that in which the rest fits. Each item, in the order above, lies in the first where it still fits, else in the second.
A segment with pullbacks has one more, for their pushforwards: three blocks of words for each table of pullbacks.
"""

from dataclasses import dataclass

from .multilinear import clog

LOG_COLUMNS = 6
MIN_HEIGHT, MAX_HEIGHT = 6, 26
PAD_WORDS = 3
MOST_ROOTS = 1024
FIRST, SECOND, PUSHFORWARDS = OWN_PARTS = range(3)
_MOST_CHUNK_BITS = 4


@dataclass(frozen=True)
class Rows:
    """Of one profile: most queries of level 0, random rows of a file's own roots, least height of a file."""

    queries: int
    random: int
    min_height: int


BULK = 2
_LEAST_SPLIT = 16

ROWS = (Rows(116, 150, 10), Rows(46, 80, 8), Rows(236, 270, 12))


def chunks(live, bits):
    """Bits of a chunk of 2^bits features, and how many chunks hold one of the first `live`."""
    chunk_bits = bits - min(_MOST_CHUNK_BITS, bits)
    return chunk_bits, -(-live >> chunk_bits)


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


def _room(height, random_rows):
    """Words that random rows leave of a root."""
    return max(0, (1 << height) - random_rows) << LOG_COLUMNS


def height(words, random_rows):
    """Least height of a root with so many words and random rows, or None."""
    for a in range(MIN_HEIGHT, MAX_HEIGHT + 1):
        if 1 << a > random_rows and _room(a, random_rows) >= words:
            return a
    return None


@dataclass(frozen=True)
class Place:
    """`part`: 0 in the segment's first root, 1 in its second, 2 in that of its pushforwards."""

    part: int
    offset: int


@dataclass(frozen=True)
class SegmentLayout:
    """Heights of the segment's own roots by part; places of tensors by id, of multiplicities by table, and of the pads.

    `pushforwards`: three places for each table of pullbacks.
    """

    heights: dict
    tensors: dict
    multiplicities: list
    pads: Place
    pushforwards: list


def _place_in_two(logs, counts, rooms):
    """Places of items of so many pieces with these logarithms of sizes in roots with so much room, or None."""
    ends, places = [0, 0], [None] * len(logs)
    for i in sorted(range(len(logs)), key=lambda i: -logs[i]):
        size = counts[i] << logs[i]
        part = 0 if ends[0] + size <= rooms[0] else 1
        places[i] = Place(part, ends[part])
        ends[part] += size
        if ends[part] > rooms[part]:
            return None
    return places


def segment_layout(profile, plan):
    """The layout of a segment, or None where no root is large enough."""
    committed = [x for x in plan.program.tensors if x.in_segment_root]
    logs = [x.chunks[0] + x.domain.bits for x in committed] + [table.bits for table in plan.program.tables]
    logs.append(clog(PAD_WORDS * plan.num_pads))
    counts = [x.chunks[1] for x in committed] + [1] * (len(logs) - len(committed))
    random_rows = ROWS[profile].random
    offsets, words = place(logs, counts)
    whole = height(words, random_rows)
    if whole is None:
        return None
    heights, places = (whole,), [Place(0, offset) for offset in offsets]
    if profile == BULK and whole >= _LEAST_SPLIT:
        for second in range(MIN_HEIGHT, whole - 1):
            split = _place_in_two(logs, counts, (_room(whole - 1, random_rows), _room(second, random_rows)))
            if split is not None:
                heights, places = (whole - 1, second), split
                break
    heights = dict(enumerate(heights))
    tensors = {x.id: at for x, at in zip(committed, places)}
    pushforwards = []
    if plan.program.pullbacks:
        offsets, words = place([table.bits for table in plan.program.pullback_tables for _ in range(PAD_WORDS)])
        heights[PUSHFORWARDS] = height(words, random_rows)
        pushforwards = [Place(PUSHFORWARDS, offset) for offset in offsets]
    return SegmentLayout(heights, tensors, places[len(committed) : -1], places[-1], pushforwards)


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
        layout.answer_pad + PAD_WORDS, ROWS[m.profile].queries * m.opening_budget + 1
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
    """Chunks of inputs that hold no live one are left out."""
    cut = [chunks(p.inputs, clog(p.inputs)) for p in parameters]
    logs = [bits + clog(p.outputs) for p, (bits, _) in zip(parameters, cut)]
    offsets, end = place(logs, [count for _, count in cut])
    pad = round_up_4(end)
    placed = tuple(Chunks(offset, *of) for offset, of in zip(offsets, cut))
    return WeightsLayout(placed, pad, pad + PAD_WORDS)
