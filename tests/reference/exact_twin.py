"""Exact training, the second time: an independent reading of docs/arithmetic.md in numpy.

    exact_twin.py STATEMENT.json    reads a statement with its integer dataset, prints the weights
                                    after the last step as one object {"weights": [[...], ...]},
                                    tensors in the order of section 4, entries row by row
    exact_twin.py --samples         prints the sample values of section 11

Shares no code with the trainer: its own Keccak, tables, order, start, forward and backward pass.
"""

import json
import math
import sys

import numpy as np

M64 = (1 << 64) - 1


# ---- Keccak-256, many messages of one block at once
def _round_constants():
    out, lfsr = [], 1
    for _ in range(24):
        rc = 0
        for j in range(7):
            if lfsr & 1:
                rc |= 1 << ((1 << j) - 1)
            lfsr <<= 1
            if lfsr & 0x100:
                lfsr ^= 0x171
        out.append(rc)
    return out


_RC = _round_constants()
_ROT = np.zeros((5, 5), int)
_x, _y = 1, 0
for _t in range(24):
    _ROT[_x][_y] = (_t + 1) * (_t + 2) // 2 % 64
    _x, _y = _y, (2 * _x + 3 * _y) % 5


def _rotate(v, n):
    n = int(n)
    return v if n == 0 else (v << np.uint64(n)) | (v >> np.uint64(64 - n))


def keccak_many(messages):
    """messages [n, length <= 135] of bytes -> digests [n, 32]."""
    n, length = messages.shape
    block = np.zeros((n, 136), np.uint8)
    block[:, :length] = messages
    block[:, length] ^= 0x01
    block[:, 135] ^= 0x80
    words = block.view('<u8').astype(np.uint64)
    a = [
        [words[:, x + 5 * y].copy() if x + 5 * y < 17 else np.zeros(n, np.uint64) for y in range(5)]
        for x in range(5)
    ]
    for rc in _RC:
        c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
        d = [c[(x - 1) % 5] ^ _rotate(c[(x + 1) % 5], 1) for x in range(5)]
        b = [[None] * 5 for _ in range(5)]
        for x in range(5):
            for y in range(5):
                b[y][(2 * x + 3 * y) % 5] = _rotate(a[x][y] ^ d[x], _ROT[x][y])
        a = [
            [b[x][y] ^ (~b[(x + 1) % 5][y] & b[(x + 2) % 5][y]) for y in range(5)] for x in range(5)
        ]
        a[0][0] = a[0][0] ^ np.uint64(rc)
    return np.stack([a[i][0] for i in range(4)], 1).astype('<u8').view(np.uint8).reshape(n, 32)


def hash_numbers(domain, first, second, thirds):
    """Keccak-256(domain || first || second || third) for each third."""
    head = np.frombuffer(
        domain + int(first).to_bytes(8, 'little') + int(second).to_bytes(8, 'little'), np.uint8
    )
    tail = np.asarray(thirds, '<u8').reshape(-1, 1).view(np.uint8)
    return keccak_many(np.hstack([np.tile(head, (len(tail), 1)), tail]))


# ---- section 3: order
def sort_rows(seed, epoch, rows):
    keys = hash_numbers(b'pedigree order v1', seed, epoch, rows)
    return [row for _, row in sorted((bytes(key), int(row)) for key, row in zip(keys, rows))]


def kept_rows(s):
    rows = list(range(s['records']))
    if s['holdout'] == 0:
        return rows
    return sort_rows(s['seed'], M64, rows)[: -s['holdout']]


def step_rows(s, steps):
    kept, batch, n = kept_rows(s), s['batch'], s.get('shards', 1)
    if n > 1:
        kept = sort_rows(s['seed'], M64 - 1, kept)
    used = len(kept)
    per_epoch = -(-(-(-used // n)) // batch)
    out = []
    for shard in range(n):
        rows = kept[used * shard // n : used * (shard + 1) // n]
        for place in range(sum(t * n // steps == shard for t in range(steps))):
            epoch, p = divmod(place, per_epoch)
            if p == 0:
                order = sort_rows(s['seed'], (shard << 32) + epoch, rows)
            out.append(order[p * batch :][:batch])
    return out


# ---- section 4: start
def start_bound(c, frac_w, fan_in):
    return math.isqrt(c * 4**frac_w // fan_in)


def start_tensor(seed, p, b, fan_in, out):
    count = fan_in * out
    words = (
        hash_numbers(b'pedigree start v1', seed, p, np.arange(-(-count // 8)))
        .view('<u4')
        .reshape(-1)[:count]
    )
    return np.array([int(u) * 2 * b // 2**32 - b for u in words], np.int64).reshape(fan_in, out)


# ---- section 2: rounding and tables
def rescale(z, s):
    """Integers or arrays of them; >> is the floor division."""
    return z << -s if s <= 0 else (z + (1 << (s - 1))) >> s


_C = [int(h, 16) for h in '''
3fffffc000002000 3fffff8000008000 3fffff0000020000 3ffffe0000080000 3ffffc00001fffff
3ffff800007ffffb 3ffff00001ffffd5 3fffe00007fffeab 3fffc0001ffff555 3fff80007fffaaab
3fff0001fffd5558 3ffe0007ffeaaad5 3ffc001fff555800 3ff8007ffaaad554 3ff001ffd557ffde
3fe007feaad55111 3fc01ff557ff778e 3f807faad54449f3 3f01fd57fddf4925 3e07ead5116baf23
3c1f57f78e05479d 387ad449db04430f 31d7df3d590415d1 26d165f8df2c13fd 178b56362cef37c7
08a95551dfc0e5d0 012c155b8213cf47 00057f08410409eb 00000078d56eebba 000000000000e423
'''.split()]


def exp62(n, f):
    p, k = 1 << 62, 0
    while n >> k:
        if n >> k & 1:
            p = p * (_C[k - f + 24] if k - f <= 5 else 0) >> 62
        k += 1
    return p


def sigmoid(q, f, frac_d):
    if q < 0:
        return 2**frac_d - sigmoid(-q, f, frac_d)
    b = 2**62 + exp62(q, f)
    return (2 ** (63 + frac_d) + b) // (2 * b)


def activation(name, q, f, a):
    """(ACT[q], DER[q]) for one integer q."""
    sign, m = (-1 if q < 0 else 1), abs(q)
    if name == 'identity':
        return rescale(q, f - a), 1
    if name == 'relu':
        return rescale(max(q, 0), f - a), int(q > 0)
    if name == 'tanh':
        e = exp62(2 * m, f)
        t = 2**62 * (2**62 - e) // (2**62 + e)
        return sign * rescale(t, 62 - a), rescale(2**62 - t * t // 2**62, 62 - 8)
    x = min(m * 2 ** (24 - f), 2**27)
    y = x * x // 2**24
    u = x * (2**24 + 750193 * y // 2**24) // 2**24 * 26772563 // 2**24
    s = 2**124 // (2**62 + exp62(u, 24))
    side = s if q >= 0 else 2**62 - s
    d = (2**24 + 2250579 * y // 2**24) * 26772563 // 2**24
    w = (s * (2**62 - s) // 2**62) * (x * d // 2**24) // 2**24
    return sign * rescale(m * side, 62 + f - a), rescale(side + sign * w, 62 - 8)


class Lookup:
    """A function of one integer, computed once per value."""

    def __init__(self, f):
        self.f, self.known = f, {}

    def __call__(self, q):
        values, where = np.unique(q, return_inverse=True)
        out = []
        for v in values:
            v = int(v)
            if v not in self.known:
                self.known[v] = self.f(v)
            out.append(self.known[v])
        return np.array(out, np.int64)[where.reshape(-1)].reshape(q.shape + np.shape(out[0]))


# ---- sections 5 to 7: the run
class Twin:
    def __init__(self, s):
        self.s, self.layers = s, [None] + s['layers']
        self.last, self.half = len(s['layers']), 2 ** s['range_bits']
        self.x, self.y = np.array(s['x'], np.int64), np.array(s['labels'], np.int64)
        self.linear = [i for i in range(1, self.last + 1) if self.layers[i]['kind'] == 'linear']
        self.owners = [i for i in self.linear if self.layers[i]['share'] == 0]
        self.params, self.tables = {}, {}
        for j, o in enumerate(self.owners):
            fan, out = self.width(self.layers[o]['input']), self.layers[o]['out']
            b = start_bound(3 if o == self.last else 6, self.frac_w(o), fan)
            self.params[o] = [start_tensor(s['seed'], 2 * j, b, fan, out), np.zeros(out, np.int64)]
        for i in range(1, self.last + 1):
            layer = self.layers[i]
            if layer['kind'] == 'activation':
                f, a, name = (
                    self.layers[layer['input']]['frac_q'],
                    layer['frac_a'],
                    layer['activation'],
                )
                self.tables[i] = Lookup(lambda q, f=f, a=a, name=name: activation(name, q, f, a))
        final = self.layers[self.last]
        self.exp = Lookup(lambda i: rescale(exp62(i, final['frac_q']), 62 - s['exp_bits']))
        self.sigmoid = Lookup(lambda q: sigmoid(q, final['frac_q'], final['frac_d']))
        self.past = []

    def width(self, i):
        if i == 0:
            return self.s['features']
        return (
            self.layers[i]['out']
            if self.layers[i]['kind'] == 'linear'
            else self.width(self.layers[i]['input'])
        )

    def owner(self, i):
        return self.layers[i]['share'] or i

    def frac_in(self, i):
        source = self.layers[i]['input']
        return self.s['frac_x'] if source == 0 else self.layers[source]['frac_a']

    def frac_w(self, i):
        uses = [u for u in self.linear if self.owner(u) == self.owner(i)]
        return max(self.frac_in(u) + self.layers[u]['frac_d'] for u in uses) + self.s['rate_bits']

    def in_range(self, q, what):
        if q.min() < -self.half or q.max() >= self.half:
            raise ValueError(what + ' leaves its range')
        return q

    def forward(self, rows):
        value, derivative = {0: self.x[rows]}, {}
        for i in range(1, self.last + 1):
            layer = self.layers[i]
            a = value[layer['input']]
            if layer['kind'] == 'linear':
                w, b = self.params[self.owner(i)]
                z = a @ w + (b << self.frac_in(i))
                value[i] = rescale(z, self.frac_in(i) + self.frac_w(i) - layer['frac_q'])
            elif layer['kind'] == 'add':
                f1, f2 = (self.layers[layer[k]]['frac_a'] for k in ('input', 'second'))
                f = max(f1, f2)
                value[i] = (a << f - f1) + (value[layer['second']] << f - f2)
            else:
                both = self.tables[i](self.in_range(a, f'layer {i}'))
                value[i], derivative[i] = both[..., 0], both[..., 1]
        return value, derivative

    def loss_delta(self, q, rows):
        y, layer, kind = self.y[rows], self.layers[self.last], self.s['loss']
        one = 2 ** layer['frac_d']
        if kind == 'logistic':
            return self.sigmoid(self.in_range(q, 'score')) - y[:, None] * one
        if kind == 'mean_squared':
            return rescale(
                self.in_range(q, 'score') - y[:, None], layer['frac_q'] - layer['frac_d']
            )
        m = self.in_range(q.max(1, keepdims=True), 'score')
        e = self.exp(m - q)
        total = e.sum(1, keepdims=True)
        p = (e * 2 * one + total) // (2 * total)
        p[np.arange(len(rows)), y] -= one
        return p

    def gradients(self, rows):
        value, derivative = self.forward(rows)
        sums = {i: [] for i in range(self.last + 1)}
        sums[self.last].append(
            (self.loss_delta(value[self.last], rows), self.layers[self.last]['frac_d'])
        )
        grads = {o: [np.zeros_like(w) for w in self.params[o]] for o in self.owners}
        for i in range(self.last, 0, -1):
            layer = self.layers[i]
            finest = max(f for _, f in sums[i])
            g = sum(v << finest - f for v, f in sums[i])
            if layer['kind'] == 'linear':
                frac_w = self.frac_w(i)
                shift = frac_w - self.s['rate_bits'] - self.frac_in(i) - layer['frac_d']
                grads[self.owner(i)][0] += value[layer['input']].T @ g << shift
                grads[self.owner(i)][1] += g.sum(0) << self.frac_in(i) + shift
                sums[layer['input']].append(
                    (g @ self.params[self.owner(i)][0].T, layer['frac_d'] + frac_w)
                )
            elif layer['kind'] == 'add':
                sums[layer['input']].append((g, finest))
                sums[layer['second']].append((g, finest))
            else:
                below = self.layers[layer['input']]
                e = self.in_range(rescale(g, finest - below['frac_e']), f'delta of layer {i}')
                drop = below['frac_e'] - below['frac_d']
                if layer['activation'] in ('identity', 'relu'):
                    d = rescale(e, drop) * derivative[i]
                else:
                    d = self.in_range(rescale(e * derivative[i], drop + 8), f'delta of layer {i}')
                sums[layer['input']].append((d, below['frac_d']))
        return grads

    def pay_out(self, factor):
        """Ends a period: the rest of each response acts now."""
        for age, g in enumerate(self.past):
            rest = sum(self.s['impulse'][age + 1 :])
            for o in self.owners:
                for k in range(2):
                    self.params[o][k] = self.params[o][k] - factor * rest * g[o][k]
        self.past = []

    def run(self):
        factors = [c for count, c in self.s['runs'] for _ in range(count)]
        for t, rows in enumerate(step_rows(self.s, self.s['steps'])):
            self.past = [self.gradients(rows)] + self.past[: len(self.s['impulse']) - 1]
            for o in self.owners:
                for k in range(2):
                    step = sum(mu * g[o][k] for mu, g in zip(self.s['impulse'], self.past))
                    self.params[o][k] = self.params[o][k] - factors[t] * step
            if self.s.get('period') and (t + 1) % self.s['period'] == 0:
                self.pay_out(factors[t])
        return [w.reshape(-1).tolist() for o in self.owners for w in self.params[o]]


def samples():
    print(bytes(hash_numbers(b'pedigree order v1', 7, 0, [0])[0]).hex())
    print(*sort_rows(7, M64, range(10)))
    print(step_rows(dict(records=10, holdout=2, batch=3, seed=7), 6))
    b = start_bound(6, 21, 64)
    w = start_tensor(7, 0, b, 64, 10)
    print(b, start_bound(3, 20, 32), *w[0], w[63, 9])
    print(*[exp62(n, 8) for n in (1, 3, 255, 256, 1000, 5000)])
    print(*[rescale(exp62(i, 8), 62 - 16) for i in (0, 1, 2, 100, 256, 1000, 2000, 3000, 3100)])
    print(*[sigmoid(q, 8, 8) for q in (-2000, -256, -1, 0, 1, 256, 2000)])
    for name, qs in (
        ('relu', (-4, 0, 3, 4, 100)),
        ('identity', (-500, -100, -4, 4)),
        ('tanh', (-256, -100, 0, 100, 500)),
        ('gelu', (-500, -256, -100, 0, 100, 256, 500)),
    ):
        print(name, *[activation(name, q, 8, 5) for q in qs])


if __name__ == '__main__':
    if sys.argv[1:] == ['--samples']:
        samples()
    else:
        with open(sys.argv[1]) as f:
            statement = json.load(f)
        statement['seed'] = int(statement['seed'])
        print(json.dumps({'weights': Twin(statement).run()}))
