#!/usr/bin/env python3
"""What `pedigree estimate` says against what `prove` then takes: bytes within 2 %, memory within 15 %, time within 30 %.

Ten jobs that no constant of the estimate was fitted to; six of them need MNIST (../shared/data/mnist beside the project) and minutes:
they run with PEDIGREE_SLOW=1. Machines are shared: time is printed, and held to 30 % with PEDIGREE_QUIET=1 only, else to a factor
of two and a half.
"""

import json
import os
import shutil
import time
import unittest

import support
from support import ROOT, call

MNIST = ROOT.parent / "shared/data/mnist"
DIGITS = ["--data", ROOT / "examples/data/digits.csv", "--label", "label"]
CANCER = ["--data", ROOT / "examples/data/breast_cancer.csv", "--label", "label"]

# records, hidden widths, outputs, batch, steps, options of prove
FAST = [(DIGITS, [], 10, 8, 1, []), (DIGITS, [24], 10, 16, 60, []), (CANCER, [24], 2, 32, 150, []),
        (DIGITS, [96], 10, 32, 80, ["--segment", "20"])]
SLOW = [([100], 64, 30, []), ([256], 32, 150, []), ([1024, 1024], 128, 1, []), ([512], 64, 120, ["--segment", "32"]),
        ([256], 64, 938, ["--max-memory", "1GiB"]), ([1024, 1024], 128, 6, [])]


class Estimates(support.Case):
    def call(self, *words):
        return self.read(call(*words, "--json", timeout=600))

    def median(self, figures):
        return sorted(figures, key=lambda one: one["cpu_seconds"])[len(figures) // 2 if len(figures) % 2 else len(figures) // 2 - 1]

    def prove(self, run, options):
        took = self.call("prove", run, "-o", self.dir / "x.pedigree", *options)
        (self.dir / "x.pedigree").unlink()
        return took

    def compare(self, data, hidden, outputs, batch, steps, options):
        layers = [layer for width in hidden for layer in ({"op": "linear", "out": width}, {"op": "relu"})]
        spec = {"version": 1, "model": layers + [{"op": "linear", "out": outputs}], "loss": "cross_entropy",
                "optimizer": {"name": "sgd", "lr": 0.05}, "batch": batch, "steps": steps, "seed": "3"}
        (self.dir / "spec.json").write_text(json.dumps(spec))
        run = self.dir / "run"
        self.call("train", self.dir / "spec.json", *data, "-o", run, "--dry-run", min(steps, 30))
        # An estimate times the machine for a moment, and one short proof differs from the next by half: medians, of turns.
        said, took = [self.call("estimate", run, *options)], []
        for _ in range(3):
            took.append(self.prove(run, options))
            said.append(self.call("estimate", run, *options))
            if took[0]["cpu_seconds"] > 5:
                time.sleep(2)
                said.append(self.call("estimate", run, *options))
                break
        said, took = self.median(said), self.median(took)
        shutil.rmtree(run)
        ratio = {key: said[key] / took[key] for key in ("cpu_seconds", "peak_bytes", "bytes")}
        print(f"  {hidden} batch {batch} steps {steps} {options}: said/took time {ratio['cpu_seconds']:.2f} "
              f"({took['cpu_seconds']:.1f} s), memory {ratio['peak_bytes']:.2f} ({took['peak_bytes'] / 2**20:.0f} MiB), "
              f"bytes {ratio['bytes']:.3f}", flush=True)
        self.assertAlmostEqual(ratio["bytes"], 1, delta=0.02)
        self.assertAlmostEqual(ratio["peak_bytes"], 1, delta=0.15)
        low, high = (0.7, 1.3) if os.environ.get("PEDIGREE_QUIET") == "1" else (0.4, 2.5)
        self.assertTrue(low < ratio["cpu_seconds"] < high, ratio)
        if "--max-memory" in options:
            self.assertLessEqual(took["peak_bytes"], 1 << 30)

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
