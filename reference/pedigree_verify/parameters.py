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
6 | 6 7 33 13 100
7 | 6 3 78 12 100
8 | 6 2 117 13 100
9 | 6 2 117 13 100
8 | 6 2 116 14 100; 2 4 60 10 100
8 | 6 2 116 14 100; 3 4 60 10 100
9 | 6 2 115 15 100; 3 4 59 12 100
9 | 6 2 114 16 100; 4 5 47 12 100
8 | 6 2 115 16 100; 3 4 58 14 100; 3 6 39 13 100
8 | 6 2 114 17 100; 4 5 46 15 100; 3 6 39 13 100
8 | 6 2 113 18 100; 4 5 46 15 100; 4 7 33 15 100
9 | 6 2 112 19 100; 4 5 46 15 97; 4 7 33 15 84
8 | 6 2 111 20 100; 4 5 45 18 73; 3 6 38 17 79; 3 8 29 15 59
8 | 6 2 111 20 100; 4 4 56 19 91; 4 7 32 19 55; 3 9 26 14 42
8 | 6 2 112 20 79; 4 5 45 19 48; 4 7 32 19 42; 4 9 25 18 36
9 | 6 2 112 20 79; 4 5 45 19 48; 4 7 32 19 42; 4 9 25 18 36
7 | 6 2 112 20 59; 4 5 45 19 36; 4 7 32 19 31; 4 9 25 19 27; 3 12 19 18 14
7 | 6 2 112 20 59; 4 5 45 19 36; 4 7 32 20 31; 4 9 25 19 27; 4 12 19 18 16
8 | 6 2 113 20 45; 4 5 45 19 27; 4 7 32 20 24; 4 10 23 17 14; 4 12 19 18 12
9 | 6 2 113 20 39; 4 5 45 19 24; 4 7 32 20 20; 4 10 23 17 12; 4 12 19 18 10
7 | 6 2 113 20 39; 4 5 45 20 24; 4 7 32 20 20; 4 10 23 18 12; 4 12 19 19 10; 3 12 19 18 16
"""
_SMALL = """
6 | 6 7 33 13 100
7 | 6 5 46 14 100
8 | 6 5 46 14 100
9 | 6 5 46 14 100
7 | 6 5 46 15 100; 3 6 39 13 100
8 | 6 5 45 17 100; 3 6 39 13 100
8 | 6 5 45 17 100; 4 6 39 13 100
9 | 6 5 45 17 84; 4 6 39 13 100
8 | 6 5 45 18 73; 3 6 38 16 79; 3 8 29 15 59
8 | 6 5 45 18 64; 4 6 38 16 79; 3 8 29 15 59
8 | 6 5 45 18 55; 4 7 32 19 48; 4 9 25 18 42
9 | 6 5 45 18 48; 4 7 32 19 42; 4 9 25 18 36
7 | 6 5 45 19 42; 4 7 32 19 36; 4 9 25 19 31; 3 12 19 17 16
7 | 6 5 45 19 31; 4 7 32 19 27; 4 9 25 19 24; 4 12 19 17 14
8 | 6 5 45 19 31; 4 7 32 19 27; 4 9 25 19 24; 4 12 19 18 14
9 | 6 5 45 20 31; 4 7 32 20 27; 4 9 25 19 24; 4 12 19 18 14
7 | 6 5 45 20 24; 4 7 32 20 20; 4 9 25 19 18; 4 12 19 18 10; 3 12 19 18 16
7 | 6 5 45 20 20; 4 7 32 20 18; 4 9 25 20 15; 4 12 19 18 9; 4 12 19 18 16
8 | 6 5 45 20 18; 4 7 32 20 15; 4 9 25 20 13; 4 12 19 19 8; 4 12 19 18 14
8 | 6 5 46 18 15; 4 6 38 18 19; 4 9 25 20 11; 5 12 19 19 8; 4 12 19 18 14
7 | 6 5 46 19 13; 4 6 38 19 16; 4 9 25 20 10; 4 12 19 19 6; 4 12 19 19 10; 3 12 19 18 16
"""
_BULK = """
6 | 6 7 33 13 100
7 | 6 3 78 12 100
8 | 6 2 119 11 100
9 | 6 1 238 11 100
8 | 6 1 240 11 100; 2 2 122 8 100
8 | 6 1 238 12 100; 3 3 81 9 100
9 | 6 1 236 13 100; 3 3 80 10 100
9 | 6 1 236 13 100; 4 3 80 10 100
8 | 6 1 235 14 100; 3 3 80 11 100; 3 4 60 10 100
8 | 6 1 233 15 100; 4 3 79 12 100; 3 4 60 10 100
9 | 6 1 231 16 100; 4 3 79 12 100; 3 4 59 12 100
9 | 6 1 229 17 100; 4 3 78 13 100; 4 5 47 13 100
8 | 6 1 227 18 100; 4 3 77 15 100; 3 4 59 13 100; 3 6 39 14 100
8 | 6 1 226 19 100; 4 3 77 15 100; 4 5 46 16 100; 3 7 33 15 100
8 | 6 1 224 20 100; 4 3 76 17 100; 4 5 46 16 100; 4 7 33 15 100
9 | 6 1 224 20 100; 4 3 76 17 97; 4 5 46 16 84; 4 7 33 15 73
8 | 6 1 225 20 97; 4 3 75 19 84; 4 5 45 19 73; 3 7 33 16 55; 3 9 26 14 42
8 | 6 1 226 20 73; 4 3 75 19 64; 4 5 45 19 55; 4 8 28 19 34; 3 10 23 17 25
8 | 6 1 226 20 64; 4 3 75 19 55; 4 5 45 19 48; 4 7 32 19 42; 4 10 23 17 25
9 | 6 1 227 20 64; 4 3 75 19 55; 4 5 45 19 48; 4 8 28 20 29; 4 10 23 17 25
7 | 6 1 228 20 48; 4 3 75 20 42; 4 5 45 19 36; 4 8 28 20 22; 4 10 23 17 19; 3 12 19 18 14
"""
_FIRST_ROW = 6


def _parse_row(text):
    final, levels = text.split('|')
    return int(final), tuple(Level(*map(int, level.split())) for level in levels.split(';'))


_TABLES = tuple([_parse_row(row) for row in t.strip().splitlines()] for t in (_FAST, _SMALL, _BULK))


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
