"""The model of a statement: its parameters, its number formats, and whether they fit (docs/protocol.md section 4.2).

    frac_w(i) = rate_bits + max over linear layers j with owner(j) = owner(i) of ( frac(in(j)) + frac_d(j) )

Layers are numbered from 1; 0 is the record. Refusals: statement_range, statement_layer, statement_format.
"""

from dataclasses import dataclass

from .manifest import MAX_WIDTH
from .refusal import require
from .statement import (
    ACTIVATION,
    ADD,
    CROSS_ENTROPY,
    LINEAR,
    LOGISTIC,
    MAX_LAYERS,
    MEAN_SQUARED,
)

MAX_FRACTION = 24
MAX_SHIFT = 44
_MAX_TERMS = 256
MAX_SPREAD = 40


@dataclass(frozen=True)
class Parameter:
    """A matrix of weights [in, out], or a bias [1, out]; `layer` is its owner."""

    layer: int
    inputs: int
    outputs: int
    frac: int
    is_bias: bool


class Model:
    """Shapes and formats of the layers. Valid only after check_model."""

    def __init__(self, statement):
        self.statement = statement
        self.layers = statement.layers
        self.depth = len(statement.layers)
        self.widths, self.fractions = [statement.features], [statement.frac_x]
        for layer in self.layers:
            self._append_layer(layer)

    def _append_layer(self, layer):
        if layer.kind == LINEAR:
            self.widths.append(layer.out)
            self.fractions.append(layer.frac_q)
        else:
            self.widths.append(self.widths[layer.input])
            self.fractions.append(layer.frac_a)

    def layer(self, i):
        return self.layers[i - 1]

    def is_kind(self, i, kind):
        return i >= 1 and self.layer(i).kind == kind

    def owner(self, i):
        return self.layer(i).share or i

    def linear_layers(self):
        return [i for i in range(1, self.depth + 1) if self.layer(i).kind == LINEAR]

    def input_fraction(self, i):
        return self.fractions[self.layer(i).input]

    def frac_w(self, i):
        owner = self.owner(i)
        uses = [j for j in self.linear_layers() if self.owner(j) == owner]
        return self.statement.rate_bits + max(
            self.input_fraction(j) + self.layer(j).frac_d for j in uses
        )

    def parameters(self):
        """In the order of the owners: the weights, then the bias."""
        out = []
        for i in self.linear_layers():
            if self.owner(i) == i:
                inputs, outputs = self.widths[self.layer(i).input], self.layer(i).out
                frac = self.frac_w(i)
                out.append(Parameter(i, inputs, outputs, frac, False))
                out.append(Parameter(i, 1, outputs, frac, True))
        return out


def check_model(s):
    """The model of the statement, if it is valid. The order of the checks is that of section 4.2."""
    _check_sizes(s)
    for i, layer in enumerate(s.layers, 1):
        _check_fields(i, layer)
    _check_used(s.layers)
    model = Model(s)
    for i, layer in enumerate(s.layers, 1):
        _check_layer(model, i, layer)
    _check_loss(s, model)
    _check_terms(model)
    _check_deltas(model)
    return model


def _check_terms(model):
    """Sums of additions are written out where they are claimed: forward and backward they have few terms."""
    forward, backward = [1] + [0] * model.depth, [0] * (model.depth + 1)
    for i in range(1, model.depth + 1):
        layer = model.layer(i)
        is_add = layer.kind == ADD
        forward[i] = forward[layer.input] + forward[layer.second] if is_add else 1
        require(forward[i] <= _MAX_TERMS, 'statement_layer')
    for i in range(model.depth, 0, -1):
        layer = model.layer(i)
        require(backward[i] <= _MAX_TERMS, 'statement_layer')
        for j in (layer.input, layer.second) if layer.kind == ADD else (layer.input,):
            backward[j] += backward[i] if layer.kind == ADD else 1


def _check_sizes(s):
    require(1 <= s.num_layers <= MAX_LAYERS, 'statement_range')
    require(1 <= s.features <= MAX_WIDTH and 1 <= s.outputs <= MAX_WIDTH, 'statement_range')
    require(2 <= s.range_bits <= 15 and 1 <= s.input_bits <= 20, 'statement_format')
    require(s.frac_x <= 20 and s.rate_bits <= 32, 'statement_format')


def _check_fields(i, layer):
    """One layer by itself: its kind is known, fields of other kinds are zero, it reads layers before it."""
    is_linear = layer.kind == LINEAR
    require(layer.kind in (LINEAR, ACTIVATION, ADD), 'statement_layer')
    require(layer.input < i and layer.second < i, 'statement_layer')
    require(layer.second == 0 or layer.kind == ADD, 'statement_layer')
    require(is_linear or (layer.out == 0 and layer.share == 0), 'statement_layer')
    require(not is_linear or layer.frac_a == 0, 'statement_format')
    require(is_linear or layer.frac_q == layer.frac_e == layer.frac_d == 0, 'statement_format')
    require(layer.activation == 0 or layer.kind == ACTIVATION, 'statement_layer')
    require(layer.frac_a <= MAX_FRACTION, 'statement_format')
    require(layer.share < i, 'statement_layer')


def _check_used(layers):
    read = {layer.input for layer in layers} | {layer.second for layer in layers}
    require(read.issuperset(range(1, len(layers))), 'statement_layer')


def _check_layer(model, i, layer):
    if layer.kind == LINEAR:
        _check_linear(model, i, layer)
    elif layer.kind == ACTIVATION:
        require(layer.activation <= 3, 'statement_layer')
        require(model.is_kind(layer.input, LINEAR), 'statement_layer')
        require(layer.frac_a <= model.layer(layer.input).frac_q, 'statement_format')
    else:
        inputs = (layer.input, layer.second)
        require(all(j >= 1 and not model.is_kind(j, LINEAR) for j in inputs), 'statement_layer')
        require(model.widths[inputs[0]] == model.widths[inputs[1]], 'statement_layer')
        largest = max(model.fractions[j] for j in inputs)
        require(layer.frac_a == largest, 'statement_format')


def _check_linear(model, i, layer):
    require(1 <= layer.out <= MAX_WIDTH, 'statement_layer')
    require(layer.input == 0 or not model.is_kind(layer.input, LINEAR), 'statement_layer')
    owner = model.layer(model.owner(i))
    require(owner.kind == LINEAR and owner.share == 0 and owner.out == layer.out, 'statement_layer')
    require(model.widths[owner.input] == model.widths[layer.input], 'statement_layer')
    require(layer.frac_q <= MAX_FRACTION and 1 <= layer.frac_d <= MAX_FRACTION, 'statement_format')
    frac_w = model.frac_w(i)
    shift = model.input_fraction(i) + frac_w - layer.frac_q
    require(1 <= shift <= MAX_SHIFT and frac_w <= MAX_SHIFT, 'statement_format')
    if i == model.depth:
        require(layer.frac_e == 0, 'statement_format')
    else:
        require(layer.frac_d <= layer.frac_e <= MAX_FRACTION, 'statement_format')


def _check_loss(s, model):
    last = s.layers[-1]
    require(last.kind == LINEAR, 'statement_layer')
    require(s.loss in (CROSS_ENTROPY, LOGISTIC, MEAN_SQUARED), 'statement_layer')
    require(s.exp_bits == 0 or s.loss == CROSS_ENTROPY, 'statement_format')
    require(last.out == s.outputs, 'statement_layer')
    if s.loss == CROSS_ENTROPY:
        require(s.outputs >= 2, 'statement_layer')
        require(4 <= s.exp_bits <= 20, 'statement_format')
    elif s.loss == LOGISTIC:
        require(s.outputs == 1, 'statement_layer')
    else:
        require(last.frac_d <= last.frac_q, 'statement_format')


def delta_fractions(model):
    """For each layer the fractions of the contributions that reach it from layers; the largest is that of its sum."""
    reach = {i: [] for i in range(model.depth + 1)}
    for i in range(model.depth, 0, -1):
        layer = model.layer(i)
        if layer.kind == LINEAR:
            reach[layer.input].append(layer.frac_d + model.frac_w(i))
        elif layer.kind == ADD:
            for j in (layer.input, layer.second):
                reach[j].append(max(reach[i]))
    return reach


def _check_deltas(model):
    reach = delta_fractions(model)
    for i in range(1, model.depth + 1):
        layer, fractions = model.layer(i), reach[i]
        if layer.kind == ACTIVATION:
            frac_e = model.layer(layer.input).frac_e
            require(frac_e < max(fractions) <= frac_e + MAX_SHIFT, 'statement_format')
        if fractions:
            require(max(fractions) - min(fractions) <= MAX_SPREAD, 'statement_format')
