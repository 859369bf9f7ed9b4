"""The field F of p = 2^64 - 2^32 + 1 elements and its extension K = F[x]/(x^3 - 2).

Scalars: F is an int in [0, p); K is the class below, c0 + c1 x + c2 x^2.
Arrays:  F is a uint64 array; K is a uint64 array whose last axis holds c0, c1, c2.

    (a b)_0 = a0 b0 + 2 (a1 b2 + a2 b1)
    (a b)_1 = a0 b1 + a1 b0 + 2 a2 b2
    (a b)_2 = a0 b2 + a1 b1 + a2 b0

A product of two words is hi 2^64 + lo, and modulo p: 2^64 = 2^32 - 1, 2^96 = -1.
"""

import numpy as np

P = 2**64 - 2**32 + 1
HALF = (P + 1) // 2

_LOW = np.uint64(2**32 - 1)
_32 = np.uint64(32)
_P = np.uint64(P)


class K:
    """An element of K. The other operand of +, -, * may be an int."""

    __slots__ = ('c0', 'c1', 'c2')

    def __init__(self, c0, c1=0, c2=0):
        self.c0, self.c1, self.c2 = c0 % P, c1 % P, c2 % P

    def words(self):
        return self.c0, self.c1, self.c2

    def __add__(self, other):
        if isinstance(other, K):
            return K(self.c0 + other.c0, self.c1 + other.c1, self.c2 + other.c2)
        if isinstance(other, int):
            return K(self.c0 + other, self.c1, self.c2)
        return NotImplemented

    def __sub__(self, other):
        if isinstance(other, K):
            return K(self.c0 - other.c0, self.c1 - other.c1, self.c2 - other.c2)
        if isinstance(other, int):
            return K(self.c0 - other, self.c1, self.c2)
        return NotImplemented

    def __mul__(self, other):
        if isinstance(other, K):
            a0, a1, a2 = self.c0, self.c1, self.c2
            b0, b1, b2 = other.c0, other.c1, other.c2
            return K(
                a0 * b0 + 2 * (a1 * b2 + a2 * b1),
                a0 * b1 + a1 * b0 + 2 * a2 * b2,
                a0 * b2 + a1 * b1 + a2 * b0,
            )
        if isinstance(other, int):
            return K(self.c0 * other, self.c1 * other, self.c2 * other)
        return NotImplemented

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other):
        return -self + other

    def __neg__(self):
        return K(-self.c0, -self.c1, -self.c2)

    def __eq__(self, other):
        return isinstance(other, K) and self.words() == other.words()

    def __hash__(self):
        return hash(self.words())


ZERO = K(0)
ONE = K(1)
GENERATOR = K(0, 1)


def powers(x, count):
    """[1, x, ..., x^(count - 1)]."""
    out, power = [], ONE
    for _ in range(count):
        out.append(power)
        power = power * x
    return out


# ---- arrays of F
def f_add(a, b):
    s = a + b
    s = np.where(s < a, s + _LOW, s)
    return np.where(s >= _P, s - _P, s)


def f_sub(a, b):
    d = a - b
    return np.where(a < b, d - _LOW, d)


def f_mul(a, b):
    a_low, a_high = a & _LOW, a >> _32
    b_low, b_high = b & _LOW, b >> _32
    low_low, low_high, high_low = a_low * b_low, a_low * b_high, a_high * b_low
    middle = (low_low >> _32) + (low_high & _LOW) + (high_low & _LOW)
    low = (low_low & _LOW) | (middle << _32)
    high = a_high * b_high + (low_high >> _32) + (high_low >> _32) + (middle >> _32)
    # low + 2^64 high = low - high_high + (2^32 - 1) high_low, high = 2^32 high_high + high_low
    top = high >> _32
    reduced = low - top
    reduced = np.where(low < top, reduced - _LOW, reduced)
    carry = (high & _LOW) * _LOW
    total = reduced + carry
    total = np.where(total < carry, total + _LOW, total)
    return np.where(total >= _P, total - _P, total)


def f_array(values):
    """Integers of any sign and size as an array of F."""
    return np.array([int(v) % P for v in values], np.uint64)


def f_from_signed(values):
    """An int64 array as an array of F."""
    values = np.asarray(values, np.int64)
    return np.where(values < 0, values.view(np.uint64) - _LOW, values.view(np.uint64))


def f_sum(a, axis=0):
    """Sum over one axis shorter than 2^31: halves of words add up below 2^63."""
    low = (a & _LOW).sum(axis=axis, dtype=np.uint64)
    high = (a >> _32).sum(axis=axis, dtype=np.uint64)
    return f_add(low % _P, f_mul(high % _P, np.asarray(1 << 32, np.uint64)))


def f_suffix_sums(a):
    """out[i] = sum of a[i], a[i + 1], ... along axis 0."""
    backwards = a[::-1]
    low = np.cumsum(backwards & _LOW, axis=0, dtype=np.uint64)
    high = np.cumsum(backwards >> _32, axis=0, dtype=np.uint64)
    return f_add(low % _P, f_mul(high % _P, np.asarray(1 << 32, np.uint64)))[::-1]


# ---- arrays of K
def k_array(values):
    """A list of scalars of K as an array [n, 3]."""
    return np.array([v.words() for v in values], np.uint64).reshape(len(values), 3)


def k_scalar(a):
    """An array [3] as a scalar."""
    return K(int(a[0]), int(a[1]), int(a[2]))


def k_times_f(a, f):
    """K array times F array of the same leading shape."""
    return f_mul(a, np.asarray(f, np.uint64)[..., None])


def k_mul(a, b):
    a0, a1, a2 = a[..., 0], a[..., 1], a[..., 2]
    b0, b1, b2 = b[..., 0], b[..., 1], b[..., 2]
    twice_0 = f_add(f_mul(a1, b2), f_mul(a2, b1))
    twice_1 = f_mul(a2, b2)
    c0 = f_add(f_mul(a0, b0), f_add(twice_0, twice_0))
    c1 = f_add(f_add(f_mul(a0, b1), f_mul(a1, b0)), f_add(twice_1, twice_1))
    c2 = f_add(f_add(f_mul(a0, b2), f_mul(a1, b1)), f_mul(a2, b0))
    return np.stack([c0, c1, c2], axis=-1)


def k_dot(a, b):
    """Scalar sum of a_i b_i, a and b arrays [n, 3]."""
    return k_scalar(f_sum(k_mul(a, b)))


def k_dot_f(a, f):
    """Scalar sum of a_i f_i, a an array [n, 3], f an F array [n]."""
    return k_scalar(f_sum(k_times_f(a, f)))
