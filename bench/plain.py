"""Plain float32 training in numpy: what a framework does and no more. Its own process, run by bench/run.py.

    plain.py train X Y WIDTHS(comma) BATCH STEPS     X, Y: NPY, or gzipped IDX
    plain.py records RECORDS FEATURES CLASSES X Y    makes class means plus noise

`train` prints one JSON object: CPU seconds of the steps alone; reading records and two steps to warm up are not counted.
"""
import gzip
import json
import resource
import sys

import numpy as np


def read(path):
    if path.endswith(".npy"):
        return np.load(path)
    data = gzip.open(path).read()
    shape = [int.from_bytes(data[4 + 4 * i:8 + 4 * i], "big") for i in range(data[3])]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Network:
    def __init__(self, widths):
        random = np.random.default_rng(7)
        self.w = [random.standard_normal((a, b), np.float32) / np.float32(a**0.5) for a, b in zip(widths, widths[1:])]
        self.b = [np.zeros(b, np.float32) for b in widths[1:]]

    def step(self, x, y, rate):
        values = [x]
        for layer, (w, b) in enumerate(zip(self.w, self.b)):
            z = values[-1] @ w
            z += b
            values.append(np.maximum(z, 0, out=z) if layer + 1 < len(self.w) else z)
        delta = values.pop()
        delta -= delta.max(axis=1, keepdims=True)
        np.exp(delta, out=delta)
        delta *= rate / delta.sum(axis=1, keepdims=True)
        delta[np.arange(len(y)), y] -= rate
        for layer in reversed(range(len(self.w))):
            before = values[layer]
            change = before.T @ delta
            down = delta.sum(axis=0)
            if layer:
                delta = delta @ self.w[layer].T
                delta *= before > 0
            self.w[layer] -= change
            self.b[layer] -= down


def train(x, y, widths, batch, steps):
    x, y = read(x), read(y).astype(np.int64)
    scale = np.float32(1 / 255 if x.dtype == np.uint8 else 1)
    x = np.ascontiguousarray(x.reshape(len(x), -1), np.float32) * scale
    widths, batch, steps = [x.shape[1], *map(int, widths.split(","))], int(batch), int(steps)
    order = np.random.default_rng(1).permutation(len(x))
    network = Network(widths)
    for t in range(-2, steps):
        if t == 0:
            begin = cpu_seconds()
        rows = order[np.arange(t * batch, (t + 1) * batch) % len(order)]
        network.step(x[rows], y[rows], np.float32(0.03125 / batch))
    print(json.dumps({"train_cpu_seconds": cpu_seconds() - begin, "numpy": np.__version__, "finite": bool(np.isfinite(network.w[0]).all())}))


def records(number, features, classes, x, y):
    number, features, classes = int(number), int(features), int(classes)
    random = np.random.default_rng(3)
    means = random.standard_normal((classes, features), np.float32) / 4
    labels = random.integers(0, classes, number)
    np.save(x, means[labels] + random.standard_normal((number, features), np.float32))
    np.save(y, labels.astype(np.int32))


if __name__ == "__main__":
    {"train": train, "records": records}[sys.argv[1]](*sys.argv[2:])
