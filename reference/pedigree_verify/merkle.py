"""Merkle trees: leaf = Keccak-256(0x00, words), node = Keccak-256(0x01, left, right), leaves in natural order.

Opened together: the leaves in ascending order, then, level by level from the leaves, ascending, the sibling of each known
node whose sibling is not known. Refusal: merkle_path. Source: docs/protocol-commitment.md sections 3 and 4.
"""

from .keccak import keccak256
from .refusal import require
from .transcript import DIGEST, WORD


def read_leaves(reader, root, depth, positions, width):
    """Opens `positions`, ascending and distinct: an array [positions, width] of words that hash to `root`."""
    start = reader.offset
    words = reader.words(len(positions) * width).reshape(len(positions), width)
    raw, size = reader.data[start : reader.offset], WORD * width
    nodes = {
        position: keccak256(b'\0', raw[i * size : (i + 1) * size])
        for i, position in enumerate(positions)
    }
    for _ in range(depth):
        nodes = _parents(reader, nodes)
    require(nodes == {0: root}, 'merkle_path')
    return words


def _parents(reader, nodes):
    parents = {}
    for position in sorted(nodes):
        if position // 2 in parents:
            continue
        sibling = nodes.get(position ^ 1)
        if sibling is None:
            sibling = reader.take(DIGEST)
        pair = (sibling, nodes[position]) if position & 1 else (nodes[position], sibling)
        parents[position // 2] = keccak256(b'\1', *pair)
    return parents
