"""Files of weights: published ones and those of a named start (docs/protocol.md section 8).

    u64 header length | JSON header, padded with blanks to a multiple of 8 bytes | values, binary64, weights as [out][in]

A file is accepted if its digest is the statement's, its header is the canonical one, each value is integer 2^-frac_w with
|integer| < 2^53, and for each parameter

    sum_{i < in, o < out} eq(in point, i) eq(out point, o) integer(i, o) = y        y of section 6.5

Refusals: weights_not_published, weights_digest, weights_shape, weights_grid, weights_differ.
"""

import json

import numpy as np

from .field import f_from_signed
from .form import matrix_at
from .keccak import keccak256, u64
from .refusal import require
from .statement import NAMED

_VALUE = 8
_LARGEST = 2.0**53


def check_published(accepted, content):
    """Whether `content` holds the weights that the accepted proof publishes."""
    s = accepted.statement
    require(s.publish_weights, 'weights_not_published')
    _check(accepted.parameters, accepted.ends, s.weights, content)


def check_start(accepted, content):
    """Whether `content` holds the weights that the accepted run began from."""
    s = accepted.statement
    require(s.start_kind == NAMED, 'weights_not_published')
    _check(accepted.parameters, accepted.starts, s.start_weights, content)


def _check(parameters, published, digest, content):
    require(keccak256(content) == digest, 'weights_digest')
    header = _header(parameters)
    size = sum(p.inputs * p.outputs for p in parameters) * _VALUE
    require(content.startswith(header) and len(content) == len(header) + size, 'weights_shape')
    values = np.frombuffer(content, '<f8', offset=len(header))
    matrices, first = [], 0
    for p in parameters:
        count = p.inputs * p.outputs
        matrices.append(_integers(values[first : first + count], p))
        first += count
    for claim in published:
        value = matrix_at(matrices[claim.index], claim.inputs, claim.outputs)
        require(value == claim.value, 'weights_differ')


def _header(parameters):
    """Length and JSON, in the one encoding that is accepted."""
    entries, first = {'__metadata__': {'format': 'pt'}}, 0
    for p in parameters:
        last = first + p.inputs * p.outputs * _VALUE
        name = f'{p.layer - 1}.{"bias" if p.is_bias else "weight"}'
        shape = [p.outputs] if p.is_bias else [p.outputs, p.inputs]
        entries[name] = {'dtype': 'F64', 'shape': shape, 'data_offsets': [first, last]}
        first = last
    text = json.dumps(entries, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)
    return u64(len(text)) + text


def _integers(values, p):
    """The F array [in, out] of the integers of a parameter."""
    with np.errstate(over='ignore', invalid='ignore'):
        scaled = values * 2.0**p.frac
        is_on_grid = (scaled == np.floor(scaled)) & (np.abs(scaled) < _LARGEST)
    is_minus_zero = (values == 0) & np.signbit(values)
    require(is_on_grid.all() and not is_minus_zero.any(), 'weights_grid')
    return f_from_signed(scaled.astype(np.int64)).reshape(p.outputs, p.inputs).T
