"""What every claim on a run's weights has alike (docs/claims.md sections 2.1 to 2.3): statement and program.

The root of the weights takes the part of a named start; the last layer's value q is in [-3 2^R, 2^R).
"""

from dataclasses import dataclass

from ..bounds import Bounds
from ..codec import Decoder
from ..compiler import Forward
from ..model import check_model
from ..multilinear import clog
from ..refusal import require
from ..rules import check_openings, check_version
from ..statement import LOGISTIC, WeightsRoot, read_context, read_flag, read_head, read_weights_root
from .claim import Kind

_MAX_WEIGHT_BITS = 60


@dataclass
class ClaimStatement:
    """`kind_fields`: what the kind has of its own."""

    kind: int
    arithmetic: int
    profile: int
    features: int
    outputs: int
    frac_x: int
    input_bits: int
    range_bits: int
    exp_bits: int
    rate_bits: int
    loss: int
    num_layers: int
    layers: list
    weights: WeightsRoot
    openings: int
    weight_bits: int
    shows_range: int
    kind_fields: object
    encoded: bytes
    datasets: tuple = ()

    @property
    def label_columns(self):
        """Columns that the loss reads as labels."""
        return 1 if self.loss == LOGISTIC else self.outputs


class KindOnWeights(Kind):
    """A kind of claim on the weights of a run; each method here is a part in which these differ."""

    def read(self, d):
        """The kind's fields."""

    def datasets(self, fields):
        """The manifests among them."""
        return ()

    def check(self, s):
        """Judges the kind's fields, in their order."""

    def inputs(self, forward):
        """Emits layer 0."""

    def more(self, forward, q):
        """Emits what follows the forward pass, whose value is q; the shows."""
        return []

    def check_bounds(self, s):
        """Bounds of the kind's own, judged before those of the program."""

    def parse(self, encoded):
        d = Decoder(encoded)
        fields = read_head(d)
        fields['weights'] = read_weights_root(d)
        fields['openings'] = d.u32()
        fields['weight_bits'] = d.u8()
        fields['shows_range'] = read_flag(d)
        fields['kind_fields'] = self.read(d)
        read_context(d)
        d.finish()
        return ClaimStatement(**fields, datasets=self.datasets(fields['kind_fields']), encoded=encoded)

    def judge(self, s):
        check_version(s)
        model = check_model(s)
        check_openings(s.openings)
        require(1 <= s.weight_bits <= _MAX_WEIGHT_BITS, 'statement_range')
        self.check(s)
        program, shows = self._compile(s, model)
        self.check_bounds(s)
        Bounds(s, program, [1 << s.weight_bits] * len(program.parameters))
        return program, shows

    def _compile(self, s, model):
        forward = Forward(s, model, 0, clog(self.samples(s)))
        self.inputs(forward)
        q = forward.layers()
        b = forward.b
        b.range(b.affine([(1, q)], 3 * forward.half_range), s.range_bits + 2)
        shows = self.more(forward, q)
        if s.shows_range:
            forward.check_start(s.weight_bits)
        return b.program, shows

    def rests_on_run(self, s):
        return not s.shows_range
