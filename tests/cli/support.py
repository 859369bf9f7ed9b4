"""What the tests of the built program share: how it is called, a specification, folders that go away.

PEDIGREE names the program (default: build/test/pedigree beside this checkout).
"""

import json
import os
import pathlib
import resource
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.path.abspath(os.environ.get("PEDIGREE", str(ROOT / "build/test/pedigree")))
CSV = ROOT / "examples/data/breast_cancer.csv"

SPEC = {
    "version": 1,
    "model": [{"op": "linear", "out": 4}, {"op": "relu"}, {"op": "linear", "out": 2}],
    "loss": "cross_entropy",
    "optimizer": {"name": "sgd", "lr": 0.0625},
    "batch": 8,
    "steps": 4,
    "holdout": 0.2,
    "seed": "7",
}


def call(*words, cwd=None, limit=None, stdout=subprocess.PIPE, timeout=300):
    """Runs the program; `limit` is (resource, bytes)."""
    def restrict():
        if limit:
            resource.setrlimit(limit[0], (limit[1], limit[1]))
    return subprocess.run([PROGRAM, *map(str, words)], cwd=cwd, text=True, stdout=stdout, stderr=subprocess.PIPE,
                          timeout=timeout, preexec_fn=restrict)


class Case(unittest.TestCase):
    """A folder `shared` for the class and one, `dir`, for each test."""

    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="pedigree-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared)

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="pedigree-test-"))
        self.addCleanup(shutil.rmtree, self.dir)

    def read(self, done):
        """The one object that a command printed."""
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)
