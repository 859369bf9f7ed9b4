#!/usr/bin/env python3
"""What `pedigree estimate` says against what `prove` then takes: bytes within 2 %, memory within 15 %, time printed.

Ten jobs; six of them need MNIST (../shared/data/mnist beside the project) and minutes: they run with PEDIGREE_SLOW=1. They are not
a held-out set: the weights come from a fit to other jobs, but the speed reference, two weights of time and the base of memory were
moved after most of these jobs had been seen. Time is held to a factor of two and a half only: machines are shared.
"""

import json
import os
import shutil
import unittest

import support
from support import ROOT, call

MNIST = ROOT.parent / "shared/data/mnist"
DIGITS = ["--data", ROOT / "examples/data/digits.csv", "--label", "label"]
CANCER = ["--data", ROOT / "examples/data/breast_cancer.csv", "--label", "label"]

# records, hidden widths, outputs, batch, steps, options of prove
FAST = [(DIGITS, [], 10, 16, 1, []), (DIGITS, [48], 10, 32, 112, []), (CANCER, [16], 2, 16, 500, []),
        (DIGITS, [128], 10, 64, 56, ["--segment", "8"])]
SLOW = [([128], 64, 20, []), ([256], 64, 100, []), ([1024, 1024], 128, 2, []), ([256], 64, 250, ["--segment", "64"]),
        ([256], 64, 938, ["--max-memory", "8GiB"]), ([1024, 1024], 128, 4, [])]


class Estimates(support.Case):
    def call(self, *words):
        return self.read(call(*words, "--json", timeout=600))

    def compare(self, data, hidden, outputs, batch, steps, options):
        layers = [layer for width in hidden for layer in ({"op": "linear", "out": width}, {"op": "relu"})]
        spec = {"version": 1, "model": layers + [{"op": "linear", "out": outputs}], "loss": "cross_entropy",
                "optimizer": {"name": "sgd", "lr": 0.05}, "batch": batch, "steps": steps, "seed": "3"}
        (self.dir / "spec.json").write_text(json.dumps(spec))
        run = self.dir / "run"
        self.call("train", self.dir / "spec.json", *data, "-o", run, "--dry-run", min(steps, 30))
        said = self.call("estimate", run, *options)
        took = self.call("prove", run, "-o", self.dir / "x.pedigree", *options)
        shutil.rmtree(run)
        (self.dir / "x.pedigree").unlink()
        ratio = {key: said[key] / took[key] for key in ("cpu_seconds", "peak_bytes", "bytes")}
        print(f"  {hidden} batch {batch} steps {steps} {options}: said/took time {ratio['cpu_seconds']:.2f} "
              f"({took['cpu_seconds']:.1f} s), memory {ratio['peak_bytes']:.2f} ({took['peak_bytes'] / 2**20:.0f} MiB), "
              f"bytes {ratio['bytes']:.3f}", flush=True)
        self.assertAlmostEqual(ratio["bytes"], 1, delta=0.02)
        self.assertAlmostEqual(ratio["peak_bytes"], 1, delta=0.15)
        self.assertTrue(0.4 < ratio["cpu_seconds"] < 2.5, ratio)

    def test_small_jobs(self):
        for job in FAST:
            self.compare(*job)

    def test_mnist(self):
        if os.environ.get("PEDIGREE_SLOW") != "1":
            self.skipTest("minutes: PEDIGREE_SLOW=1")
        if not MNIST.is_dir():
            self.skipTest(f"no {MNIST.parent.parent.name}/data/mnist beside the project")
        call("key", "new", "--out", self.dir / "key")
        data = self.dir / "data"
        call("data", "commit", MNIST / "train-images-idx3-ubyte.gz", "--labels", MNIST / "train-labels-idx1-ubyte.gz",
             "--licence", "CC-BY-SA-3.0", "--purpose", "tests", "--key", self.dir / "key", "-o", data)
        for hidden, batch, steps, options in SLOW:
            self.compare(["--data", data], hidden, 10, batch, steps, options)


if __name__ == "__main__":
    unittest.main()
