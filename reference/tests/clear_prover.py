"""An honest prover of one claim over clear values, for small data: every message of docs/claims.md 2.4 but the last join.

It lays the cells of all tensors of a program (clear_cells.py) out in the roots, and writes the messages of sections 6.1 to 6.6 and of
the shows. `failing` lets the verifier read them, and evaluates each equation on these roots: names of those that are false.
Nothing here is fast or hidden from anybody.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from clear_cells import bits_of, extension, inverse  # noqa: E402
from pedigree_verify import program as p  # noqa: E402
from pedigree_verify.claims import shows  # noqa: E402
from pedigree_verify.claims.claim import ClaimVerifier  # noqa: E402
from pedigree_verify.conversation import Conversation  # noqa: E402
from pedigree_verify.field import GENERATOR, HALF, K, ONE, P, ZERO, powers  # noqa: E402
from pedigree_verify.form import BlockKey, ChunkedKey, PadKey, PowersKey  # noqa: E402
from pedigree_verify.keccak import u32, u64  # noqa: E402
from pedigree_verify.layout import address_point, dataset_layout, tree_block_bits  # noqa: E402
from pedigree_verify.multilinear import clog, eq_index  # noqa: E402
from pedigree_verify.segment import Segment, root_challenge  # noqa: E402
from pedigree_verify.statement import MAGIC, VERSION  # noqa: E402
from pedigree_verify.tables import columns  # noqa: E402
from pedigree_verify.transcript import Chain, Reader, Transcript  # noqa: E402


# ---- messages
class Prover:
    def __init__(self, statement, plan, shape, cells, rng):
        self.s, self.plan, self.shape, self.cells, self.rng = statement, plan, shape, cells, rng
        self.program, self.count = plan.program, len(cells.rows)
        self.words = {i: {} for i in range(len(shape.heights))}
        self.chain, self.out, self.pads = Chain(), [], 0
        self._lay_out()

    # ---- roots
    def _lay_out(self):
        plan, layout = self.plan, self.shape.segments[0]
        words = self.words[0]  # small claims have one root
        assert len(layout.heights) == 1
        for index, at in layout.tensors.items():
            words.update({at.offset + i: c for i, c in enumerate(self._there(index))})
        for table, offset in enumerate(at.offset for at in layout.multiplicities):
            for look in self.program.lookups:
                if look.table == table:
                    for c in self._there(look.columns[0]):
                        words[offset + c] = words.get(offset + c, 0) + 1
        for i in range(3 * plan.num_pads):
            words[layout.pads.offset + i] = self.rng.randrange(P)
        if self.shape.has_named_start:
            root, layout = self.shape.start_root(0), self.shape.weights
            for parameter, matrix, chunks in zip(self.program.parameters, self.cells.witness.weights, layout.chunks):
                for i, row in enumerate(matrix):
                    for j, cell in enumerate(row):
                        self.words[root][chunks.offset + (i << clog(parameter.outputs)) + j] = cell % P
            self._answer(root, layout.answer_pad, self.s.weights)
        for d, m in enumerate(self.s.datasets):
            root, layout = self.shape.dataset_root(d), dataset_layout(m)
            for part, first in ((p.INPUTS, 0), (p.LABELS, m.features)):
                for row, cells in enumerate(self.cells.witness.datasets[d][part]):
                    for f, cell in enumerate(cells):
                        self.words[root][((first + f) << layout.record_bits) + row] = cell % P
            self._answer(root, layout.answer_pad, m)

    def _there(self, index):
        return self.cells.of[index][: self.cells.count(index)]

    def _answer(self, root, pad, named):
        """Draws the pad of a root's answer, and puts the answer into what names it."""
        for i in range(3):
            self.words[root][pad + i] = self.rng.randrange(P)
        named.answer = self.value(PowersKey(root, root_challenge(named.root), pad)) + self.value(PadKey(root, pad))

    def value(self, key):
        """A key on these roots."""
        words = self.words[key.root]
        if isinstance(key, PadKey):
            return sum((g * words.get(key.offset + i, 0) for i, g in enumerate(powers(GENERATOR, 3))), ZERO)
        if isinstance(key, PowersKey):
            total = ZERO
            for j in reversed(range(key.answer_pad)):
                total = (total + words.get(j, 0)) * key.z
            return total
        assert isinstance(key, (BlockKey, ChunkedKey))
        rows = [key.feature(bits_of(f, key.feature_bits)) for f in range(1 << key.feature_bits)]
        places = [key.position(bits_of(x, key.position_bits)) for x in range(1 << key.position_bits)]
        total = ZERO
        for f, row in enumerate(rows):
            first = key.offset + (f << key.position_bits)
            total = total + row * sum((e * words.get(first + x, 0) for x, e in enumerate(places)), ZERO)
        return total

    # ---- talk
    def begin(self, encoded):
        self.chain.absorb('B', 'pedigree', MAGIC)
        self.chain.absorb('B', 'version', VERSION)
        self.chain.absorb('B', 'statement', encoded)
        self.chain.absorb('B', 'position', u32(0))
        root = self.rng.randbytes(32)
        self.chain.absorb('D', 'segment', root)
        self.out.append(root)

    def clear(self, label, value):
        payload = b''.join(map(u64, value.words()))
        self.chain.absorb('K', label, payload)
        self.out.append(payload)

    def send(self, label, value):
        pad = self.value(PadKey(0, self.shape.segments[0].pads.offset + 3 * self.pads))
        self.pads += 1
        self.clear(label, value + pad)

    def sumcheck(self, parts, n, d, z=None):
        """`parts`: pairs (coefficient, tables of 2^n' cells of K each), variables below n'. The point."""
        point, parts = [None] * n, [(c, [list(t) for t in tables]) for c, tables in parts]
        for i in reversed(range(n)):
            size = 1 << i
            mean = K(pow(HALF, i, P))
            weights = [mean] * size if z is None else [eq_index(z[:i], x) for x in range(size)]
            samples = []
            for at in range(d + 1):
                total = ZERO
                for c, tables in parts:
                    if len(tables[0]) <= size:
                        continue
                    for x, weight in enumerate(weights):
                        product = c * weight
                        for t in tables:
                            product = product * (t[x] + (t[x + size] - t[x]) * at)
                        total = total + product
                samples.append(total)
            for h in coefficients(samples)[1:]:
                self.send('round', h)
            rho = self.chain.challenge('bind')
            for _, tables in parts:
                for k, t in enumerate(tables):
                    if len(t) > size:
                        tables[k] = [t[x] + (t[x + size] - t[x]) * rho for x in range(size)]
            point[i] = rho
        return tuple(point)

    def tensor_at(self, x, point):
        """A tensor at the low coordinates of a point."""
        return extension(self.cells.of[x.id], point[: x.variables])

    def prove(self, encoded):
        self.begin(encoded)
        draw, plan, tensors = self.chain.challenge, self.plan, self.program.tensors
        self.alpha, self.beta = draw('alpha'), draw('beta')
        r = self._tree()
        values = {}
        for index in plan.leaf_virtuals:
            values[index] = self.tensor_at(tensors[index], r)
            self.send('leaf', values[index])
        self._contractions(r)
        for parameter in self.program.parameters:
            for _ in range(clog(parameter.inputs) + clog(parameter.outputs)):
                draw('start')
        draw('lambda')
        self._products(r, values)
        for show in plan.shows:
            {
                shows.Stated: self._stated,
                shows.Hashed: self._hashed,
                shows.Inner: self._tally,
                shows.Matrix: self._tally,
                shows.Apart: self._apart,
                shows.Hits: self._hits,
            }[type(show)](show)
        return b''.join(self.out)

    def _tree(self):
        n, plan = self.plan.tree_depth, self.plan
        top, bottom = [ZERO] * (1 << n), [ONE] * (1 << n)
        beta = powers(self.beta, 4)

        def denominator(table, cells):
            out = self.alpha - self.beta * table
            for factor, c in zip((beta[0], beta[2], beta[3]), cells):
                out = out - factor * c
            return out

        for look, offset in zip(self.program.lookups, plan.lookup_offsets):
            for i, cells in enumerate(zip(*(self._there(c) for c in look.columns))):
                top[offset + i], bottom[offset + i] = ONE, denominator(look.table, cells)
        for index, (table, offset) in enumerate(zip(self.program.tables, plan.table_offsets)):
            others, first = columns(table), self.shape.segments[0].multiplicities[index].offset
            for i in range(1 << table.bits):
                cells = [i] + [int(o[i]) for o in others]
                top[offset + i] = -K(self.words[0].get(first + i, 0))
                bottom[offset + i] = denominator(index, cells)
        c = tree_block_bits(n)
        addresses = [((y & (1 << c) - 1) << n - c) + (y >> c) for y in range(1 << n)]
        layers = [([top[x] for x in addresses], [bottom[x] for x in addresses])]
        while len(layers[0][0]) > 1:
            (p_, q), half = layers[0], len(layers[0][0]) // 2
            p_0, p_1, q_0, q_1 = p_[:half], p_[half:], q[:half], q[half:]
            layers.insert(0, (
                [a * d + b * c for a, b, c, d in zip(p_0, p_1, q_0, q_1)],
                [c * d for c, d in zip(q_0, q_1)],
            ))
        assert layers[0][0][0] == ZERO or self.is_lying
        self.send('tree_root', layers[0][1][0])
        r = ()
        for j in range(n):
            factor, (p_, q), half = self.chain.challenge('lambda'), layers[j + 1], 1 << j
            tables = p_[:half], p_[half:], q[:half], q[half:]
            p_0, p_1, q_0, q_1 = tables
            bound = self.sumcheck([(ONE, [p_0, q_1]), (ONE, [p_1, q_0]), (factor, [q_0, q_1])], j, 2, r)
            for t in tables:
                self.send('children', extension(t, bound))
            r = bound + (self.chain.challenge('tau'),)
        return address_point(r)

    is_lying = False

    def _contractions(self, r):
        plan, tensors = self.plan, self.program.tensors
        factors = powers(self.chain.challenge('lambda'), len(plan.contractions))
        parts, position = [], r[: plan.slot_bits]
        for factor, x in zip(factors, plan.contractions):
            operand, size = tensors[x.operands[0]], 1 << plan.slot_bits
            cells = self.cells.of[operand.id]
            bound = [
                extension(cells[i * size : (i + 1) * size], position) for i in range(1 << operand.feature_bits)
            ]
            u = r[plan.slot_bits : plan.slot_bits + x.feature_bits]
            weights = self.cells.witness.weights[x.parameter]
            padded = [
                extension((list(row) + [0] * (1 << len(u)))[: 1 << len(u)], u) for row in weights
            ]
            padded += [ZERO] * (len(bound) - len(padded))
            parts.append((factor, [bound, padded]))
        rho = self.sumcheck(parts, plan.contraction_rounds, 3)
        for x, (_, (bound, weights)) in zip(plan.contractions, parts):
            operand = tensors[x.operands[0]]
            if not operand.is_public:
                self.send('operand', extension(bound, rho[: operand.feature_bits]))
            self.send('weight', extension(weights, rho[: operand.feature_bits]))

    def _products(self, r, values):
        plan, tensors = self.plan, self.program.tensors
        if not plan.products:
            return
        claims = [tensors[i] for i in plan.leaf_virtuals if tensors[i].kind == p.PRODUCT]
        parts = []
        for factor, x in zip(powers(self.chain.challenge('lambda'), len(claims)), claims):
            point = r[: x.variables]
            e = [eq_index(point, i) for i in range(1 << x.variables)]
            parts.append((factor, [e] + [[K(c) for c in self.cells.of[i]] for i in x.operands]))
        rho = self.sumcheck(parts, plan.product_rounds, 3)
        for index in plan.operands:
            self.send('operand', self.tensor_at(tensors[index], rho))

    # ---- shows
    def _draw(self, label, count):
        return tuple(self.chain.challenge(label) for _ in range(count))

    def _stated(self, show):
        return self._draw('show', show.tensor.feature_bits), self._draw('show', show.tensor.domain.bits)

    def _hashed(self, show):
        (u, v), rho, total = self._stated(show), self.chain.challenge('rho'), ZERO
        x = show.tensor
        for f in range(x.features):
            for n in range(self.count):
                cell = self.cells.of[x.id][(f << x.domain.bits) + n]
                total = total + eq_index(u, f) * eq_index(v, n) * cell
        self.clear('hashed', total + rho * K(*self.cells.of[show.salt.id][:3]))

    def _tally(self, show):
        x, y, b = self.cells.of[show.x.id], self.cells.of[show.y.id], show.x.domain.bits
        is_inner = isinstance(show, shows.Inner)
        u = () if is_inner else self._draw('tally', show.x.feature_bits)
        w = () if is_inner else self._draw('tally', show.y.feature_bits)
        live = [K(int(n < self.count)) for n in range(1 << b)]
        if is_inner:
            live = [e * int(j < show.x.features) for j in range(1 << show.x.feature_bits) for e in live]
            tables = [[K(c) for c in x], [K(c) for c in y]]
        else:
            tables = [
                [extension(cells[n :: 1 << b], point) for n in range(1 << b)] for cells, point in ((x, u), (y, w))
            ]
        rho = self.sumcheck([(ONE, [live, *tables])], show.rounds, 3)
        for t in tables:
            self.send('tally', extension(t, rho))

    def hashes(self, show, side):
        """For each item of a side a pair (bits, hashes of the rows that count by place)."""
        roots = [m.root for m in self.s.datasets]
        out = []
        for rows in show.sides[side].rows:
            x = rows.tensor
            u = shows.row_point(roots, x.features)
            weights = [eq_index(u, f).c0 for f in range(x.features)]
            at = {}
            for n in range(rows.count):
                if n not in rows.excluded:
                    cells = self.cells.of[x.id][n :: 1 << x.domain.bits]
                    at[n] = sum(e * c for e, c in zip(weights, cells)) % P
            out.append((x.domain.bits, at))
        return out

    def _apart(self, show):
        z, m = self.chain.challenge('apart'), show.depth
        leaves = [ONE] * (1 << m)
        for side in (0, 1):
            items = self.hashes(show, side)
            place = 0
            for bits, at in sorted(items, key=lambda item: -item[0]):
                for n, h in at.items():
                    leaves[2 * (place + n) + side] = z - h
                place += 1 << bits
        layers = [leaves]
        while len(layers[0]) > 2:
            half = len(layers[0]) // 2
            layers.insert(0, [x * y for x, y in zip(layers[0][:half], layers[0][half:])])
        for value in layers[0]:
            self.send('apart', value)
        r = (self.chain.challenge('tau'),)
        for j in range(1, m):
            layer, half = layers[j], 1 << j
            bound = self.sumcheck([(ONE, [layer[:half], layer[half:]])], j, 2, r)
            self.send('children', extension(layer[:half], bound))
            self.send('children', extension(layer[half:], bound))
            r = bound + (self.chain.challenge('tau'),)

    def _hits(self, show):
        self._draw('hit', show.tensor.feature_bits)
        self.chain.challenge('lambda')


def coefficients(samples):
    """Coefficients of the polynomial with these values at 0, 1, ..."""
    out, size = [ZERO] * len(samples), len(samples)
    for i, y in enumerate(samples):
        basis, scale = [1], 1
        for j in range(size):
            if j != i:
                basis = [
                    (lower - j * same) % P for lower, same in zip([0] + basis, basis + [0])
                ]
                scale = scale * (i - j) % P
        for k, c in enumerate(basis):
            out[k] = out[k] + y * (c * inverse(scale % P) % P)
    return out


# ---- what the verifier makes of it
class ClearConversation(Conversation):
    """Ends with the equations instead of joining them."""

    def finish(self, gate_rounds, num_pads):
        assert clog(len(self.gates) + 1) == gate_rounds
        assert self.pads_used + 2 + 3 * gate_rounds == num_pads, (self.pads_used, gate_rounds, num_pads)
        return None


class NamingVerifier(ClaimVerifier):
    """Remembers which show recorded which equation."""

    def _shows(self):
        self.names = {}
        for show in self.plan.shows:
            first = len(self.talk.equations)
            show.run(self)
            assert len(self.talk.equations) - first == show.equations
            for i in range(show.equations):
                self.names[first + i] = f'{type(show).__name__} {i}'


def failing(prover, sampling, encoded):
    """Names of the equations that are false on the prover's roots."""
    messages = prover.prove(encoded)
    reader = Reader(messages, 0)
    transcript = Transcript(reader)
    for label, payload in (('pedigree', MAGIC), ('version', VERSION), ('statement', encoded), ('position', u32(0))):
        transcript.absorb('B', label, payload)
    transcript.digest('segment')
    segment = Segment(prover.s, prover.shape, 0, prover.plan, sampling, None, None)
    verifier = NamingVerifier(segment, transcript)
    verifier.talk.__class__ = ClearConversation
    verifier.run()
    reader.finish()
    known = {}

    def value(form):
        total = form.constant
        for key, c in form.terms.items():
            if key not in known:
                known[key] = prover.value(key)
            total = total + c * known[key]
        return total

    totals = [value(e) for e in verifier.talk.equations]
    for gate in verifier.talk.gates:
        totals[gate.equation] = totals[gate.equation] + gate.coefficient * value(gate.a) * value(gate.b)
    return [verifier.names.get(i, f'equation {i}') for i, total in enumerate(totals) if total != ZERO]
