"""What a segment's conversation consists of: counted from the program alone (docs/protocol.md sections 4.7 and 5.1).

    n     depth of the lookup tree, clog of the cells of all lookups and tables
    n_c   contraction rounds, max of t + feature bits of the operand
    n_w   weight rounds, t + b
    n_p   product rounds, most variables of a product
    n'    depth of the tree of pullbacks, clog of the cells of all pullbacks and their tables
    n_g   gate rounds, clog(gates + 1)
    pads  T(n) + leaf virtuals + (1 + [operand hidden]) for each contraction + 3 n_c
          + hidden factors of each (weight claim, update of its parameter) + 3 n_w + operands + 3 n_p
          + T(n') if there are pullbacks + 3 n_g + 2,                    T(n) = 1 + sum_{j<n} (2j + 4)
"""

from .layout import place
from .multilinear import clog
from .program import AFFINE, BROADCAST, CONTRACTION, PRODUCT, PULLBACK


def _virtuals_of(program, roots):
    """Ids of products, pullbacks and contractions that these tensors reach through affine tensors and broadcasts."""
    seen, stack, found = set(), list(roots), set()
    while stack:
        x = program.tensors[stack.pop()]
        if x.id in seen:
            continue
        seen.add(x.id)
        if x.kind in (PRODUCT, PULLBACK, CONTRACTION):
            found.add(x.id)
        elif x.kind in (AFFINE, BROADCAST):
            stack.extend(x.operands)
    return found


def _tree_messages(depth):
    return 1 + sum(2 * j + 4 for j in range(depth))


class Plan:
    """Sizes of one segment: `step_bits` t, `slot_bits` b; `has_ends`: weights move in it, and end in a root.

    `shows`: what a claim shows, with pads and gates of their own.
    """

    def __init__(self, program, step_bits, slot_bits, has_ends=True, shows=()):
        self.program, self.step_bits, self.slot_bits, self.shows = program, step_bits, slot_bits, shows
        tensors = program.tensors
        roots = [x for lookup in program.lookups for x in lookup.columns] + program.zeros
        self.leaf_virtuals = sorted(_virtuals_of(program, roots))
        self.contractions = [x for x in tensors if x.kind == CONTRACTION]
        self.products = program.products()
        self.operands = self._hidden_operands()
        # The parameter of each weight claim: of contractions, then of the ends.
        self.claim_parameters = [x.parameter for x in self.contractions]
        if has_ends:
            self.claim_parameters += range(len(program.parameters))
        self._count_rounds()
        self.weight_rounds = step_bits + slot_bits if has_ends else 0
        self._count_gates_and_pads()
        self._place_tree()

    def _hidden_operands(self):
        out = []
        for product in self.products:
            for i in [product.id] if product.kind == PULLBACK else product.operands:
                if not self.program.tensors[i].is_public and i not in out:
                    out.append(i)
        return out

    def _is_hidden(self, i):
        return not self.program.tensors[i].is_public

    def _count_rounds(self):
        tensors = self.program.tensors
        self.contraction_rounds = max(
            (self.step_bits + tensors[x.operands[0]].feature_bits for x in self.contractions), default=0
        )
        self.product_rounds = max((x.variables for x in self.products), default=0)
        self.tree_logs = [self.lookup_bits(x) for x in self.program.lookups]
        self.tree_logs += [table.bits for table in self.program.tables]
        self.tree_depth = clog(sum(1 << bits for bits in self.tree_logs))
        self.pullback_logs = [tensors[x.index].variables for x in self.program.pullbacks]
        self.pullback_logs += [table.bits for table in self.program.pullback_tables]
        self.pullback_depth = clog(sum(1 << bits for bits in self.pullback_logs)) if self.pullback_logs else 0

    def lookup_bits(self, lookup):
        return self.program.tensors[lookup.columns[0]].variables

    def _count_gates_and_pads(self):
        n = self.tree_depth
        hidden = [int(self._is_hidden(x.operands[0])) for x in self.contractions]
        factors = [
            (self._is_hidden(u.a), self._is_hidden(u.d))
            for parameter in self.claim_parameters
            for u in self.program.updates_of(parameter)
        ]
        both = sum(all(map(self._is_hidden, x.operands)) for x in self.products if x.kind == PRODUCT)
        self.num_gates = 3 * (n + self.pullback_depth) + sum(hidden) + sum(a and d for a, d in factors) + both
        self.num_gates += sum(show.gates for show in self.shows)
        self.gate_rounds = clog(self.num_gates + 1)
        self.num_pads = (
            _tree_messages(n)
            + (_tree_messages(self.pullback_depth) if self.pullback_logs else 0)
            + len(self.leaf_virtuals)
            + len(hidden)
            + sum(hidden)
            + 3 * self.contraction_rounds
            + sum(a + d for a, d in factors)
            + 3 * self.weight_rounds
            + len(self.operands)
            + 3 * self.product_rounds
            + sum(show.pads for show in self.shows)
            + 3 * self.gate_rounds
            + 2
        )

    def _place_tree(self):
        offsets, _ = place(self.tree_logs)
        count = len(self.program.lookups)
        self.lookup_offsets, self.table_offsets = offsets[:count], offsets[count:]
        offsets, _ = place(self.pullback_logs)
        count = len(self.program.pullbacks)
        self.pullback_offsets, self.pullback_table_offsets = offsets[:count], offsets[count:]
