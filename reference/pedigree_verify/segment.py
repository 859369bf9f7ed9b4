"""One segment: its messages and equations (docs/protocol.md sections 6.1 to 6.7).

    6.1  answers of the long-lived roots
    6.2  the lookup tree: sum of 1/Q over lookups = sum of mult/Q over rows of tables, Q = alpha - beta (table) - columns
    6.3  leaves: numerators, denominators and zero tensors at the leaf point
    6.4  contractions: sum over features of an operand times weights
    6.5  weights: W_0 less the updates of the steps before
    6.6  products of tensors
    6.7  pullbacks: tensors that are columns of a table; then conversation.py joins everything

Returns the linear form that must vanish, and what is published on the way.
"""

from dataclasses import dataclass
from functools import partial

from . import program as p
from .conversation import Conversation, inverse_power_of_two
from .field import K, ONE, P, ZERO, f_from_signed, k_dot_f, powers
from .form import Form, PadKey, PowersKey, matrix_at
from .keys import Keys, Values
from .layout import PUSHFORWARDS, address_point, dataset_layout
from .multilinear import clog, eq_index, eq_points, eq_table, prefix_eq
from .response import response_at
from .tables import columns
from .transcript import Chain


@dataclass
class Segment:
    """Everything public of one segment. `schedule`: its runs; `seeded`: the start of each parameter, or None."""

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
    """What a conversation leaves: its roots by part, the form that must vanish, its last state, and what it published."""

    roots: dict
    form: Form
    state: bytes
    starts: list
    ends: list


def root_challenge(root):
    """z of section 6.1."""
    chain = Chain()
    chain.absorb('B', 'out of domain', root)
    return chain.challenge('z')


class SegmentVerifier:
    """The conversation of one segment, section by section."""

    def __init__(self, segment, transcript):
        self.segment, self.program, self.plan = segment, segment.program, segment.plan
        self.statement, self.shape = segment.statement, segment.shape
        self.keys = Keys(segment)
        pads = self.shape.segments[segment.index].pads
        self.talk = Conversation(transcript, self.shape.own_root(segment.index, pads.part), pads.offset)
        self.product_claims, self.weight_claims = [], []
        self.starts, self.ends, self.later_roots = [], [], {}
        self.products_in = {}

    def run(self):
        self._answers()
        self.alpha, self.beta = self.talk.challenge('alpha'), self.talk.challenge('beta')
        numerator, denominator, leaf_point = self._tree(self.plan.tree_depth)
        self._leaves(numerator, denominator, leaf_point)
        self._contractions()
        self._start()
        self._ends()
        self._weights()
        self._products()
        self._pullbacks()
        self._shows()
        return self.talk.finish(self.plan.gate_rounds, self.plan.num_pads)

    def outcome(self, roots):
        """Holds the conversation; `roots`: the segment's own that are received already."""
        form = self.run()
        return Outcome(roots | self.later_roots, form, self.talk.transcript.state, self.starts, self.ends)

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
        """Products and pullbacks in a tensor without contractions, affine tensors multiplied out: coefficient of each in F."""
        if index in self.products_in:
            return self.products_in[index]
        tensor, terms = self.program.tensors[index], {}
        if tensor.kind in (p.PRODUCT, p.PULLBACK):
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
    def _tree(self, depth):
        talk = self.talk
        numerator, denominator, point = Form(), talk.receive('tree_root'), ()
        for j in range(depth):
            factor = talk.challenge('lambda')
            s, bound = talk.sumcheck(numerator + denominator * factor, j, 2, point)
            p_0, p_1, q_0, q_1 = (talk.receive('children') for _ in range(4))
            talk.vanishes(-s, [(ONE, p_0, q_1), (ONE, p_1, q_0), (factor, q_0, q_1)])
            tau = talk.challenge('tau')
            numerator, denominator = p_0 + (p_1 - p_0) * tau, q_0 + (q_1 - q_0) * tau
            point = bound + (tau,)
        return numerator, denominator, address_point(point)

    # ---- 6.3
    def _leaves(self, numerator, denominator, point):
        self.leaf_point, program = point, self.program
        received = {i: self.talk.receive('leaf') for i in self.plan.leaf_virtuals}
        values = Values(self.segment, self.keys, point, received)
        top, bottom, gaps = -numerator, -denominator, ONE
        for lookup, bits, offset in zip(program.lookups, self.plan.tree_logs, self.plan.lookup_offsets):
            at = eq_index(point[bits:], offset >> bits)
            column_values = [values.value(i) for i in lookup.columns]
            there = values.there(lookup.columns[0])
            top, gaps = top + at * there, gaps - at * there
            bottom = bottom + self._denominator(lookup.table, column_values, there) * at
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
            if tensor.kind != p.CONTRACTION:
                claim_point = point[: tensor.variables]
                self.product_claims.append(ProductClaim(claim_point, [(index, 1)], received[index]))

    def _denominator(self, table, column_values, there=ONE):
        """alpha - beta table - V_0 - beta^2 V_1 - beta^3 V_2, the first two where there are cells."""
        beta = powers(self.beta, 4)
        total = Form((self.alpha - self.beta * table) * there)
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

    def _start(self):
        if not self.segment.has_start:
            return
        root = self.shape.start_root(self.segment.index)
        for index, parameter in enumerate(self.program.parameters):
            u, v = self._parameter_point('start', parameter)
            key = self._start_key(root, index, u, v)
            if self.segment.index > 0:
                continue
            value = self.talk.clear('named start')
            self.talk.vanishes(key - value)
            self.starts.append(Published(index, u, v, value))

    def _start_key(self, root, index, u, v):
        """The start's key of a parameter, whose padded cells are zero."""
        key = self.keys.parameter(root, index, u, v)
        self.talk.vanishes(key - self.keys.live_cells(root, index, u, v))
        return key

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
            response = factor * response_at(self.statement, self.segment.schedule, claim.time, steps)
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
            if self.program.tensors[index].kind != p.PULLBACK:
                self._claim(index, rho, operands[index])
        self.product_point, self.operand_values = rho, operands
        weights = {x.id: ZERO for x in plan.products}
        for factor, claim in zip(factors, self.product_claims):
            e = factor * eq_points(claim.point, rho)
            for product, coefficient in claim.terms:
                weights[product] = weights[product] + e * coefficient
        self._product_equation(s, rho, operands, weights)

    # ---- 6.7
    def _pullbacks(self):
        talk, plan, program = self.talk, self.plan, self.program
        if not program.pullbacks:
            return
        gamma = powers(talk.challenge('gamma'), len(program.pullbacks))
        self.later_roots[PUSHFORWARDS] = talk.transcript.digest('pushforward')
        for t, table in enumerate(program.pullback_tables):
            for c, column in enumerate(columns(table)):
                weights = partial(_column_at, f_from_signed(column))
                total = -self.keys.pushforward(t, table.bits, weights)
                for factor, x in zip(gamma, program.pullbacks):
                    if x.table == t:
                        total = total + self.operand_values[x.columns[c]] * factor
                talk.vanishes(total)
        alpha, beta = talk.challenge('alpha'), talk.challenge('beta')
        numerator, denominator, point = self._tree(plan.pullback_depth)
        values = Values(self.segment, self.keys, point)
        top, bottom, gaps = -numerator, -denominator, ONE
        for factor, x, bits, offset in zip(gamma, program.pullbacks, plan.pullback_logs, plan.pullback_offsets):
            at, there = eq_index(point[bits:], offset >> bits), values.there(x.index)
            cells = program.tensors[x.index].features_there << program.tensors[x.index].domain.bits
            top = top + factor * prefix_eq(self.product_point[:bits], point[:bits], cells) * at
            gaps = gaps - at * there
            bottom = bottom + ((alpha - beta * x.table) * there - values.value(x.index)) * at
        for t, (table, offset) in enumerate(zip(program.pullback_tables, plan.pullback_table_offsets)):
            low = point[: table.bits]
            at = eq_index(point[table.bits :], offset >> table.bits)
            top = top - self.keys.pushforward(t, table.bits, partial(eq_points, low)) * at
            bottom, gaps = bottom + (alpha - beta * t - _row_at(low)) * at, gaps - at
        talk.vanishes(top)
        talk.vanishes(bottom + gaps)

    def _shows(self):
        """What a claim shows of its cells; a run has none."""

    def _product_equation(self, s, rho, operands, weights):
        linear, gates = -s, []
        for x in self.plan.products:
            if x.kind == p.PULLBACK:
                linear = linear + operands[x.id] * weights[x.id]
                continue
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
    row = _row_at(point)
    others = columns(table)
    weights = eq_table(point) if others else None
    return [row] + [k_dot_f(weights, f_from_signed(column)) for column in others]


def _row_at(point):
    return sum((c * (1 << i) for i, c in enumerate(point)), ZERO)


def _column_at(column, point):
    return k_dot_f(eq_table(point), column)
