"""What the tests of claims share: a run of the built program whose weights can be opened, its answers, verdicts on them."""

import json

import support
from support import CSV, call

ROWS = 3


class Case(support.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        lines = CSV.read_text().splitlines(keepends=True)
        cls.rows = cls.shared / "rows.csv"
        cls.rows.write_text("".join(lines[: 1 + ROWS]))
        cls.trained = cls.shared / "run"
        cls.proof = cls.shared / "model.pedigree"
        spec = cls.shared / "spec.json"
        spec.write_text(json.dumps(support.SPEC))
        for words in (
            ("train", spec, "--data", CSV, "--label", "label", "-o", cls.trained),
            ("prove", cls.trained, "-o", cls.proof, "--openings", 40),
        ):
            done = call(*words)
            assert done.returncode == 0, done.stderr

    def infer(self, name, *more, proof=None, rows=None):
        claim = self.dir / name
        return claim, call("infer", self.trained, "--proof", proof or self.proof, "--input", rows or self.rows,
                           "-o", claim, "--json", *more)

    def claim(self, name="a.pedigree", *more):
        path, done = self.infer(name, *more)
        return path, self.read(done)

    def verdict(self, claim, *more, code=0):
        done = call("verify", claim, "--json", *more)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout)
