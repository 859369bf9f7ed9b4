"""Parameters of the opening: compiled in, by profile and height (docs/protocol.md appendix A), and their error terms.

    rho = 2^-r, theta = 1 - sqrt(rho) (1 + 1/(2m)), L = (m + 1/2)/sqrt(rho), n the rows of a codeword
    mca             ((2 (m+1/2)^5 + 3 (m+1/2) theta rho) n / (3 rho^1.5) + (m+1/2)/sqrt(rho)) / |K|
    offset          L_0 / |K|
    fold, mask      mca + 2 L / |K| a round
    out of domain   L_l^2 / 2 * 2^(n_l) / |K|
    queries         (1 - theta)^t + L_(l+1) (t + 1) / |K|; of the last level (1 - theta)^t; then g bits of proof of work
    last rounds     2 / |K| each

Source: docs/protocol-commitment.md sections 2 and 5.
"""

import math
from dataclasses import dataclass

from .field import P
from .multilinear import clog

LOG_K = 3 * math.log2(P)


@dataclass(frozen=True)
class Level:
    log_columns: int
    log_inv_rate: int
    queries: int
    grinding: int
    multiplicity: int

    @property
    def list_size(self):
        return (self.multiplicity + 0.5) * 2 ** (self.log_inv_rate / 2)


@dataclass(frozen=True)
class Term:
    """An error 2^-bits, `count` times; with `grinding` bits of proof of work in front of each try."""

    name: str
    level: int
    bits: float
    grinding: int = 0
    count: int = 1


@dataclass(frozen=True)
class OpeningParameters:
    log_rows: int
    num_roots: int
    log_final: int
    levels: tuple

    @property
    def root_bits(self):
        return clog(self.num_roots)

    def variables(self, level):
        """Of the vector that this level commits to; for level 0 the columns are not counted."""
        return self.log_rows - sum(x.log_columns for x in self.levels[1:level])

    def log_domain(self, level):
        """log2 of the rows of the codewords of this level."""
        columns = self.levels[level].log_columns if level > 0 else 0
        return self.variables(level) - columns + self.levels[level].log_inv_rate


# Row a - 6: log_final, then (log columns, log inverse rate, queries, proof of work, multiplicity) of each level.
_FAST = """
6 | 6 8 29 16 73
7 | 6 5 46 16 100
8 | 6 4 57 16 100
7 | 6 3 76 16 100; 2 5 48 16 100
8 | 6 2 114 16 100; 2 4 59 16 100
8 | 6 2 114 16 100; 3 4 59 16 100
7 | 6 2 114 16 100; 2 4 59 16 100; 3 7 34 16 90
7 | 6 2 114 16 100; 3 4 59 16 100; 3 7 34 16 90
8 | 6 2 114 16 100; 3 4 59 16 100; 3 7 34 16 78
8 | 6 2 111 18 100; 3 4 59 16 100; 4 7 34 16 73
7 | 6 2 112 18 100; 3 4 59 16 100; 3 7 34 16 59; 3 10 24 16 31
8 | 6 2 112 18 100; 3 4 59 16 96; 3 7 34 16 51; 3 10 24 16 27
8 | 6 2 112 18 100; 3 4 59 16 83; 3 7 34 16 44; 4 10 24 16 25
8 | 6 2 110 20 97; 3 4 59 16 73; 4 7 34 16 42; 4 10 24 16 25
8 | 6 2 110 20 84; 3 4 59 16 63; 3 7 34 16 33; 3 10 24 16 17; 3 12 20 16 13
8 | 6 2 110 20 73; 3 4 59 16 55; 3 7 34 16 29; 3 10 24 16 15; 4 12 20 16 12
8 | 6 2 110 20 64; 3 4 60 16 48; 3 7 34 16 25; 4 10 24 16 14; 4 12 20 16 12
8 | 6 2 110 20 55; 3 4 60 16 41; 4 7 34 16 24; 4 10 24 16 14; 4 12 20 16 12
8 | 6 2 111 20 48; 3 4 60 16 36; 4 7 34 16 20; 4 10 24 16 12; 5 12 20 16 12
8 | 6 2 111 20 42; 4 4 60 16 34; 4 7 34 16 20; 4 10 24 16 12; 5 12 20 16 12
8 | 6 2 111 20 36; 4 4 60 16 29; 4 7 34 16 18; 5 10 24 16 12; 5 12 20 16 12
"""
_SMALL = """
6 | 6 8 28 20 73
7 | 6 5 44 20 100
8 | 6 4 55 20 100
7 | 6 4 55 20 100; 2 7 33 18 97
7 | 6 4 55 20 100; 3 7 33 18 90
8 | 6 4 55 20 100; 3 7 34 18 78
8 | 6 4 55 20 100; 4 7 34 18 73
7 | 6 4 55 20 100; 3 7 34 18 59; 3 10 24 18 31
8 | 6 4 55 20 97; 3 7 34 18 51; 3 10 24 18 27
8 | 6 4 55 20 84; 3 7 33 20 44; 4 10 23 20 25
8 | 6 4 55 20 73; 4 7 33 20 42; 4 10 23 20 25
7 | 6 4 55 20 64; 3 7 33 20 33; 4 10 23 20 19; 3 12 20 20 15
8 | 6 4 55 20 55; 3 7 33 20 29; 4 10 23 20 16; 3 12 20 20 13
8 | 6 4 55 20 48; 3 7 33 20 25; 4 10 23 20 14; 4 12 20 20 12
8 | 6 4 55 20 42; 4 7 33 20 24; 4 10 23 20 14; 4 12 20 20 12
7 | 6 4 55 20 36; 3 7 33 20 19; 4 10 23 20 10; 4 12 20 20 9; 3 12 20 20 15
8 | 6 4 55 20 31; 3 7 33 20 16; 4 10 23 20 9; 4 12 20 20 8; 3 12 20 20 13
8 | 6 4 55 20 27; 4 7 33 20 15; 4 10 23 20 9; 4 12 20 20 8; 3 12 20 20 13
8 | 6 4 55 20 24; 4 7 33 20 13; 4 10 24 20 8; 4 12 20 20 7; 4 12 20 20 12
8 | 6 4 56 20 20; 4 7 33 20 11; 4 10 24 20 7; 5 12 20 20 6; 4 12 20 20 12
8 | 6 4 56 20 18; 4 7 34 20 10; 4 10 24 20 6; 5 12 20 20 5; 5 12 20 20 12
"""
_FIRST_ROW = 6


def _parse_row(text):
    final, levels = text.split('|')
    return int(final), tuple(Level(*map(int, level.split())) for level in levels.split(';'))


_TABLES = tuple([_parse_row(row) for row in t.strip().splitlines()] for t in (_FAST, _SMALL))


def opening_parameters(profile, log_rows, num_roots):
    log_final, levels = _TABLES[profile][log_rows - _FIRST_ROW]
    return OpeningParameters(log_rows, num_roots, log_final, levels)


# ---- error terms
def _agreement(level, log_domain):
    """mca |K|, the challenges that are bad for mutual correlated agreement."""
    m, rho = level.multiplicity + 0.5, 2.0**-level.log_inv_rate
    theta = 1 - math.sqrt(rho) * (1 + 1 / (2 * level.multiplicity))
    return (2 * m**5 + 3 * m * theta * rho) * 2.0**log_domain / (3 * rho**1.5) + m / math.sqrt(rho)


def _fold_bits(p, level):
    x = p.levels[level]
    return LOG_K - math.log2(_agreement(x, p.log_domain(level)) + 2 * x.list_size)


def _query_bits(p, level):
    x = p.levels[level]
    miss = math.sqrt(2.0**-x.log_inv_rate) * (1 + 1 / (2 * x.multiplicity))
    error = miss**x.queries
    if level + 1 < len(p.levels):
        error += p.levels[level + 1].list_size * (x.queries + 1) * 2.0**-LOG_K
    return -math.log2(error)


def opening_terms(p):
    first = p.levels[0]
    terms = [
        Term('offset', 0, LOG_K - math.log2(first.list_size)),
        Term('fold', 0, _fold_bits(p, 0), count=first.log_columns + p.root_bits),
        Term('mask', 0, _fold_bits(p, 0)),
    ]
    for l, level in enumerate(p.levels):
        if l > 0:
            terms.append(Term('fold', l, _fold_bits(p, l), count=level.log_columns))
        if l + 1 < len(p.levels):
            words = p.variables(l + 1)
            lists = 2 * math.log2(p.levels[l + 1].list_size)
            terms.append(Term('out of domain', l + 1, LOG_K - lists + 1 - words))
        terms.append(Term('queries', l, _query_bits(p, l), level.grinding))
    terms.append(Term('last rounds', len(p.levels), LOG_K - 1, count=p.log_final))
    return terms


def worst_bits(terms):
    return min(term.bits + term.grinding for term in terms)


def total_bits(terms):
    return -math.log2(sum(term.count * 2.0 ** -(term.bits + term.grinding) for term in terms))
