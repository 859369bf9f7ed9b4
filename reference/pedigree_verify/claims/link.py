"""What a reader adds to a claim (docs/claims.md section 4): the proof of the run, files of cells, a policy.

Unless it shows the range of the weights itself, and nothing is asked of the run, a claim is `claim_run` until the proof of
the run is there: accepted under the same policy, with the same weights in its last end, and small enough ones.

    cells   {"version": 1, "salt": 48 hexadecimal digits, "columns": N, "cells": [...]}
    digest  Keccak-256("pedigree cells v1" | salt, three words | samples u32 | columns u32 | cells i32)

The salt's digits are its three words, 16 digits each, the highest first. Refusals: policy_bits, claim_weights, claim_bounds,
claim_cells, claim_run.
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
from .weights import cells_at

_INT32 = range(-(1 << 31), 1 << 31)


class CellsError(Exception):
    """A file of cells that is none."""


@dataclass
class Cells:
    salt: tuple
    cells: list


def claimed_weights(claim):
    """Their identity."""
    s = claim.statement
    return weights_identity(s.weights, claim.parameters, s.profile, s.openings)


def is_unseen(policy, claim):
    """Whether the claim waits for the proof of its run; refuses what a policy asks of the claim itself."""
    require(worst_bits(claim.terms) >= policy.bits, 'policy_bits')
    return not claim.statement.shows_range or policy.asks_of_a_run()


def check_link(run, claim):
    """`run`: an accepted proof, of a run or of another claim."""
    if not hasattr(run, 'bounds'):
        raise Refusal('claim_run')
    r = run.statement
    trained = weights_identity(r.segments[-1].end, run.parameters, r.profile, r.openings)
    require(trained == claimed_weights(claim), 'claim_weights')
    has_same_units = [p.frac for p in run.parameters] == [p.frac for p in claim.parameters]
    require(has_same_units, 'claim_weights')
    is_within = all(bound <= 1 << claim.statement.weight_bits for bound in run.bounds)
    require(is_within or claim.statement.shows_range, 'claim_bounds')


def check_cells(claim, name, file):
    """Whether these are the cells of the hashed matrix of this name."""
    matrix, columns = claim.matrices()[name]
    samples = claim.samples
    require(len(file.cells) == samples * columns, 'claim_cells')
    cells = np.array(file.cells, np.int64)
    encoded = b''.join(map(u64, file.salt)), u32(samples), u32(columns), cells.astype('<i4').tobytes()
    require(keccak256(b'pedigree cells v1', *encoded) == matrix.digest, 'claim_cells')
    at = claim.hashed[name]
    value = cells_at(cells.reshape(samples, columns), at.u, at.v) + K(*file.salt) * at.rho
    require(value == at.value, 'claim_cells')


def _is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool)


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
    salt, columns, cells = keys.get('salt'), keys.get('columns'), keys.get('cells')
    if not isinstance(salt, str) or not re.fullmatch('[0-9a-f]{48}', salt):
        raise CellsError(f'{path}: no file of cells of a claim: "salt" is not 48 hexadecimal digits')
    words = tuple(int(salt[i : i + 16], 16) for i in (0, 16, 32))
    if max(words) >= P:
        raise CellsError(f'{path}: no file of cells of a claim: "salt" is out of range')
    if not _is_integer(columns) or columns < 0:
        raise CellsError(f'{path}: no file of cells of a claim: "columns" is missing')
    if not isinstance(cells, list) or not all(_is_integer(c) and c in _INT32 for c in cells):
        raise CellsError(f'{path}: no file of cells of a claim: "cells" are not integers of 32 bits')
    return Cells(words, cells)
