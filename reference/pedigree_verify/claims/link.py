"""What a reader adds to a claim (docs/claims.md section 6): the proof of the run, files of cells, a policy.

Unless it shows the range of the weights itself, names no datasets of its run, and nothing is asked of the run, a claim is
`claim_run` until the proof of the run is there: accepted under the same policy, with the same weights in its last end, and
small enough ones; then what the kind adds, `claim_data`.

    cells   {"version": 1, "nonce": 64 hexadecimal digits, "pad": 48, "columns": N, "cells": [...]}
    digest  Keccak-256("pedigree cells v1" | nonce | pad, three words | samples u32 | columns u32 | cells i32)

The pad's digits are its three words, 16 digits each, the highest first. Refusals: policy_bits, claim_weights, claim_model,
claim_bounds, claim_data, claim_cells, claim_run.
"""

import json
import re
from dataclasses import dataclass

import numpy as np

from ..field import K, P
from ..identity import weights_identity
from ..keccak import keccak256, u32, u64
from ..parameters import worst_bits
from ..refusal import Refusal, require
from .shows import cells_at

_INT32 = range(-(1 << 31), 1 << 31)


class CellsError(Exception):
    """A file of cells that is none."""


@dataclass
class Cells:
    nonce: bytes
    pad: tuple
    cells: list


def claimed_weights(claim):
    """Their identity."""
    s = claim.statement
    return weights_identity(s.weights, claim.parameters, s.profile, s.openings)


def is_unseen(policy, claim):
    """Whether the claim waits for the proof of its run; refuses what a policy asks of the claim itself."""
    require(worst_bits(claim.terms) >= policy.bits, 'policy_bits')
    is_asked = claim.kind.check_policy(policy, claim.statement)
    return is_asked or claim.kind.rests_on_run(claim.statement) or policy.asks_of_a_run()


def _model(s):
    sizes = s.features, s.outputs, s.frac_x, s.input_bits, s.range_bits, s.exp_bits, s.rate_bits, s.loss
    return sizes, s.layers


def check_link(policy, run, claim):
    """`run`: an accepted proof, of a run or of another claim."""
    if not hasattr(run, 'bounds'):
        raise Refusal('claim_run')
    if claim.statement.weights is not None:
        _check_weights(run, claim)
    claim.kind.check_run(policy, run, claim.statement)


def _check_weights(run, claim):
    r = run.statement
    trained = weights_identity(r.segments[-1].end, run.parameters, r.profile, r.openings)
    require(trained == claimed_weights(claim), 'claim_weights')
    require(r.openings == claim.statement.openings, 'claim_weights')
    require(_model(r) == _model(claim.statement), 'claim_model')
    is_within = all(bound <= 1 << claim.statement.weight_bits for bound in run.bounds)
    require(is_within or claim.statement.shows_range, 'claim_bounds')


def check_cells(claim, name, file):
    """Whether these are the cells of the hashed matrix of this name."""
    matrix, columns = claim.matrices()[name]
    samples = claim.samples
    require(len(file.cells) == samples * columns, 'claim_cells')
    cells = np.array(file.cells, np.int64)
    encoded = file.nonce, b''.join(map(u64, file.pad)), u32(samples), u32(columns), cells.astype('<i4').tobytes()
    require(keccak256(b'pedigree cells v1', *encoded) == matrix.digest, 'claim_cells')
    at = claim.hashed[name]
    value = cells_at(cells.reshape(samples, columns), at.u, at.v) + K(*file.pad) * at.rho
    require(value == at.value, 'claim_cells')
    claim.kind.check_cells(claim.statement, cells.reshape(samples, columns))


def _is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _digits(keys, name, count, path):
    value = keys.get(name)
    if not isinstance(value, str) or not re.fullmatch(f'[0-9a-f]{{{count}}}', value):
        raise CellsError(f'{path}: no file of cells of a claim: "{name}" is not {count} hexadecimal digits')
    return value


def read_cells(path):
    """The cells in this file. Raises CellsError, or OSError where it cannot be read."""
    with open(path, 'rb') as file:
        content = file.read()
    try:
        keys = json.loads(content)
    except (ValueError, RecursionError):
        keys = None
    if not isinstance(keys, dict) or keys.get('version') != 1:
        raise CellsError(f'{path}: no file of cells of a claim: version 1 is missing')
    columns, cells = keys.get('columns'), keys.get('cells')
    nonce, pad = _digits(keys, 'nonce', 64, path), _digits(keys, 'pad', 48, path)
    words = tuple(int(pad[i : i + 16], 16) for i in (0, 16, 32))
    if max(words) >= P:
        raise CellsError(f'{path}: no file of cells of a claim: "pad" is out of range')
    if not _is_integer(columns) or columns < 0:
        raise CellsError(f'{path}: no file of cells of a claim: "columns" is missing')
    if not isinstance(cells, list) or not all(_is_integer(c) and c in _INT32 for c in cells):
        raise CellsError(f'{path}: no file of cells of a claim: "cells" are not integers of 32 bits')
    return Cells(bytes.fromhex(nonce), words, cells)
