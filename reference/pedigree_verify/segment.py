"""One segment: its messages and equations (docs/protocol.md sections 6.1 to 6.5).

    6.1  answers of the long-lived roots
    6.2  the lookup tree: sum of 1/Q over lookups = sum of mult/Q over rows of tables, Q = alpha - beta (table) - columns
    6.3  leaves: numerators, denominators and zero tensors at the leaf point
    6.4  contractions: sum over features of an operand times weights
    6.5  weights: W_0 less the updates of the steps before
    6.6  products of tensors; then conversation.py joins everything

Returns the linear form that must vanish, and what is published on the way.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from . import program as p
from .conversation import Conversation, inverse_power_of_two
from .field import (
    K,
    ONE,
    P,
    ZERO,
    f_add,
    f_array,
    f_mul,
    f_suffix_sums,
    k_array,
    k_dot,
    k_dot_f,
    k_mul,
    k_times_f,
    powers,
)
from .form import BlockKey, Form, PadKey, PowersKey, columns_at, matrix_at, summed_at
from .layout import dataset_layout
from .multilinear import clog, eq_index, eq_points, eq_table, prefix, prefix_eq
from .tables import columns
from .transcript import Chain


@dataclass
class Segment:
    """Everything public of one segment. `steps` of it; `schedule` its factors; `seeded` the start of each parameter or None."""

    statement: object
    shape: object
    index: int
    plan: object
    sampling: object
    schedule: list
    seeded: list

    @property
    def program(self):
        return self.plan.program

    @property
    def has_start(self):
        return self.seeded is None


@dataclass
class Published:
    """A value of a file of weights: parameter `index` at (in point, out point) is `value`."""

    index: int
    inputs: tuple
    outputs: tuple
    value: K


@dataclass
class WeightClaim:
    """A parameter at (in point, out point) is `value`; after which steps: time point, or None for the end."""

    parameter: int
    inputs: tuple
    outputs: tuple
    time: tuple
    value: Form


@dataclass
class ProductClaim:
    """sum over `terms`, pairs (product, coefficient), of the product at `point` is `value`."""

    point: tuple
    terms: list
    value: Form


@dataclass
class Outcome:
    """What a conversation leaves: its root, the form that must vanish, its last state, and what it published."""

    root: bytes
    form: Form
    state: bytes
    starts: list
    ends: list


def root_challenge(root):
    """z of section 6.1."""
    chain = Chain()
    chain.absorb('B', 'out of domain', root)
    return chain.challenge('z')


class Keys:
    """The keys of one segment as hidden values."""

    def __init__(self, segment):
        self.segment, self.shape = segment, segment.shape

    def committed(self, tensor, u, v):
        """A committed tensor at (u, v)."""
        if tensor.advice == p.RECORD:
            d = tensor.domain.dataset
            return self._columns(d, tensor.part, partial(columns_at, u), tensor.features, partial(eq_points, v))
        if tensor.advice == p.START_CELLS:
            root, offset = self._start_root(), self.shape.weights.offsets[tensor.argument]
        else:
            root, offset = self._segment_root(), self.segment.plan.tensor_offsets[tensor.id]
        return self._block(root, offset, u, v)

    def _segment_root(self):
        return self.shape.segment_root(self.segment.index)

    def _start_root(self):
        return self.shape.start_root(self.segment.index)

    def _block(self, root, offset, u, v, feature=None, position=None):
        feature = feature or partial(eq_points, u)
        position = position or partial(eq_points, v)
        return Form.of_key(BlockKey(root, offset, len(u), len(v), feature, position))

    def _columns(self, d, part, feature, count, position):
        """Columns of dataset d, `count` of its inputs or labels. `feature` lacks (count, first, point)."""
        m = self.segment.statement.datasets[d]
        layout = dataset_layout(m)
        first = 0 if part == p.INPUTS else m.features
        return Form.of_key(
            BlockKey(
                self.shape.dataset_root(d),
                0,
                layout.column_bits,
                layout.record_bits,
                partial(feature, count, first),
                position,
            )
        )

    def gathered(self, tensor, u, v):
        sampling, total = self.segment.sampling, Form()
        for d in range(self.shape.num_datasets):
            position = partial(sampling.gathered_at, d, v)
            total = total + self._columns(d, tensor.part, partial(columns_at, u), tensor.features, position)
        return total

    def summed(self, operand, count, v):
        if operand.advice == p.RECORD:
            d = operand.domain.dataset
            return self._columns(d, operand.part, summed_at, count, partial(eq_points, v))
        offset = self.segment.plan.tensor_offsets[operand.id]
        bits = operand.feature_bits
        key = BlockKey(
            self._segment_root(), offset, bits, len(v), partial(summed_at, count, 0), partial(eq_points, v)
        )
        return Form.of_key(key)

    def multiplicity(self, table, v):
        return self._block(self._segment_root(), self.segment.plan.multiplicity_offsets[table], (), v)

    def parameter(self, root, index, u, v):
        """A parameter of an end or start root, u its input, v its output."""
        return self._block(root, self.shape.weights.offsets[index], u, v)

    def live_cells(self, root, index, u, v):
        parameter = self.segment.program.parameters[index]
        return self._block(
            root,
            self.shape.weights.offsets[index],
            u,
            v,
            partial(_prefix_eq_at, u, parameter.inputs),
            partial(_prefix_eq_at, v, parameter.outputs),
        )


def _prefix_eq_at(r, count, point):
    return prefix_eq(r, point, count)


class Values:
    """val of section 6.0: tensors at the low coordinates of one point, position bits low.

    `virtuals`: products and contractions whose values at this point were received. Others count as zero: what is left
    is the linear part.
    """

    def __init__(self, segment, keys, point, virtuals=None):
        self.segment, self.keys, self.point = segment, keys, tuple(point)
        self.known = dict(virtuals or {})

    def coordinates(self, tensor):
        """(u, v): feature and position coordinates."""
        bits = tensor.domain.bits
        return self.point[bits : bits + tensor.feature_bits], self.point[:bits]

    def value(self, index):
        if index not in self.known:
            self.known[index] = self._value(self.segment.program.tensors[index])
        return self.known[index]

    def _value(self, tensor):
        u, v = self.coordinates(tensor)
        if tensor.kind == p.COMMITTED:
            return self.keys.committed(tensor, u, v)
        if tensor.kind == p.GATHER:
            return self.keys.gathered(tensor, u, v)
        if tensor.kind == p.LIVE:
            return Form(prefix(u, tensor.features) * self._live_positions(tensor.domain, v) * tensor.constant)
        if tensor.kind == p.AFFINE:
            total = Form(ZERO + tensor.constant)
            for coefficient, operand in zip(tensor.coefficients, tensor.operands):
                total = total + self.value(operand) * coefficient
            return total * inverse_power_of_two(tensor.shift)
        if tensor.kind == p.BROADCAST:
            return self.value(tensor.operands[0]) * prefix(u, tensor.features)
        if tensor.kind == p.SUM:
            operand = self.segment.program.tensors[tensor.operands[0]]
            return self.keys.summed(operand, tensor.constant, v)
        return Form()

    def _live_positions(self, domain, v):
        if domain.kind == p.RECORDS:
            return prefix(v, self.segment.statement.datasets[domain.dataset].records)
        return self.segment.sampling.live_at(v)


class SegmentVerifier:
    """The conversation of one segment, section by section."""

    def __init__(self, segment, transcript):
        self.segment, self.program, self.plan = segment, segment.program, segment.plan
        self.statement, self.shape = segment.statement, segment.shape
        self.keys = Keys(segment)
        root = self.shape.segment_root(segment.index)
        self.talk = Conversation(transcript, root, self.plan.pad_offset)
        self.product_claims, self.weight_claims = [], []
        self.starts, self.ends = [], []
        self.products_in = {}

    def run(self):
        self._answers()
        self.alpha, self.beta = self.talk.challenge('alpha'), self.talk.challenge('beta')
        numerator, denominator, leaf_point = self._tree()
        self._leaves(numerator, denominator, leaf_point)
        self._contractions()
        self._named_start()
        self._ends()
        self._weights()
        self._products()
        return self.talk.finish(self.plan.gate_rounds, self.plan.num_pads)

    # ---- claims
    def _claim(self, index, point, value):
        """Tensor `index` at the low coordinates of `point` is `value`."""
        tensor = self.program.tensors[index]
        point = tuple(point)[: tensor.variables]
        linear = Values(self.segment, self.keys, point).value(index)
        if tensor.is_linear:
            self.talk.vanishes(linear - value)
        else:
            terms = list(self._product_terms(index).items())
            self.product_claims.append(ProductClaim(point, terms, value - linear))

    def _product_terms(self, index):
        """Products in a tensor without contractions, affine tensors multiplied out: coefficient of each in F."""
        if index in self.products_in:
            return self.products_in[index]
        tensor, terms = self.program.tensors[index], {}
        if tensor.kind == p.PRODUCT:
            terms = {index: 1}
        elif tensor.kind == p.AFFINE:
            scale = inverse_power_of_two(tensor.shift)
            for coefficient, operand in zip(tensor.coefficients, tensor.operands):
                for product, inner in self._product_terms(operand).items():
                    terms[product] = (terms.get(product, 0) + scale * coefficient * inner) % P
        self.products_in[index] = terms
        return terms

    # ---- 6.1
    def _answers(self):
        k, s = self.segment.index, self.statement
        self._answer(self.shape.end_root(k), s.segments[k].end, self.shape.weights.answer_pad)
        if k > 0:
            return
        if self.shape.has_named_start:
            self._answer(self.shape.start_root(0), s.start, self.shape.weights.answer_pad)
        for d, m in enumerate(s.datasets):
            self._answer(self.shape.dataset_root(d), m, dataset_layout(m).answer_pad)

    def _answer(self, root, committed, pad):
        z = root_challenge(committed.root)
        value = Form.of_key(PowersKey(root, z, pad)) + Form.of_key(PadKey(root, pad))
        self.talk.vanishes(value - committed.answer)

    # ---- 6.2
    def _tree(self):
        talk = self.talk
        numerator, denominator, point = Form(), talk.receive('tree_root'), ()
        for j in range(self.plan.tree_depth):
            factor = talk.challenge('lambda')
            s, bound = talk.sumcheck(numerator + denominator * factor, j, 2, point)
            p_0, p_1, q_0, q_1 = (talk.receive('children') for _ in range(4))
            talk.vanishes(-s, [(ONE, p_0, q_1), (ONE, p_1, q_0), (factor, q_0, q_1)])
            tau = talk.challenge('tau')
            numerator, denominator = p_0 + (p_1 - p_0) * tau, q_0 + (q_1 - q_0) * tau
            point = bound + (tau,)
        return numerator, denominator, point

    # ---- 6.3
    def _leaves(self, numerator, denominator, point):
        self.leaf_point, program = point, self.program
        received = {i: self.talk.receive('leaf') for i in self.plan.leaf_virtuals}
        values = Values(self.segment, self.keys, point, received)
        top, bottom, gaps = -numerator, -denominator, ONE
        for lookup, bits, offset in zip(program.lookups, self.plan.tree_logs, self.plan.lookup_offsets):
            at = eq_index(point[bits:], offset >> bits)
            column_values = [values.value(i) for i in lookup.columns]
            top, gaps = top + at, gaps - at
            bottom = bottom + self._denominator(lookup.table, column_values) * at
        for index, (table, offset) in enumerate(zip(program.tables, self.plan.table_offsets)):
            low = point[: table.bits]
            at = eq_index(point[table.bits :], offset >> table.bits)
            column_values = [Form(value) for value in _table_at(table, low)]
            top, gaps = top - self.keys.multiplicity(index, low) * at, gaps - at
            bottom = bottom + self._denominator(index, column_values) * at
        self.talk.vanishes(top)
        self.talk.vanishes(bottom + gaps)
        for index in program.zeros:
            self.talk.vanishes(values.value(index))
        self.leaf_values = received
        for index in self.plan.leaf_virtuals:
            tensor = program.tensors[index]
            if tensor.kind == p.PRODUCT:
                claim_point = point[: tensor.variables]
                self.product_claims.append(ProductClaim(claim_point, [(index, 1)], received[index]))

    def _denominator(self, table, column_values):
        """alpha - beta table - V_0 - beta^2 V_1 - beta^3 V_2."""
        beta = powers(self.beta, 4)
        total = Form(self.alpha - self.beta * table)
        for factor, value in zip((beta[0], beta[2], beta[3]), column_values):
            total = total - value * factor
        return total

    # ---- 6.4
    def _contractions(self):
        talk, plan, tensors = self.talk, self.plan, self.program.tensors
        t, b, r = plan.step_bits, plan.slot_bits, self.leaf_point
        factors = powers(talk.challenge('lambda'), len(plan.contractions))
        s = Form()
        for factor, x in zip(factors, plan.contractions):
            feature_bits = tensors[x.operands[0]].feature_bits
            s = s + self.leaf_values[x.id] * (factor * inverse_power_of_two(feature_bits))
        s, rho = talk.sumcheck(s, plan.contraction_rounds, 3)
        steps, position = rho[:t], r[:b] + rho[:t]
        e = eq_points(r[b : b + t], steps) * (1 << t)
        linear, gates = -s, []
        for factor, x in zip(factors, plan.contractions):
            operand = tensors[x.operands[0]]
            bound = rho[t : t + operand.feature_bits]
            coefficient = factor * e
            value = None
            if not operand.is_public:
                value = talk.receive('operand')
            weight = talk.receive('weight')
            if operand.is_public:
                public = Values(self.segment, self.keys, position + bound).value(operand.id)
                linear = linear + weight * (public.constant * coefficient)
            else:
                self._claim(operand.id, position + bound, value)
                gates.append((coefficient, value, weight))
            self._claim_weight(x, bound, steps, weight)
        talk.vanishes(linear, gates)

    def _claim_weight(self, x, bound, steps, value):
        """The weight of a contraction: bound is the operand's feature point, the other one is the leaf point's."""
        bits = x.domain.bits
        u = self.leaf_point[bits : bits + x.feature_bits]
        inputs, outputs = (bound, u) if x.is_forward else (u, bound)
        self.weight_claims.append(WeightClaim(x.parameter, inputs, outputs, steps, value))

    # ---- 6.5
    def _parameter_point(self, label, parameter):
        inputs = self.talk.challenges(label, clog(parameter.inputs))
        outputs = self.talk.challenges(label, clog(parameter.outputs))
        return tuple(inputs), tuple(outputs)

    def _named_start(self):
        if self.segment.index > 0 or not self.shape.has_named_start:
            return
        root = self.shape.start_root(0)
        for index, parameter in enumerate(self.program.parameters):
            u, v = self._parameter_point('start', parameter)
            key = self.keys.parameter(root, index, u, v)
            self.talk.vanishes(key - self.keys.live_cells(root, index, u, v))
            value = self.talk.clear('named start')
            self.talk.vanishes(key - value)
            self.starts.append(Published(index, u, v, value))

    def _ends(self):
        k = self.segment.index
        publishes = k == self.shape.num_segments - 1 and self.statement.publish_weights
        for index, parameter in enumerate(self.program.parameters):
            u, v = self._parameter_point('end', parameter)
            key = self.keys.parameter(self.shape.end_root(k), index, u, v)
            self.weight_claims.append(WeightClaim(index, u, v, None, key))
            if publishes:
                value = self.talk.clear('published')
                self.talk.vanishes(key - value)
                self.ends.append(Published(index, u, v, value))

    def _start_at(self, claim):
        """W_0~ at the point of a weight claim."""
        if self.segment.has_start:
            root = self.shape.start_root(self.segment.index)
            return self.keys.parameter(root, claim.parameter, claim.inputs, claim.outputs)
        matrix = self.segment.seeded[claim.parameter]
        return Form(ZERO if matrix is None else matrix_at(matrix, claim.inputs, claim.outputs))

    def _weights(self):
        talk, plan, claims = self.talk, self.plan, self.weight_claims
        factors = powers(talk.challenge('lambda'), len(claims))
        s = Form()
        for factor, claim in zip(factors, claims):
            s = s + (self._start_at(claim) - claim.value) * factor
        s, point = talk.sumcheck(s * inverse_power_of_two(plan.weight_rounds), plan.weight_rounds, 3)
        steps = point[plan.slot_bits :]
        linear, gates = -s, []
        for factor, claim in zip(factors, claims):
            response = factor * self._response_at(claim, steps)
            for update in self.program.updates_of(claim.parameter):
                coefficient = response * (1 << update.shift)
                a = self._factor(update.a, point, claim.inputs)
                d = self._factor(update.d, point, claim.outputs)
                if isinstance(a, Form) and isinstance(d, Form):
                    gates.append((coefficient, a, d))
                else:
                    linear = linear + a * d * coefficient
        talk.vanishes(linear, gates)

    def _factor(self, index, position, features):
        """A factor of an update at (features, position): a hidden value, or an element of K where it is public."""
        if self.program.tensors[index].is_public:
            return Values(self.segment, self.keys, position + features).value(index).constant
        value = self.talk.receive('factor')
        self._claim(index, position + features, value)
        return value

    def _response_at(self, claim, steps):
        """L_c~ at a point of the padded steps.

        L_c(s) = sum_{j: s+j < min(T, e_s)} c_(s+j) mu_j after(s + j + 1)
                 + [P > 0, e_s <= T] after(e_s) c_(e_s - 1) sum_{j >= e_s - s} mu_j
        after(v) = sum_{u >= v} eq(time point, u); 1 for the end.
        """
        s, schedule = self.statement, self.segment.schedule
        count, table = len(schedule), eq_table(steps)
        after = _after(claim.time, count)
        moved = k_times_f(after[1:], f_array(schedule))  # c_u after(u + 1), u a step
        period_end = np.full(count, count)
        if s.period:
            period_end = (np.arange(count) // s.period + 1) * s.period
        response = np.zeros((count, 3), np.uint64)
        for j, mu in enumerate(s.impulse[:count]):
            first = np.arange(count - j)
            inside = (first + j < period_end[: count - j])[:, None]
            term = f_mul(moved[j:], np.uint64(mu)) * inside
            response[: count - j] = f_add(response[: count - j], term)
        total = k_dot(response, table[:count])
        return total + self._paid_out_at(moved, table, count)

    def _paid_out_at(self, moved, table, count):
        """The second term of L_c: what the last step of each whole period pays out."""
        s, total = self.statement, ZERO
        if not s.period:
            return total
        tails = np.cumsum(np.array(s.impulse[::-1], np.uint64))[::-1]
        for end in range(s.period, count + 1, s.period):
            first = max(end - s.period, end - len(tails) + 1)
            ahead = end - np.arange(first, end)
            paid = k_dot_f(table[first:end], tails[ahead])
            total = total + paid * K(*map(int, moved[end - 1]))
        return total

    # ---- 6.6
    def _products(self):
        talk, plan = self.talk, self.plan
        if not plan.products:
            return
        factors = powers(talk.challenge('lambda'), len(self.product_claims))
        s = Form()
        for factor, claim in zip(factors, self.product_claims):
            s = s + claim.value * (factor * inverse_power_of_two(len(claim.point)))
        s, rho = talk.sumcheck(s, plan.product_rounds, 3)
        operands = {}
        for index in plan.operands:
            operands[index] = talk.receive('operand')
            self._claim(index, rho, operands[index])
        weights = {x.id: ZERO for x in plan.products}
        for factor, claim in zip(factors, self.product_claims):
            e = factor * eq_points(claim.point, rho)
            for product, coefficient in claim.terms:
                weights[product] = weights[product] + e * coefficient
        self._product_equation(s, rho, operands, weights)

    def _product_equation(self, s, rho, operands, weights):
        linear, gates = -s, []
        for x in self.plan.products:
            first, second = (
                operands[i] if i in operands else Values(self.segment, self.keys, rho).value(i).constant
                for i in x.operands
            )
            if isinstance(first, Form) and isinstance(second, Form):
                gates.append((weights[x.id], first, second))
            else:
                linear = linear + first * second * weights[x.id]
        self.talk.vanishes(linear, gates)


def _table_at(table, point):
    """row~ and the other columns of a table at a point."""
    row = sum((c * (1 << i) for i, c in enumerate(point)), ZERO)
    others = columns(table)
    weights = eq_table(point) if others else None
    return [row] + [k_dot_f(weights, f_array(column)) for column in others]


def _after(time, count):
    """Array [count + 1, 3] of after(0) ... after(count)."""
    if time is None:
        return k_array([ONE] * (count + 1))
    sums = f_suffix_sums(eq_table(time))
    if count + 1 > len(sums):
        sums = np.concatenate([sums, k_array([ZERO])])
    return sums[: count + 1]


def verify_segment(segment, root, transcript):
    """`root`: that of the segment, received already."""
    talk = SegmentVerifier(segment, transcript)
    return Outcome(root, talk.run(), transcript.state, talk.starts, talk.ends)
