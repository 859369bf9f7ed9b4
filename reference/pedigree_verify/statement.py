"""The file's header and the statement (docs/protocol.md sections 2 and 2.1): parsed here, judged in rules.py.

    "PEDIGREE" | major u16 = 2 | minor u16 = 0 | length u32 | statement, `length` bytes | proof, to the end

Refusals, in this order: file_magic, read_past_end, file_version, then those of codec.py, trailing_bytes.
"""

from dataclasses import dataclass

from .codec import Decoder
from .field import K
from .manifest import read_manifest
from .refusal import require

MAGIC = b'PEDIGREE'
VERSION = b'\2\0\0\0'
HEADER = 16
MAX_LAYERS = 64
MAX_IMPULSE = 64
MAX_RUNS = 1 << 16
MAX_DATASETS = 32
MAX_SEGMENTS = 256

CROSS_ENTROPY, LOGISTIC, MEAN_SQUARED = 1, 2, 3
LINEAR, ACTIVATION, ADD = 1, 2, 3
IDENTITY, RELU, TANH, GELU = 0, 1, 2, 3
SEEDED, NAMED = 0, 1
RUN, REUSABLE_RUN = 1, 2  # kinds; others are those of claims


@dataclass
class Layer:
    kind: int
    input: int
    second: int
    out: int
    share: int
    activation: int
    frac_a: int
    frac_q: int
    frac_e: int
    frac_d: int


@dataclass
class WeightsRoot:
    """A root of weights and its out-of-domain answer."""

    root: bytes
    answer: K


@dataclass
class Segment:
    steps: int
    check_bits: int
    end: WeightsRoot


@dataclass
class Beacon:
    source: bytes
    round: int
    value: bytes
    signature: bytes


@dataclass
class Statement:
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
    num_impulse: int
    impulse: list
    runs: list  # pairs (count, factor)
    period: int
    holdout: int
    batch: int
    steps: int
    shards: int
    seed: int
    datasets: list
    beacon: Beacon
    start_kind: int
    start: WeightsRoot
    start_weights: bytes
    segments: list
    openings: int  # claims that the last end may be opened for
    publish_weights: int
    weights: bytes
    context_text: bytes
    encoded: bytes

    @property
    def records(self):
        return sum(m.records for m in self.datasets)

    @property
    def label_columns(self):
        """Columns that the loss reads as labels."""
        return 1 if self.loss == LOGISTIC else self.outputs


def split_file(data):
    """The bytes of the statement and the offset of the proof."""
    require(data[:8] == MAGIC, 'file_magic')
    require(len(data) >= HEADER, 'read_past_end')
    require(data[8:12] == VERSION, 'file_version')
    length = int.from_bytes(data[12:HEADER], 'little')
    require(length <= len(data) - HEADER, 'read_past_end')
    return data[HEADER : HEADER + length], HEADER + length


def _read_layer(d):
    return Layer(
        kind=d.u8(),
        input=d.u32(),
        second=d.u32(),
        out=d.u32(),
        share=d.u32(),
        activation=d.u8(),
        frac_a=d.u8(),
        frac_q=d.u8(),
        frac_e=d.u8(),
        frac_d=d.u8(),
    )


def read_weights_root(d):
    return WeightsRoot(root=d.take(32), answer=d.element())


def _read_segment(d):
    return Segment(steps=d.u32(), check_bits=d.u8(), end=read_weights_root(d))


def read_beacon(d):
    return Beacon(source=d.text(128), round=d.u64(), value=d.take(32), signature=d.take(64))


def read_list(d, limit, read):
    return [read(d) for _ in range(d.length(limit))]


def _read_counted(d, limit, read):
    """A count, judged later, and at most `limit` elements."""
    count = d.u32()
    return count, [read(d) for _ in range(min(count, limit))]


def read_flag(d):
    flag = d.u8()
    d.demand(flag <= 1)
    return flag


def read_context(d):
    """Bound by the transcript; its text, which may name a test set."""
    d.text(256)
    d.take(8 + 8 + 20)
    return d.text(1024)


def read_head(d):
    """The fields from the kind to the layers, which runs and claims have alike."""
    fields = {}
    for name, size in (
        ('kind', 1),
        ('arithmetic', 4),
        ('profile', 1),
        ('features', 4),
        ('outputs', 4),
        ('frac_x', 1),
        ('input_bits', 1),
        ('range_bits', 1),
        ('exp_bits', 1),
        ('rate_bits', 1),
        ('loss', 1),
    ):
        fields[name] = d.integer(size)
    fields['num_layers'], fields['layers'] = _read_counted(d, MAX_LAYERS, _read_layer)
    return fields


def parse_statement(encoded):
    """The statement of a run; also of a kind that does not exist, which is refused later."""
    d = Decoder(encoded)
    fields = read_head(d)
    fields['num_impulse'], fields['impulse'] = _read_counted(d, MAX_IMPULSE, Decoder.u16)
    fields['runs'] = read_list(d, MAX_RUNS, lambda d: (d.u32(), d.u32()))
    for name in ('period', 'holdout', 'batch', 'steps', 'shards'):
        fields[name] = d.u32()
    fields['seed'] = d.u64()
    fields['datasets'] = read_list(d, MAX_DATASETS, read_manifest)
    fields['beacon'] = read_beacon(d)
    fields['start_kind'] = d.u8()
    fields['start'] = read_weights_root(d)
    fields['start_weights'] = d.take(32)
    fields['segments'] = read_list(d, MAX_SEGMENTS, _read_segment)
    fields['openings'] = d.u32() if fields['kind'] == REUSABLE_RUN else 0
    fields['publish_weights'] = read_flag(d)
    fields['weights'] = d.take(32)
    fields['context_text'] = read_context(d)
    d.finish()
    return Statement(**fields, encoded=encoded)
