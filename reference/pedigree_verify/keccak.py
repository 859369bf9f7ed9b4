"""Keccak-256 with the original padding 0x01 ... 0x80, the one hash of the system, from pycryptodome."""

try:
    from Crypto.Hash import keccak as _keccak
except ImportError:
    try:
        from Cryptodome.Hash import keccak as _keccak
    except ImportError:
        raise SystemExit('pycryptodome is missing: apt-get install python3-pycryptodome, or pip install pycryptodome')


def keccak256(*parts):
    """The digest, 32 bytes, of the parts one behind the other."""
    return _keccak.new(digest_bits=256, data=b''.join(parts)).digest()


def u16(n):
    return n.to_bytes(2, 'little')


def u32(n):
    return n.to_bytes(4, 'little')


def u64(n):
    return n.to_bytes(8, 'little')
