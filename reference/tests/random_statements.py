"""Random statements, mostly valid or nearly so, in front of an empty or a zero proof.

Both verifiers must derive the same sizes from them: which message is cut off, where the first proof of work is missing,
whether a value could wrap. Sizes are kept small where the proof is long enough to be read.
"""

from pedigree_verify.field import K
from pedigree_verify.manifest import Manifest
from pedigree_verify.model import Model, delta_fractions
from pedigree_verify.statement import (
    ACTIVATION,
    ADD,
    CROSS_ENTROPY,
    LINEAR,
    LOGISTIC,
    MEAN_SQUARED,
    Beacon,
    Layer,
    Segment,
    Statement,
    WeightsRoot,
)
from writer import encode_file

ZERO = bytes(32)
_LONG_PROOF = 400_000


def _linear(rng, layers, widths, source, out, is_last):
    owners = [
        i
        for i, x in enumerate(layers, 1)
        if x.kind == LINEAR and x.share == 0 and x.out == out and widths[x.input] == widths[source]
    ]
    share = rng.choice(owners) if owners and rng.random() < 0.5 else 0
    frac_d = rng.randrange(1, 16)
    frac_e = 0 if is_last else frac_d + rng.randrange(6)
    layers.append(Layer(LINEAR, source, 0, out, share, 0, 0, rng.randrange(4, 14), frac_e, frac_d))
    widths.append(out)


def _layers(rng, features, outputs):
    layers, widths, source = [], [features], 0
    for _ in range(rng.choice((0, 0, 1, 1, 2, 3, 5))):
        width = rng.choice((1, 2, 3, 5, 8, 21, widths[source]))
        _linear(rng, layers, widths, source, width, False)
        frac_a = rng.randrange(layers[-1].frac_q + 1)
        layers.append(
            Layer(ACTIVATION, len(layers), 0, 0, 0, rng.randrange(4), frac_a, 0, 0, 0)
        )
        widths.append(width)
        source = len(layers)
        if rng.random() < 0.4:
            fitting = [
                i for i, x in enumerate(layers, 1) if x.kind != LINEAR and widths[i] == width
            ]
            second = rng.choice(fitting)
            frac_a = max(layers[source - 1].frac_a, layers[second - 1].frac_a)
            layers.append(Layer(ADD, source, second, 0, 0, 0, frac_a, 0, 0, 0))
            widths.append(width)
            source = len(layers)
    _linear(rng, layers, widths, source, outputs, True)
    return layers


def _fit_formats(s):
    """Moves formats towards validity, in place."""
    for _ in range(5):
        model = Model(s)
        for i in model.linear_layers():
            x = model.layer(i)
            shift = model.input_fraction(i) + model.frac_w(i) - x.frac_q
            x.frac_q = max(0, x.frac_q + min(0, shift - 1))
        reach = delta_fractions(model)
        for i in range(1, model.depth + 1):
            x = model.layer(i)
            if x.kind == ACTIVATION:
                below = model.layer(x.input)
                x.frac_a = min(x.frac_a, below.frac_q)
                below.frac_e = min(24, max(below.frac_d, max(reach[i]) - 44), max(reach[i]) - 1)
                below.frac_d = max(1, min(below.frac_d, below.frac_e))
            elif x.kind == ADD:
                x.frac_a = max(model.layer(j).frac_a for j in (x.input, x.second))


def _datasets(rng, s):
    schema = rng.randbytes(32)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        records = rng.choice((1, 2, 5, 33, rng.randrange(1, 2000)))
        s.datasets.append(
            Manifest(
                version=1,
                name=b'rows',
                records=records,
                distinct=rng.randrange(1, records + 1),
                features=s.features,
                labels=s.label_columns,
                input_bits=rng.randrange(1, s.input_bits + 1),
                content=rng.randbytes(32),
                schema=schema,
                licence=b'MIT',
                purpose=b'tests',
                valid_from=0,
                valid_until=9,
                profile=s.profile,
                opening_budget=rng.choice((1, 2, 16, rng.randrange(1, 4097))),
                root=rng.randbytes(32),
                answer=K(rng.randrange(1 << 60), 1, 2),
                licensee=ZERO,
                among=[],
                custodian=ZERO,
                signature=bytes(64),
                responses=[],
                signed_bytes=b'',
            )
        )


def _segments(rng, s):
    count = rng.choice((1, 1, 2, 3)) if s.num_impulse == 1 or s.period else 1
    for k in range(count):
        steps = rng.choice((1, 2, 3, rng.randrange(1, 40)))
        if s.period and k + 1 < count:
            steps = s.period * rng.randrange(1, 6)
        bits = rng.choice((0, 24, rng.randrange(1, 61)))
        end = WeightsRoot(rng.randbytes(32), K(1, 2, 3))
        s.segments.append(Segment(steps, bits, end))
    s.steps = sum(x.steps for x in s.segments)
    s.start_kind = rng.choice((0, 0, 1))
    s.segments[0].check_bits = rng.randrange(1, 40) if s.start_kind else 0
    s.start = WeightsRoot(rng.randbytes(32), K(5)) if s.start_kind else WeightsRoot(ZERO, K(0))
    s.start_weights = rng.randbytes(32) if s.start_kind else ZERO


def random_statement(rng):
    s = Statement.__new__(Statement)
    s.kind, s.arithmetic, s.profile = rng.choice((1, 1, 2)), 2, rng.randrange(3)
    s.openings = rng.choice((1, 16, 4096, rng.randrange(4098))) if s.kind == 2 else 0
    s.loss = rng.choice((CROSS_ENTROPY, LOGISTIC, MEAN_SQUARED))
    s.features = rng.choice((1, 2, 3, 4, 7, rng.randrange(1, 200)))
    s.outputs = 1 if s.loss == LOGISTIC else rng.choice((2, 3, 4, 10, 21))
    s.frac_x, s.input_bits, s.rate_bits = rng.randrange(8), rng.randrange(1, 9), rng.randrange(16)
    s.range_bits = rng.choice((15, rng.randrange(2, 16)))
    s.exp_bits = rng.randrange(4, 21) if s.loss == CROSS_ENTROPY else 0
    s.layers = _layers(rng, s.features, s.outputs)
    s.num_layers = len(s.layers)
    if s.loss == MEAN_SQUARED:
        s.layers[-1].frac_d = rng.randrange(1, s.layers[-1].frac_q + 1)
    s.impulse = rng.choice(([1], [1], [8, 4, 2, 1], [3, 1], [rng.randrange(1, 65536)]))
    s.num_impulse = len(s.impulse)
    s.period = rng.choice((0, rng.randrange(1, 9))) if s.num_impulse > 1 else 0
    s.datasets, s.segments = [], []
    _datasets(rng, s)
    s.holdout = rng.choice((0, 0, rng.randrange(s.records)))
    used = s.records - s.holdout
    s.batch = min(used, rng.choice((1, 2, 4, 7, 32)))
    s.shards = rng.choice((1, 1, rng.randrange(1, min(used, 20) + 1)))
    _segments(rng, s)
    s.runs = [(s.steps, rng.choice((0, 4, rng.randrange(1 << 20))))]
    s.seed = rng.randrange(1 << 64)
    s.beacon = Beacon(b'', 0, ZERO, bytes(64))
    s.publish_weights = rng.randrange(2)
    s.weights = rng.randbytes(32) if s.publish_weights else ZERO
    if rng.random() < 0.9:
        _fit_formats(s)
    return s


def random_file(rng):
    s = random_statement(rng)
    return encode_file(s, bytes(rng.choice((0, 1000, _LONG_PROOF, _LONG_PROOF))))
