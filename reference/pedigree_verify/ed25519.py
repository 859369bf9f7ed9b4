"""Ed25519 [RFC 8032], judged as libsodium does (docs/protocol.md section 2.3).

    curve      -x^2 + y^2 = 1 + d x^2 y^2 over the field of q = 2^255 - 19 elements, d = -121665/121666
    accepted   S < order, the key in its one encoding, neither key nor R of small order, and R = S B - H(R | A | M) A

    ring       c_0 | s_0 | ... of several keys A_i of the subgroup of prime order, accepted if c_n = c_0 with
               c_{i+1} = SHA-512("pedigree ring challenge v1" | M | i u32 | s_i B + c_i A_i) mod order, no s_i, c_i zero

The equation of one key is without the cofactor, and R is compared as bytes. Libraries that multiply by the cofactor accept more.
"""

import hashlib

_Q = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _Q) % _Q
_ROOT = pow(2, (_Q - 1) // 4, _Q)


def _add(a, b):
    """Sum of two points in extended coordinates (X, Y, Z, T), x = X/Z, y = Y/Z, T = XY/Z: the complete formulas of RFC 8032."""
    p = (a[1] - a[0]) * (b[1] - b[0]) % _Q
    q = (a[1] + a[0]) * (b[1] + b[0]) % _Q
    r = 2 * a[3] * b[3] * _D % _Q
    s = 2 * a[2] * b[2] % _Q
    e, f, g, h = q - p, s - r, s + r, q + p
    return e * f % _Q, g * h % _Q, f * g % _Q, e * h % _Q


def _multiply(scalar, point):
    out = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            out = _add(out, point)
        point, scalar = _add(point, point), scalar >> 1
    return out


def _recover_x(y, sign):
    """x with x^2 = (y^2 - 1)/(d y^2 + 1) and this lowest bit; None if there is none."""
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _Q) % _Q
    x = pow(square, (_Q + 3) // 8, _Q)
    if (x * x - square) % _Q:
        x = x * _ROOT % _Q
    if (x * x - square) % _Q or (x == 0 and sign):
        return None
    return _Q - x if x & 1 != sign else x


def _decode(encoded):
    """The point of a canonical encoding, or None."""
    number = int.from_bytes(encoded, 'little')
    y, sign = number & (2**255 - 1), number >> 255
    if y >= _Q:
        return None
    x = _recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % _Q)


def _encode(point):
    inverse = pow(point[2], -1, _Q)
    x, y = point[0] * inverse % _Q, point[1] * inverse % _Q
    return (y | (x & 1) << 255).to_bytes(32, 'little')


def _is_small_order(point):
    x, y, z, _ = _multiply(8, point)
    return x % _Q == 0 and (y - z) % _Q == 0


_BASE_Y = 4 * pow(5, -1, _Q) % _Q
_BASE_X = _recover_x(_BASE_Y, 0)
_BASE = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _Q)


def encoded_multiple(scalar):
    """`scalar` times the base point, as bytes."""
    return _encode(_multiply(scalar, _BASE))


def _is_in_subgroup(point):
    """Of the order of the base point, and not its neutral element."""
    x, y, z, _ = _multiply(ORDER, point)
    return x % _Q == 0 and (y - z) % _Q == 0 and not _is_small_order(point)


def ring_challenge(message, place, point):
    digest = hashlib.sha512(b'pedigree ring challenge v1' + message + place.to_bytes(4, 'little') + point).digest()
    return int.from_bytes(digest, 'little') % ORDER


def ring_point(response, challenge, key):
    """response * base + challenge * key as bytes; None if the key is none of the subgroup."""
    point = _decode(key)
    if point is None or not _is_in_subgroup(point):
        return None
    return _encode(_add(_multiply(response, _BASE), _multiply(challenge, point)))


def is_ring_signature(keys, message, signature, rest):
    """Whether one of `keys` signed `message`: `signature` is c_0 | s_0, `rest` the list s_1, ..., each 32 bytes."""
    responses = [int.from_bytes(s, 'little') for s in [signature[32:], *rest]]
    first = challenge = int.from_bytes(signature[:32], 'little')
    for place, (key, response) in enumerate(zip(keys, responses, strict=True)):
        if not (0 < response < ORDER and 0 < challenge < ORDER):
            return False
        point = ring_point(response, challenge, key)
        if point is None:
            return False
        challenge = ring_challenge(message, place, point)
    return challenge == first


def is_signature(key, message, signature):
    """Whether `signature`, 64 bytes, is that of `key`, 32 bytes, over `message`."""
    scalar = int.from_bytes(signature[32:], 'little')
    point, first = _decode(key), _decode(signature[:32])
    if scalar >= ORDER or point is None or first is None:
        return False
    if _is_small_order(point) or _is_small_order(first):
        return False
    hashed = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), 'little') % ORDER
    negative = (_Q - point[0], point[1], point[2], _Q - point[3])
    return _encode(_add(_multiply(scalar, _BASE), _multiply(hashed, negative))) == signature[:32]
