"""Roots of a file, their heights, and the parameters of its opening (docs/protocol.md section 5.3).

Roots in this order: segments, their ends, the named start, datasets. Roots are listed by role. Refusal: statement_size.
"""

from .layout import ROWS, dataset_height, height, weights_layout
from .parameters import opening_parameters
from .refusal import require
from .statement import NAMED


def file_height(profile, words, openings=0):
    """Height of a root that the file makes for itself; `openings`: claims that it may be opened for later."""
    rows = ROWS[profile]
    a = height(words, rows.random + rows.queries * openings)
    require(a is not None, 'statement_size')
    return a


def check_segment_size(profile, plan, openings):
    """Refuses a segment whose own root or end root would be too large."""
    file_height(profile, plan.segment_words)
    file_height(profile, weights_layout(plan.program.parameters).words, openings)


class Shape:
    """Heights of the roots by role; `weights`: the layout of ends and starts."""

    def __init__(self, profile, weights, segments, ends, starts, datasets):
        min_height = ROWS[profile].min_height
        self.weights = weights
        self.num_segments, self.num_ends, self.num_datasets = len(segments), len(ends), len(datasets)
        self.has_named_start = bool(starts)
        self.heights = segments + ends + starts + datasets
        self.log_rows = max(self.heights + [min_height])
        self.heights[0] = max(self.heights[0], min_height)
        self.parameters = opening_parameters(profile, self.log_rows, len(self.heights))

    def segment_root(self, k):
        return k

    def end_root(self, k):
        return self.num_segments + k

    def start_root(self, k):
        """Root of the committed start of segment k."""
        return self.end_root(k - 1) if k > 0 else self.num_segments + self.num_ends

    def dataset_root(self, d):
        return self.num_segments + self.num_ends + self.has_named_start + d

    def answered_heights(self):
        """Heights of the roots with an out-of-domain answer: all but the segments'."""
        return self.heights[self.num_segments :]


def run_shape(s, plans, parameters):
    """`plans`: those of the segments, in order."""
    weights = weights_layout(parameters)
    inner = file_height(s.profile, weights.words)
    last = file_height(s.profile, weights.words, s.openings)
    return Shape(
        s.profile,
        weights,
        segments=[file_height(s.profile, plan.segment_words) for plan in plans],
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
        segments=[file_height(s.profile, plan.segment_words)],
        ends=[],
        starts=[file_height(s.profile, weights.words, s.openings)] if parameters else [],
        datasets=[dataset_height(m) for m in s.datasets],
    )
