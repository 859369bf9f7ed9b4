"""How much of a step's gradient the weights hold at a point of time (docs/protocol.md sections 4.5 and 6.5).

    L(s) = sum_{j: s+j < min(T, e_s)} c_(s+j) mu_j after(s + j + 1)
           + [P > 0, e_s <= T] after(e_s) c_(e_s - 1) sum_{j >= e_s - s} mu_j

    after(v) = sum_{u >= v} eq(time, u); 1 for the weights at the end. e_s is the end of the period of step s.
"""

import numpy as np

from .field import (
    K,
    ONE,
    ZERO,
    f_add,
    f_array,
    f_mul,
    f_suffix_sums,
    k_array,
    k_dot,
    k_dot_f,
    k_times_f,
)
from .multilinear import eq_table


def response_at(s, schedule, time, steps):
    """L~ at the point `steps`. `schedule`: pairs (count, factor c); `time`: a point, or None for the end."""
    counts, factors = zip(*schedule)
    count, table = sum(counts), eq_table(steps)
    after = _after(time, count)
    moved = k_times_f(after[1:], np.repeat(f_array(factors), counts))  # c_u after(u + 1), u a step
    ends = np.full(count, count)
    if s.period:
        ends = (np.arange(count) // s.period + 1) * s.period
    response = np.zeros((count, 3), np.uint64)
    for j, mu in enumerate(s.impulse[:count]):
        is_inside = np.arange(j, count) < ends[: count - j]
        term = f_mul(moved[j:], np.uint64(mu)) * is_inside[:, None]
        response[: count - j] = f_add(response[: count - j], term)
    return k_dot(response, table[:count]) + _paid_out_at(s, moved, table)


def _paid_out_at(s, moved, table):
    """The second term of L~: what the last step of each whole period pays out."""
    total = ZERO
    if not s.period:
        return total
    tails = np.cumsum(np.array(s.impulse[::-1], np.uint64))[::-1]  # sum of mu_j over j >= i
    for end in range(s.period, len(moved) + 1, s.period):
        first = max(end - s.period, end - len(tails) + 1)
        ahead = end - np.arange(first, end)
        paid = k_dot_f(table[first:end], tails[ahead])
        total = total + paid * K(*map(int, moved[end - 1]))
    return total


def _after(time, count):
    """Array [count + 1, 3] of after(0) ... after(count)."""
    if time is None:
        return k_array([ONE] * (count + 1))
    sums = f_suffix_sums(eq_table(time))
    if count + 1 > len(sums):
        sums = np.concatenate([sums, k_array([ZERO])])
    return sums[: count + 1]
