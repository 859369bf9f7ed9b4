"""One opening of all roots: sum over roots i of <f_i, w_i> = v (docs/protocol-commitment.md sections 2 to 4).

    offset          V := v + c tau, tau = P + M[r1'];  lam = {r1': c}
    masked rounds   k + s: (m0, m2) hide h(0), h(2);  V := L0 m0 + L1 (V - m0) + L2 m2
                    lam := L1 lam;  lam[e_(2j)'] := L0 - L1;  lam[e_(2j+1)'] := L2
    mask            x = <M, W>, y = <H, lam>;  g := H + gamma M;  V := gamma V + gamma^2 x + y
    level l         root of level l + 1, answer <g, (1, z, ...)>, query of level l, beta, rounds of level l + 1
                    V += beta answer + sum_j beta^(1 + j) value_j,  j from 1
    last level      g in clear; each value of the query must be sum_y g[y] x^y           opening_query
    last check      g~(r) w~(r) = V                                                      opening_claim

    w~(r) = gamma ( sum_i eq(rho_roots, i) eq(r[0 .. a - a_i), 0) w_i~(rho_columns, r[a - a_i ..)) + c eq(rho_roots, 0) eq(r, r0') )
            + sum over rows e in lam of lam[e] eq(r, e)
            + sum over powers (x, weight, joined at f) of weight prod_b (1 - r_(f+b) + r_(f+b) x^(2^b))

L0, L1, L2 are the Lagrange polynomials of 0, 1, 2. Roots shorter than the tallest lie at strides in it.
Further refusals: grinding, merkle_path and those of the transcript.
"""

from dataclasses import dataclass

from .field import HALF, K, P, ZERO, f_mul, f_sum, k_array, k_dot, k_mul, k_scalar, powers
from .keccak import keccak256, u64
from .layout import LOG_COLUMNS
from .merkle import read_leaves
from .multilinear import eq_index, eq_table, power_factor, repeated_squares
from .refusal import require

_MASK_WIDTH = 3


@dataclass
class Powers:
    """A weight (1, x, x^2, ...) times `weight`, joined when `bound` coordinates were bound."""

    x: K
    weight: K
    bound: int


def lagrange(rho):
    """The values at rho of the polynomials of degree 2 that are 1 at 0, 1, 2."""
    minus_1, minus_2 = rho - 1, rho - 2
    return minus_1 * minus_2 * HALF, -(rho * minus_2), rho * minus_1 * HALF


def interpolate(rho, at_0, total, at_2):
    """h(rho) for h of degree 2 with h(0) + h(1) = total."""
    l0, l1, l2 = lagrange(rho)
    return l0 * at_0 + l1 * (total - at_0) + l2 * at_2


def domain_point(log_order, index):
    """omega^index, omega of order 2^log_order: 7^((p-1)/2^32) squared 32 - log_order times."""
    omega = pow(7, (P - 1) >> log_order, P)
    return pow(omega, index, P)


class OpeningVerifier:
    """`roots`: 32 bytes each; `heights` a_i; `value` v; `weight_at(root, point)`: the extension of w_i."""

    def __init__(self, parameters, roots, heights, value, weight_at, transcript):
        self.p, self.roots, self.heights = parameters, roots, heights
        self.value, self.weight_at, self.transcript = value, weight_at, transcript
        self.has_mask_tree = heights[0] < parameters.log_rows
        self.masks = {}  # lam, by tall row
        self.joined = []
        self.point = ()  # r

    def run(self):
        self._bind()
        self._offset()
        self._masked_rounds()
        self._mask()
        for level in range(len(self.p.levels) - 1):
            self._level(level)
        self._last_level()

    def _bind(self):
        p = self.p
        parts = [u64(p.log_rows), u64(p.num_roots), u64(len(p.levels)), u64(p.log_final)]
        for level in p.levels:
            numbers = (level.log_columns, level.log_inv_rate, level.queries, level.grinding)
            parts += map(u64, numbers)
        for root, height in zip(self.roots, self.heights):
            parts += [u64(height), root]
        parts += map(u64, self.value.words())
        self.transcript.absorb('B', 'opening', keccak256(*parts))

    def _tall_row(self, row):
        """Row of root 0, counted from its special rows on, as a row of the tall matrix."""
        rounds = LOG_COLUMNS + self.p.root_bits
        special = (1 << self.heights[0]) - (2 * rounds + 2 + self.p.levels[0].queries)
        return (special + row) << (self.p.log_rows - self.heights[0])

    def _offset(self):
        t, rounds = self.transcript, LOG_COLUMNS + self.p.root_bits
        self.mask_root = t.digest('mask root') if self.has_mask_tree else None
        tau = t.element('tau')
        self.offset_row = self._tall_row(2 * rounds)
        self.offset_factor = t.challenge('c')
        self.masks[self._tall_row(2 * rounds + 1)] = self.offset_factor
        self.value = self.value + self.offset_factor * tau

    def _masked_rounds(self):
        drawn = []
        for j in range(LOG_COLUMNS + self.p.root_bits):
            m0, m2 = self.transcript.elements('masked h', 2)
            rho = self.transcript.challenge('rho')
            l0, l1, l2 = lagrange(rho)
            self.value = interpolate(rho, m0, self.value, m2)
            self.masks = {row: weight * l1 for row, weight in self.masks.items()}
            self.masks[self._tall_row(2 * j)] = l0 - l1
            self.masks[self._tall_row(2 * j + 1)] = l2
            drawn.append(rho)
        self.columns, self.root_point = tuple(drawn[:LOG_COLUMNS]), tuple(drawn[LOG_COLUMNS:])

    def _mask(self):
        x, y = self.transcript.elements('xy', 2)
        self.gamma = self.transcript.challenge('gamma')
        self.value = self.gamma * self.value + self.gamma * self.gamma * x + y

    # ---- levels
    def _level(self, level):
        t, following = self.transcript, self.p.levels[level + 1]
        root = t.digest('root')
        z = t.challenge('z')
        answer = t.element('answer')
        points, values = self._query(level)
        beta = powers(t.challenge('beta'), len(points) + 2)[1:]
        bound = len(self.point)
        for factor, x, value in zip(beta, [z] + points, [answer] + values):
            self.value = self.value + factor * value
            self.joined.append(Powers(x, factor, bound))
        self._rounds(following.log_columns)
        self.level_root = root

    def _rounds(self, count):
        """The coordinates drawn, behind those of before."""
        drawn = []
        for _ in range(count):
            at_0, at_2 = self.transcript.elements('h', 2)
            rho = self.transcript.challenge('rho')
            self.value = interpolate(rho, at_0, self.value, at_2)
            drawn.append(rho)
        self.point += tuple(drawn)
        self.folds = tuple(drawn)

    def _query(self, level):
        """Points x, ascending by position, and the values of the folded word there."""
        parameters, t = self.p.levels[level], self.transcript
        t.nonce('nonce', parameters.grinding)
        log_domain = self.p.log_domain(level)
        drawn = t.positions('positions', log_domain, parameters.queries)
        positions = sorted(set(drawn))
        if level == 0:
            values = self._first_values(positions)
        else:
            values = self._level_values(level, positions, log_domain)
        return [ZERO + domain_point(log_domain, position) for position in positions], values

    def _first_values(self, positions):
        """Of all roots and the mask: sum_i eq(rho_roots, i) sum_c eq(rho_columns, c) leaf_i[c] + gamma M."""
        rate, width = self.p.levels[0].log_inv_rate, 1 << LOG_COLUMNS
        columns = eq_table(self.columns)
        values = [ZERO] * len(positions)
        mask = None
        for i, (root, height) in enumerate(zip(self.roots, self.heights)):
            log_leaves = height + rate
            own = [position % (1 << log_leaves) for position in positions]
            distinct = sorted(set(own))
            has_mask = i == 0 and not self.has_mask_tree
            leaves = read_leaves(
                self.transcript.reader, root, log_leaves, distinct, width + has_mask * _MASK_WIDTH
            )
            factor = eq_index(self.root_point, i)
            folded = f_sum(f_mul(leaves[:, :width, None], columns[None]), axis=1)
            by_position = {q: k_scalar(row) * factor for q, row in zip(distinct, folded)}
            values = [value + by_position[q] for value, q in zip(values, own)]
            if has_mask:
                mask = leaves[:, width:]
        if self.has_mask_tree:
            depth = self.p.log_rows + rate
            mask = read_leaves(self.transcript.reader, self.mask_root, depth, positions, _MASK_WIDTH)
        return [value + self.gamma * k_scalar(row) for value, row in zip(values, mask)]

    def _level_values(self, level, positions, depth):
        columns = 1 << self.p.levels[level].log_columns
        words = read_leaves(
            self.transcript.reader, self.level_root, depth, positions, _MASK_WIDTH * columns
        )
        leaves = words.reshape(len(positions), columns, _MASK_WIDTH)
        folded = f_sum(k_mul(leaves, eq_table(self.folds)[None]), axis=1)
        return [k_scalar(row) for row in folded]

    def _last_level(self):
        p = self.p
        g = self.transcript.elements('g', 1 << p.log_final)
        points, values = self._query(len(p.levels) - 1)
        for x, value in zip(points, values):
            require(_horner(g, x) == value, 'opening_query')
        self._rounds(p.log_final)
        last = k_dot(k_array(g), eq_table(self.point[-p.log_final :]))
        require(last * self._weight() == self.value, 'opening_claim')

    # ---- the last check
    def _weight(self):
        r, total = self.point, ZERO
        for i, height in enumerate(self.heights):
            skipped = self.p.log_rows - height
            factor = eq_index(self.root_point, i) * eq_index(r[:skipped], 0)
            total = total + factor * self.weight_at(i, self.columns + r[skipped:])
        first = eq_index(self.root_point, 0)
        total = total + self.offset_factor * first * eq_index(r, self.offset_row)
        total = total * self.gamma
        for row, weight in self.masks.items():
            total = total + weight * eq_index(r, row)
        for term in self.joined:
            rest = r[term.bound :]
            total = total + term.weight * power_factor(rest, repeated_squares(term.x, len(rest)))
        return total


def _horner(g, x):
    value = ZERO
    for coefficient in reversed(g):
        value = value * x + coefficient
    return value


def verify_opening(parameters, roots, heights, value, weight_at, transcript):
    OpeningVerifier(parameters, roots, heights, value, weight_at, transcript).run()
