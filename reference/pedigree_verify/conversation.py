"""One segment's conversation: hidden values as they are received, and the equations between them (docs/protocol.md 6.0, 6.8).

    receive(label)   reads one element m of K and gives the hidden value m - pad_i, i counting these calls
    clear(label)     gives m itself
    0 = E            an equation: linear part + sum of gates coefficient A B, A and B hidden values

    sumcheck(s, n, d, z): for i = n - 1, ..., 0: d times h_j := receive("round"); rho_i := challenge("bind")
                          s := s + sum_j h_j (rho_i^j - z_i);  without z all z_i are 1/2

All equations of a segment become one linear form (section 6.8):

    eta := challenge("eta"); equation i times eta^i; linear part L, gates with weights w_k = eta^i coefficient
    a free gate of weight 0 with the next two pads, then gates of weight 0 and operands 0 up to 2^n
    s := sumcheck(-2^-n L, n, 3) of w_k a_k b_k;  l := clear("gate_a"), r := clear("gate_b"), mu := challenge("mu")
    0 = (s - (sum_k eq(rho, k) w_k) l r) + mu (sum_k eq(rho, k) a_k - l) + mu^2 (sum_k eq(rho, k) b_k - r)
"""

from dataclasses import dataclass

from .field import HALF, K, P, ZERO, powers
from .form import Form, PadKey
from .layout import PAD_WORDS
from .multilinear import eq_index
from .refusal import require



@dataclass
class Gate:
    equation: int
    coefficient: K
    a: Form
    b: Form


def inverse_power_of_two(n):
    """2^-n in F."""
    return pow(HALF, n, P)


class Conversation:
    """`pad_root`, `pad_offset`: where the segment's pads lie."""

    def __init__(self, transcript, pad_root, pad_offset):
        self.transcript = transcript
        self.pad_root, self.pad_offset, self.pads_used = pad_root, pad_offset, 0
        self.equations, self.gates = [], []

    def challenge(self, label):
        return self.transcript.challenge(label)

    def challenges(self, label, count):
        return self.transcript.challenges(label, count)

    def clear(self, label):
        return self.transcript.element(label)

    def _next_pad(self):
        key = PadKey(self.pad_root, self.pad_offset + PAD_WORDS * self.pads_used)
        self.pads_used += 1
        return Form.of_key(key)

    def receive(self, label):
        return self.transcript.element(label) - self._next_pad()

    def vanishes(self, linear, gates=()):
        """Records 0 = linear + sum of coefficient * a * b over `gates`, triples (coefficient, a, b) of hidden a, b."""
        number = len(self.equations)
        self.equations.append(linear)
        self.gates += [Gate(number, coefficient, a, b) for coefficient, a, b in gates]

    def sumcheck(self, s, rounds, degree, z=None):
        """The claim that is left, and its point."""
        point = [None] * rounds
        for i in reversed(range(rounds)):
            h = [self.receive('round') for _ in range(degree)]
            rho = self.challenge('bind')
            mean = HALF if z is None else z[i]
            for power, coefficient in zip(powers(rho, degree + 1)[1:], h):
                s = s + coefficient * (power - mean)
            point[i] = rho
        return s, tuple(point)

    def finish(self, gate_rounds, num_pads):
        """Joins all equations; the linear form that must vanish."""
        eta = powers(self.challenge('eta'), len(self.equations))
        linear = sum((e * power for e, power in zip(self.equations, eta)), Form())
        weighted = [(eta[g.equation] * g.coefficient, g.a, g.b) for g in self.gates]
        weighted.append((ZERO, self._next_pad(), self._next_pad()))
        s, rho = self.sumcheck(linear * -inverse_power_of_two(gate_rounds), gate_rounds, 3)
        l, r = self.clear('gate_a'), self.clear('gate_b')
        mu = self.challenge('mu')
        weight, a, b = ZERO, Form(), Form()
        for k, (w_k, a_k, b_k) in enumerate(weighted):
            e = eq_index(rho, k)
            weight, a, b = weight + e * w_k, a + a_k * e, b + b_k * e
        require(self.pads_used == num_pads, 'pads_exhausted')
        return (s - weight * l * r) + (a - l) * mu + (b - r) * (mu * mu)
