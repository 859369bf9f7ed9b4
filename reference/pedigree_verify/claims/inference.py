"""Kind 3: what the committed weights answer to inputs (docs/claims.md section 3).

Inputs and outputs are matrices; an output is a score of the last layer.
"""

from dataclasses import dataclass

from ..refusal import require
from .matrix import MAX_SAMPLES, SHOWN, Matrix, check_matrix, read_matrix, shows_of
from .weights import KindOnWeights


@dataclass
class Fields:
    samples: int
    inputs: Matrix
    outputs: Matrix


class Inference(KindOnWeights):
    def read(self, d):
        return Fields(d.u32(), read_matrix(d), read_matrix(d))

    def check(self, s):
        x = s.kind_fields
        require(1 <= x.samples <= MAX_SAMPLES, 'statement_range')
        check_matrix(x.inputs, x.samples * s.features, s.input_bits)
        check_matrix(x.outputs, x.samples * s.outputs, s.range_bits + 2)

    def samples(self, s):
        return s.kind_fields.samples

    def matrices(self, s):
        x = s.kind_fields
        return {'inputs': (x.inputs, s.features), 'outputs': (x.outputs, s.outputs)}

    def inputs(self, forward):
        s = forward.statement
        x = forward.values[0] = forward.b.input(s.features, 1 << s.input_bits)
        if s.kind_fields.inputs.visibility != SHOWN:
            forward.range_signed(x, s.input_bits)

    def more(self, forward, q):
        shows, tensors = [], {'inputs': forward.values[0], 'outputs': q}
        for name, (matrix, columns) in self.matrices(forward.statement).items():
            shows += shows_of(forward.b, name, matrix, columns, tensors[name])
        return shows
