"""What a custodian says of a dataset (docs/protocol.md section 2.3), its digest and its signature.

    digest      Keccak-256("pedigree manifest v1" | all fields in front of the signature, encoded)
    signature   Ed25519 by `custodian` over the digest; zero for a declared dataset, whose custodian is zero
    ring        where `among` has keys, one of them signed; custodian = Keccak-256("pedigree ring v1" | keys)

Refusals: manifest_fields, manifest_signature.
"""

from dataclasses import dataclass

from .ed25519 import is_ring_signature, is_signature
from .field import K
from .keccak import keccak256
from .layout import ROWS, dataset_height
from .refusal import require

ZERO_DIGEST = bytes(32)
MAX_RECORDS = 1 << 24
MAX_WIDTH = 1 << 16
MAX_INPUT_BITS = 20
MAX_RING = 32
_LICENCE_BYTES = frozenset(
    b'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-() '
)


@dataclass
class Manifest:
    version: int
    name: bytes
    records: int
    distinct: int
    features: int
    labels: int
    input_bits: int
    content: bytes
    schema: bytes
    licence: bytes
    purpose: bytes
    valid_from: int
    valid_until: int
    profile: int
    opening_budget: int
    root: bytes
    answer: K
    licensee: bytes
    among: list
    custodian: bytes
    signature: bytes
    responses: list
    signed_bytes: bytes

    @property
    def is_declared(self):
        return self.custodian == ZERO_DIGEST

    @property
    def signers(self):
        """The keys that may have signed."""
        return self.among or ([] if self.is_declared else [self.custodian])


def _read_digests(d, limit):
    return [d.take(32) for _ in range(d.length(limit))]


def read_manifest(d):
    start = d.offset
    fields = dict(
        version=d.u32(),
        name=d.text(128),
        records=d.u32(),
        distinct=d.u32(),
        features=d.u32(),
        labels=d.u32(),
        input_bits=d.u8(),
        content=d.take(32),
        schema=d.take(32),
        licence=d.text(64),
        purpose=d.text(256),
        valid_from=d.u64(),
        valid_until=d.u64(),
        profile=d.u8(),
        opening_budget=d.u32(),
        root=d.take(32),
        answer=d.element(),
        licensee=d.take(32),
        among=_read_digests(d, MAX_RING),
        custodian=d.take(32),
    )
    signed_bytes = d.data[start : d.offset]
    return Manifest(
        **fields, signature=d.take(64), responses=_read_digests(d, MAX_RING - 1), signed_bytes=signed_bytes
    )


def _is_label(text):
    """Not empty, no control byte."""
    return len(text) > 0 and all(byte >= 0x20 and byte != 0x7F for byte in text)


def _is_ring(m):
    """Two keys or more, rising, under their digest, with a response for each."""
    if not m.among:
        return not m.responses
    is_rising = all(a < b for a, b in zip(m.among, m.among[1:]))
    is_named = m.custodian == keccak256(b'pedigree ring v1', *m.among)
    return len(m.among) >= 2 and len(m.responses) + 1 == len(m.among) and is_rising and is_named


def check_manifest(m):
    """A manifest by itself."""
    require(m.version == 1, 'manifest_fields')
    require(_is_label(m.name) and _is_label(m.purpose), 'manifest_fields')
    require(1 <= m.records <= MAX_RECORDS and 1 <= m.distinct <= m.records, 'manifest_fields')
    require(1 <= m.features <= MAX_WIDTH and 1 <= m.labels <= MAX_WIDTH, 'manifest_fields')
    require(1 <= m.input_bits <= MAX_INPUT_BITS, 'manifest_fields')
    require(len(m.licence) > 0 and _LICENCE_BYTES.issuperset(m.licence), 'manifest_fields')
    require(m.valid_from <= m.valid_until, 'manifest_fields')
    require(m.profile < len(ROWS), 'manifest_fields')
    require(1 <= m.opening_budget <= 4096, 'manifest_fields')
    require(dataset_height(m) is not None, 'manifest_fields')
    require(_is_ring(m), 'manifest_fields')
    if m.is_declared:
        require(m.licensee == ZERO_DIGEST and m.signature == bytes(64), 'manifest_fields')
        return
    digest = keccak256(b'pedigree manifest v1', m.signed_bytes)
    if m.among:
        is_right = is_ring_signature(m.among, digest, m.signature, m.responses)
    else:
        is_right = is_signature(m.custodian, digest, m.signature)
    require(is_right, 'manifest_signature')
