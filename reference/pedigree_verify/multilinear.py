"""Equality polynomials and sums of them over a prefix of the cube (docs/protocol.md section 1).

    eq(r, x)              = prod_i (x_i ? r_i : 1 - r_i)           x an index, bit 0 belongs to r_0
    eq(a, b)              = prod_i (1 - a_i - b_i + 2 a_i b_i)
    prefix(r, n)          = sum_{x<n} eq(r, x)
    prefix_eq(a, b, n)    = sum_{x<n} eq(a, x) eq(b, x)
    prefix_power(z, r, n) = sum_{x<n} z^x eq(r, x)

For n < 2^|r| the indices below n are cut at the set bits 2^i of n: those of bit i share the bits (n >> i) - 1 from i on,
and take every value in the bits below.
"""

import numpy as np

from .field import ONE, ZERO, f_sub, k_array, k_mul


_SCALAR_BITS = 6


def clog(n):
    """ceil(log2 n), n >= 1."""
    return (n - 1).bit_length()


def eq_index(r, x):
    """eq(r, x) for a point r of scalars and an index x < 2^|r|."""
    out = ONE
    for i, coordinate in enumerate(r):
        out = out * (coordinate if x >> i & 1 else 1 - coordinate)
    return out


def eq_points(a, b):
    """eq(a, b) for two points of one length."""
    out = ONE
    for s, t in zip(a, b):
        product = s * t
        out = out * (1 - s - t + product + product)
    return out


def eq_table(r):
    """Array [2^|r|, 3] of eq(r, x), x ascending. Short ones are faster one by one."""
    scalars = [ONE]
    for coordinate in r[:_SCALAR_BITS]:
        high = [x * coordinate for x in scalars]
        scalars = [x - y for x, y in zip(scalars, high)] + high
    table = k_array(scalars)
    for coordinate in r[_SCALAR_BITS:]:
        high = k_mul(table, k_array([coordinate]))
        table = np.concatenate([f_sub(table, high), high])
    return table


def _set_bits(n):
    return [i for i in range(n.bit_length()) if n >> i & 1]


def prefix(r, n):
    if n >= 1 << len(r):
        return ONE
    return sum((eq_index(r[i:], (n >> i) - 1) for i in _set_bits(n)), ZERO)


def prefix_eq(a, b, n):
    if n >= 1 << len(a):
        return eq_points(a, b)
    total = ZERO
    for i in _set_bits(n):
        high = (n >> i) - 1
        total = total + eq_points(a[:i], b[:i]) * eq_index(a[i:], high) * eq_index(b[i:], high)
    return total


def power_factor(r, z_powers):
    """prod_j (1 + r_j (z^(2^j) - 1)), z_powers[j] = z^(2^j): the extension of (1, z, z^2, ...) at r."""
    out = ONE
    for coordinate, z_power in zip(r, z_powers):
        out = out * (coordinate * (z_power - 1) + 1)
    return out


def repeated_squares(z, count):
    """[z, z^2, z^4, ...], `count` of them."""
    out = []
    for _ in range(count):
        out.append(z)
        z = z * z
    return out


def power(z, exponent):
    out, square = ONE, z
    while exponent:
        if exponent & 1:
            out = out * square
        square, exponent = square * square, exponent >> 1
    return out


def prefix_power(z, r, n):
    squares = repeated_squares(z, len(r))
    if n >= 1 << len(r):
        return power_factor(r, squares)
    total = ZERO
    for i in _set_bits(n):
        high = (n >> i) - 1
        total = total + power_factor(r[:i], squares) * eq_index(r[i:], high) * power(z, high << i)
    return total


