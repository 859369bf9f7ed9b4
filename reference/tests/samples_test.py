#!/usr/bin/env python3
"""The sample values of docs/protocol.md section 3.3 and docs/arithmetic.md section 11, and of RFC 8032 section 7.1."""

import pathlib
import sys
from types import SimpleNamespace

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'reference'))

from pedigree_verify.ed25519 import is_ring_signature, is_signature  # noqa: E402
from pedigree_verify.keccak import u64  # noqa: E402
from pedigree_verify.order import Order, run_seed, seeded_start, start_bound  # noqa: E402
from pedigree_verify.segment import root_challenge  # noqa: E402
from pedigree_verify.statement import CROSS_ENTROPY, LINEAR, Beacon, Layer  # noqa: E402
from pedigree_verify.tables import exp62, exponential, gelu, identity, relu, sigmoid, tanh  # noqa: E402
from pedigree_verify.transcript import Chain, Reader, Transcript  # noqa: E402
from pedigree_verify.refusal import Refusal  # noqa: E402
from writer import ring_signature  # noqa: E402


def transcript_samples():
    chain = Chain()
    chain.absorb('B', 'pedigree', b'PEDIGREE')
    yield chain.state.hex(), 'ed6f4722153eec47db3c21e57bcf0de38aa4bcee3dcfee940dbee92b560daa52'
    chain.absorb('B', 'version', b'\2\0\0\0')
    yield chain.state.hex(), 'e56f69cd4c7ad9102a9c960d420cc0a93cd0e28bd6fb9b646a461a63ed361a73'
    chain.absorb('K', 'tree_root', u64(1) + u64(2) + u64(3))
    yield chain.state.hex(), '30cb77bb630d29309a0605298356f90e30318687105ac840eeaf478e45609fb3'
    words = chain.challenge('lambda').words()
    yield words, (0xD3EADAEEE3B04A67, 0xE714F84BA8D0AE23, 0xA1824E878FFC23A9)
    yield chain.state.hex(), '5698e69b48eaab84c1a6bf6d0f19c4b618a5f0c13642e86b362e196d666ae79a'
    positions = chain.positions('positions', 19, 5)
    yield positions, [214927, 31067, 253255, 260655, 512070]
    yield chain.state.hex(), '1c9f984e056eebf14843835aede03ad31a954ce063953eb7b32e5f7a7913450b'
    yield least_nonce(chain.state, 12), 368
    z = (10970247095121713694, 578904978509770010, 11900596120183276399)
    yield root_challenge(bytes(range(32))).words(), z


def least_nonce(state, bits):
    word = 0
    while True:
        transcript = Transcript(Reader(u64(word), 0))
        transcript.state = state
        try:
            transcript.nonce('nonce', bits)
            return word
        except Refusal:
            word += 1


def seed_samples():
    declared = SimpleNamespace(is_declared=True, custodian=bytes(32))
    statement = SimpleNamespace(
        seed=7,
        features=4,
        outputs=3,
        loss=CROSS_ENTROPY,
        num_layers=1,
        layers=[Layer(LINEAR, 0, 0, 3, 0, 0, 0, 0, 0, 0)],
        num_impulse=1,
        impulse=[1],
        period=0,
        holdout=2,
        batch=3,
        steps=6,
        shards=1,
        start_kind=0,
        start_weights=bytes(32),
        datasets=[declared],
        beacon=Beacon(b'', 0, bytes(32), bytes(64)),
    )
    yield run_seed(statement), 8667557801172385624


def batches(records, holdout, shards, steps):
    sizes = SimpleNamespace(records=records, holdout=holdout, batch=3, shards=shards, steps=steps)
    order = Order(sizes, 7)
    return [order.rows_of_step(t) for t in range(steps)]


def order_samples():
    yield batches(10, 2, 1, 6), [[1, 9, 0], [7, 3, 6], [5, 4], [7, 5, 0], [4, 1, 6], [9, 3]]
    yield batches(10, 2, 2, 6), [[3, 6, 5], [4], [5, 4, 6], [1, 9, 7], [0], [9, 0, 1]]
    yield batches(10, 0, 3, 7), [[3, 6, 4], [], [4, 6, 3], [1, 8, 5], [], [2, 0, 9], [7]]


def start_samples():
    yield start_bound(False, 21, 64), 642119
    yield start_bound(True, 20, 32), 321059
    start = seeded_start(7, 0, 642119, 64, 10)
    row = [140536, -50893, 573364, 484502, -202542, -92784, -341145, 528350, -158056, 181856]
    yield start[0].tolist(), row
    yield int(start[63, 9]), -518476


def table_samples():
    exponents = (4593706758521714574, 4557958248912561943, 1703184562651197868, 1696544475317221319)
    yield tuple(exp62(n, 8) for n in (1, 3, 255, 256)), exponents
    yield (exp62(1000, 8), exp62(5000, 8)), (92767726062686130, 15189575311)
    rows = (0, 1, 2, 100, 256, 1000, 2000, 3000, 3100)
    yield [exponential(i, 8, 16) for i in rows], [65536, 65280, 65026, 44344, 24109, 1318, 27, 1, 0]
    arguments = (-2000, -256, -1, 0, 1, 256, 2000)
    yield [sigmoid(q, 8, 8) for q in arguments], [0, 69, 128, 128, 128, 187, 256]
    yield [relu(q, 8, 5) for q in (-4, 0, 3, 4, 100)], [(0, 0), (0, 0), (0, 1), (1, 1), (13, 1)]
    yield [identity(q, 8, 5)[0] for q in (-500, -100, -4, 4)], [-62, -12, 0, 1]
    pairs = [(-24, 108), (-12, 221), (0, 256), (12, 221), (31, 20)]
    yield [tanh(q, 8, 5) for q in (-256, -100, 0, 100, 500)], pairs
    pairs = [(-2, -23), (-5, -21), (-4, 52), (0, 128), (8, 204), (27, 277), (61, 279)]
    yield [gelu(q, 8, 5) for q in (-500, -256, -100, 0, 100, 256, 500)], pairs


def signature_samples():
    key = bytes.fromhex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
    signature = bytes.fromhex(
        'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b'
        'd25bf5f0595bbe24655141438e7a100b'
    )
    order = 2**252 + 27742317777372353535851937790883648493
    larger = (int.from_bytes(signature[32:], 'little') + order).to_bytes(32, 'little')
    identity_point = (1).to_bytes(32, 'little')
    yield is_signature(key, b'', signature), True
    yield is_signature(key, b'x', signature), False
    yield is_signature(key, b'', signature[:32] + larger), False
    yield is_signature(identity_point, b'', identity_point + bytes(32)), False
    seeds, message = [bytes([n]) * 32 for n in range(1, 4)], bytes(range(32))
    for signer in range(3):
        keys, first, rest = ring_signature(seeds, signer, message)
        yield is_ring_signature(keys, message, first, rest), True
        yield is_ring_signature(keys, bytes(32), first, rest), False
        yield is_ring_signature(keys[::-1], message, first, rest), False
        yield is_ring_signature([identity_point, *keys[1:]], message, first, rest), False
        larger = (int.from_bytes(rest[0], 'little') + order).to_bytes(32, 'little')
        yield is_ring_signature(keys, message, first, [larger, rest[1]]), False
        yield is_ring_signature(keys, message, first, [bytes(32), rest[1]]), False


def main():
    passed = failed = 0
    for samples in (
        transcript_samples,
        seed_samples,
        order_samples,
        start_samples,
        table_samples,
        signature_samples,
    ):
        for number, (found, expected) in enumerate(samples()):
            if found == expected:
                passed += 1
            else:
                failed += 1
                print(f'{samples.__name__}, value {number}: {found}, not {expected}')
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
