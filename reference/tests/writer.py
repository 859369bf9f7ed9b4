"""Writes statements: the inverse of pedigree_verify/statement.py, for tests that make statements of their own."""

import hashlib

from pedigree_verify import ed25519
from pedigree_verify.keccak import keccak256, u16, u32, u64
from pedigree_verify.statement import REUSABLE_RUN


EMPTY_CONTEXT = bytes(4 + 8 + 8 + 20 + 4)


def u8(n):
    return n.to_bytes(1, 'little')


def text(content):
    return u32(len(content)) + content


def element(k):
    return b''.join(map(u64, k.words()))


def digests(values):
    return u32(len(values)) + b''.join(values)


def encode_manifest(m, is_signed_part=False):
    """All fields, or those in front of the signature."""
    out = u32(m.version) + text(m.name)
    out += b''.join(map(u32, (m.records, m.distinct, m.features, m.labels))) + u8(m.input_bits)
    out += m.content + m.schema + text(m.licence) + text(m.purpose)
    out += u64(m.valid_from) + u64(m.valid_until) + u8(m.profile) + u32(m.opening_budget)
    out += m.root + element(m.answer) + m.licensee + digests(m.among) + m.custodian
    return out if is_signed_part else out + m.signature + digests(m.responses)


def encode_layer(layer):
    out = u8(layer.kind)
    out += b''.join(map(u32, (layer.input, layer.second, layer.out, layer.share)))
    fields = (layer.activation, layer.frac_a, layer.frac_q, layer.frac_e, layer.frac_d)
    return out + b''.join(map(u8, fields))


def encode_head(s):
    out = u8(s.kind) + u32(s.arithmetic) + u8(s.profile) + u32(s.features) + u32(s.outputs)
    out += b''.join(
        map(u8, (s.frac_x, s.input_bits, s.range_bits, s.exp_bits, s.rate_bits, s.loss))
    )
    return out + u32(s.num_layers) + b''.join(map(encode_layer, s.layers))


def encode_statement(s):
    """With an empty context."""
    out = encode_head(s) + u32(s.num_impulse) + b''.join(map(u16, s.impulse))
    out += u32(len(s.runs)) + b''.join(u32(count) + u32(factor) for count, factor in s.runs)
    out += b''.join(map(u32, (s.period, s.holdout, s.batch, s.steps, s.shards))) + u64(s.seed)
    out += u32(len(s.datasets)) + b''.join(map(encode_manifest, s.datasets))
    out += encode_beacon(s.beacon)
    out += u8(s.start_kind) + s.start.root + element(s.start.answer) + s.start_weights
    out += u32(len(s.segments))
    for x in s.segments:
        out += u32(x.steps) + u8(x.check_bits) + x.end.root + element(x.end.answer)
    out += u32(s.openings) if s.kind == REUSABLE_RUN else b''
    out += u8(s.publish_weights) + s.weights
    return out + EMPTY_CONTEXT


def encode_matrix(x):
    return u8(x.visibility) + x.digest + u32(len(x.cells)) + x.cells.astype('<i4').tobytes()


def encode_list(items, encode):
    return u32(len(items)) + b''.join(map(encode, items))


def encode_beacon(x):
    return text(x.source) + u64(x.round) + x.value + x.signature


def encode_weights_fields(s):
    out = encode_head(s) + s.weights.root + element(s.weights.answer)
    return out + u32(s.openings) + u8(s.weight_bits) + u8(s.shows_range)


def encode_score(s):
    """With an empty context."""
    x = s.kind_fields
    out = encode_weights_fields(s) + encode_manifest(x.test) + encode_list(x.training, encode_manifest)
    out += u8(x.metric) + u8(x.exact) + u64(x.value) + encode_list(x.confusion, u32) + u32(x.drawn)
    return out + encode_beacon(x.beacon) + u32(x.ticket.number) + x.ticket.signature + EMPTY_CONTEXT


def encode_origins(s):
    """With an empty context."""
    out = u8(s.kind) + u32(s.arithmetic) + u8(s.profile) + encode_list(s.datasets, encode_manifest)
    out += u32(s.samples) + encode_matrix(s.records)
    return out + encode_list(s.hits, lambda hit: u32(hit[0]) + u32(hit[1])) + EMPTY_CONTEXT


def encode_claim(s):
    """With an empty context."""
    out, fields = encode_weights_fields(s), s.kind_fields
    out += u32(fields.samples) + encode_matrix(fields.inputs) + encode_matrix(fields.outputs)
    return out + EMPTY_CONTEXT


def encode_file(s, proof, encode=encode_statement):
    statement = encode(s)
    return b'PEDIGREE' + u16(2) + u16(0) + u32(len(statement)) + statement + proof


def secret_scalar(seed):
    """(its first half as a number, the second half) of RFC 8032 section 5.1.5."""
    digest = hashlib.sha512(seed).digest()
    return int.from_bytes(digest[:32], 'little') & (1 << 254) - 8 | 1 << 254, digest[32:]


def signature(seed, message):
    """(public key, Ed25519 signature) of RFC 8032 section 5.1.6 for a secret of 32 bytes."""
    secret, prefix = secret_scalar(seed)
    key = ed25519.encoded_multiple(secret)
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), 'little') % ed25519.ORDER
    first = ed25519.encoded_multiple(r)
    k = int.from_bytes(hashlib.sha512(first + key + message).digest(), 'little')
    return key, first + ((r + k * secret) % ed25519.ORDER).to_bytes(32, 'little')


def ring_signature(seeds, signer, message):
    """(keys, c_0 | s_0, list of the other responses) by seeds[signer], keys in the order of the seeds. Draws from the seeds."""
    keys = [ed25519.encoded_multiple(secret_scalar(seed)[0]) for seed in seeds]
    count = len(seeds)

    def drawn(place):
        digest = hashlib.sha512(b'drawn' + u32(place) + message + b''.join(seeds)).digest()
        return int.from_bytes(digest, 'little') % ed25519.ORDER

    responses, challenges = [drawn(place) for place in range(count)], [0] * count
    point = ed25519.encoded_multiple(drawn(count))
    for step in range(count):
        place = (signer + step) % count
        if step:
            point = ed25519.ring_point(responses[place], challenges[place], keys[place])
        challenges[(place + 1) % count] = ed25519.ring_challenge(message, place, point)
    secret, _ = secret_scalar(seeds[signer])
    responses[signer] = (drawn(count) - challenges[signer] * secret) % ed25519.ORDER
    words = [number.to_bytes(32, 'little') for number in [challenges[0], *responses]]
    return keys, words[0] + words[1], words[2:]


def signed_beacon(seed, source, number, value):
    """(public key, signature) of a beacon."""
    message = keccak256(b'pedigree beacon v1', text(source), u64(number), value)
    return signature(seed, message)
