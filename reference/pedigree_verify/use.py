"""What the steps of a run count for, and which records they use (docs/protocol.md section 2.5).

    factor of step s    C[T, s] of section 4.5, T the end of its segment; 0: the step is skipped
    used of dataset d   how many of its records are in the batch of some step that is not skipped
"""

from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from .order import Order, run_seed


@dataclass
class Use:
    """`least`, `most`: factors of the steps that are not skipped; 0 where there is none."""

    skipped: int
    least: int
    most: int
    used: list


def factors_of(impulse, period, schedule):
    """C[T, s] for each step s of a segment with these runs, pairs (count, factor): below 2^43."""
    rates = np.repeat([c for _, c in schedule], [count for count, _ in schedule]).astype(np.int64)
    steps = len(rates)
    step = np.arange(steps)
    end = (step // period + 1) * period if period else np.full(steps, steps + len(impulse))
    factors = np.zeros(steps, np.int64)
    for j, response in enumerate(impulse):
        inside = step + j < np.minimum(steps, end)
        factors[inside] += rates[step[inside] + j] * response
        # The last step of a whole period pays out what is left of the response.
        paid = (end <= steps) & (j >= end - step)
        factors[paid] += rates[end[paid] - 1] * response
    return factors


def use_of(statement, schedules):
    s = statement
    parts = [factors_of(s.impulse, s.period, schedule) for schedule in schedules]
    factors = np.concatenate(parts)
    steps = np.flatnonzero(factors)
    order, is_used = Order(s, run_seed(s)), np.zeros(s.records, bool)
    for step in steps.tolist():
        is_used[order.rows_of_step(step)] = True
    ends = list(accumulate(m.records for m in s.datasets))
    used = [int(is_used[end - m.records : end].sum()) for end, m in zip(ends, s.datasets)]
    counted = factors[steps]
    least, most = (int(counted.min()), int(counted.max())) if len(counted) else (0, 0)
    return Use(len(factors) - len(steps), least, most, used)
