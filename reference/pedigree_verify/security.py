"""Provable bits of a file (docs/protocol.md section 9.5).

    segments   log2 |K| - log2 l - log2(numerator)          numerators summed over the segments
    chain      log2 |K| - log2 l - log2 n_s
    answers    log2 |K| - 2 log2 l + 1 - log2(sum of words)  words = 2^(a + 6) of the ends, the named start, the datasets
    opening    parameters.py

    lookups 3 (2^n + 1) | tree sum_j (2j + 2) | zero tensors n | contractions: their number + 3 n_c
    weights    claims + 3 n_w + 68
    products   leaf virtuals + contractions + 2 claims updates + 3 n_p
    pullbacks  2^n' + n_p + pullbacks (1 + columns)           columns of their tables beside the row number; layers count with the tree
    gates      equations + 3 n_g + 2
    shows      those of claims, claims/shows.py
    equations  n + 6 + zeros + contractions + operands + 2 claims updates + (3 + D) + 3 parameters (+ n' + 2 + columns)
"""

import math

from .layout import LOG_COLUMNS
from .parameters import LOG_K, Term, opening_terms, total_bits, worst_bits
from .refusal import require
from .tables import columns as columns_of

REQUIRED_BITS = 128
_POINT_COORDINATES = 68


def _numerators(plan, num_datasets):
    """A term whose numerator is 0 is none."""
    n, program, shows = plan.tree_depth, plan.program, plan.shows
    claims, updates = len(plan.claim_parameters), len(program.updates)
    contractions = len(plan.contractions)
    equations = n + 6 + len(program.zeros) + contractions + len(plan.operands)
    equations += 2 * claims * updates + 3 + num_datasets + 3 * len(program.parameters)
    deep, columns = plan.pullback_depth, sum(len(columns_of(table)) for table in program.pullback_tables)
    pullbacks = 0
    if program.pullbacks:
        equations += deep + 2 + columns
        pullbacks = (1 << deep) + plan.product_rounds + len(program.pullbacks) * (1 + columns)
    equations += sum(show.counted_equations for show in shows)
    out = {
        'shows': sum(show.numerator for show in shows),
        'lookups': 3 * ((1 << n) + 1),
        'lookup tree': sum(2 * j + 2 for depth in (n, deep) for j in range(depth)),
        'zero tensors': n,
        'contractions': contractions + 3 * plan.contraction_rounds,
        'weights': claims + 3 * plan.weight_rounds + _POINT_COORDINATES if program.parameters else 0,
        'products': len(plan.leaf_virtuals) + contractions + 2 * claims * updates + 3 * plan.product_rounds,
        'pullbacks': pullbacks,
        'gates': equations + 3 * plan.gate_rounds + 2,
    }
    return {name: numerator for name, numerator in out.items() if numerator > 0}


def security_terms(shape, plans):
    log_list = math.log2(shape.parameters.levels[0].list_size)
    sums = {}
    for plan in plans:
        for name, numerator in _numerators(plan, shape.num_datasets).items():
            sums[name] = sums.get(name, 0) + numerator
    terms = [Term(name, 0, LOG_K - log_list - math.log2(total)) for name, total in sums.items()]
    terms.append(Term('chain', 0, LOG_K - log_list - math.log2(shape.num_segments)))
    words = sum(1 << (a + LOG_COLUMNS) for a in shape.answered_heights())
    terms.append(Term('out-of-domain answers', 0, LOG_K - 2 * log_list + 1 - math.log2(words)))
    return terms + opening_terms(shape.parameters)


def check_security(shape, plans):
    """The terms, if they leave enough bits in the worst round and in the sum of all."""
    terms = security_terms(shape, plans)
    require(worst_bits(terms) >= REQUIRED_BITS, 'security')
    require(total_bits(terms) >= REQUIRED_BITS, 'security')
    return terms
