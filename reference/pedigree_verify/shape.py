"""Roots of a file, their heights, and the parameters of its opening (docs/protocol.md section 5.3).

Roots in this order: the first of each segment, the second of those that have one, likewise the pushforwards, their ends, the named
start, datasets. Roots are listed by role. Refusal: statement_size.
"""

from .layout import MOST_ROOTS, OWN_PARTS, ROWS, dataset_height, height, segment_layout, weights_layout
from .parameters import opening_parameters
from .refusal import require
from .statement import NAMED


def file_height(profile, words, openings=0):
    """Height of a root that the file makes for itself; `openings`: claims that it may be opened for later."""
    rows = ROWS[profile]
    a = height(words, rows.random + rows.queries * openings)
    require(a is not None, 'statement_size')
    return a


def _sized(layout):
    require(layout is not None, 'statement_size')
    return layout


def check_segment_size(profile, plan, openings):
    """Refuses a segment whose own root or end root would be too large."""
    _sized(segment_layout(profile, plan))
    file_height(profile, weights_layout(plan.program.parameters).words, openings)


class Shape:
    """Heights of the roots by role; `segments`: layouts of the segments; `weights`: that of ends and starts."""

    def __init__(self, profile, weights, segments, ends, starts, datasets):
        min_height = ROWS[profile].min_height
        self.segments, self.weights = segments, weights
        self.num_segments, self.num_ends, self.num_datasets = len(segments), len(ends), len(datasets)
        self.has_named_start = bool(starts)
        # Pairs (part, segment) in the order of the file.
        self.own = [(part, k) for part in OWN_PARTS for k, x in enumerate(segments) if part in x.heights]
        self.num_own = len(self.own)
        self.heights = [segments[k].heights[part] for part, k in self.own] + ends + starts + datasets
        require(len(self.heights) <= MOST_ROOTS, 'statement_size')
        self.log_rows = max(self.heights + [min_height])
        self.heights[0] = max(self.heights[0], min_height)
        self.parameters = opening_parameters(profile, self.log_rows, len(self.heights))

    def own_root(self, k, part):
        return self.own.index((part, k))

    def end_root(self, k):
        return self.num_own + k

    def start_root(self, k):
        """Root of the committed start of segment k."""
        return self.end_root(k - 1) if k > 0 else self.num_own + self.num_ends

    def dataset_root(self, d):
        return self.num_own + self.num_ends + self.has_named_start + d

    def answered_heights(self):
        """Heights of the roots with an out-of-domain answer: all but the segments'."""
        return self.heights[self.num_own :]


def run_shape(s, plans, parameters):
    """`plans`: those of the segments, in order."""
    weights = weights_layout(parameters)
    inner = file_height(s.profile, weights.words)
    last = file_height(s.profile, weights.words, s.openings)
    return Shape(
        s.profile,
        weights,
        segments=[segment_layout(s.profile, plan) for plan in plans],
        ends=[inner] * (len(plans) - 1) + [last],
        starts=[inner] * (s.start_kind == NAMED),
        datasets=[dataset_height(m) for m in s.datasets],
    )


def claim_shape(s, plan, parameters):
    """The root of the weights takes the part of a named start; a claim on none has no parameters."""
    weights = weights_layout(parameters)
    return Shape(
        s.profile,
        weights,
        segments=[_sized(segment_layout(s.profile, plan))],
        ends=[],
        starts=[file_height(s.profile, weights.words, s.openings)] if parameters else [],
        datasets=[dataset_height(m) for m in s.datasets],
    )
