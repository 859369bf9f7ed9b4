"""Roots of a file, their heights, and the parameters of its opening (docs/protocol.md section 5.3).

Roots in this order: segments, their ends, the named start, datasets. Roots are listed by role. Refusal: statement_size.
"""

from .layout import ROWS, dataset_height, height, weights_layout
from .parameters import opening_parameters
from .refusal import require
from .statement import NAMED


def file_height(profile, words):
    """Height of a root that the file makes for itself."""
    a = height(words, ROWS[profile].random)
    require(a is not None, 'statement_size')
    return a


def check_segment_size(profile, plan):
    """Refuses a segment whose own root or end root would be too large."""
    file_height(profile, plan.segment_words)
    file_height(profile, weights_layout(plan.program.parameters).words)


class Shape:
    """`plans`: those of the segments, in order."""

    def __init__(self, statement, plans, parameters):
        s = statement
        min_height = ROWS[s.profile].min_height
        self.num_segments, self.num_datasets = len(s.segments), len(s.datasets)
        self.has_named_start = s.start_kind == NAMED
        self.weights = weights_layout(parameters)
        segments = [file_height(s.profile, plan.segment_words) for plan in plans]
        end = file_height(s.profile, self.weights.words)
        datasets = [dataset_height(m) for m in s.datasets]
        self.heights = segments + [end] * (self.num_segments + self.has_named_start) + datasets
        self.log_rows = max(self.heights + [min_height])
        self.heights[0] = max(self.heights[0], min_height)
        self.parameters = opening_parameters(s.profile, self.log_rows, len(self.heights))

    def segment_root(self, k):
        return k

    def end_root(self, k):
        return self.num_segments + k

    def start_root(self, k):
        """Root of the committed start of segment k."""
        return self.end_root(k - 1) if k > 0 else 2 * self.num_segments

    def dataset_root(self, d):
        return 2 * self.num_segments + self.has_named_start + d

    def answered_heights(self):
        """Heights of the roots with an out-of-domain answer: all but the segments'."""
        return self.heights[self.num_segments :]
