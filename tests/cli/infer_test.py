#!/usr/bin/env python3
"""Inference with the weights of a proven run, through the built program."""

import json
import pathlib
import resource
import unittest

import support
from claims_support import ROWS, Case
from support import CSV, call


class Inferring(Case):
    def test_an_answer_is_accepted_with_the_proof_of_its_run(self):
        claim, said = self.claim("a.pedigree", "--context", "challenge 17")
        self.assertEqual(len(said["outputs"]), ROWS)
        alone = self.verdict(claim, code=5)
        self.assertEqual(alone["code"], "run_unseen")
        found = self.verdict(claim, "--run", self.proof)
        self.assertTrue(found["run_checked"])
        self.assertEqual(found["claim"]["kind"], "inference")
        self.assertEqual(found["claim"]["outputs"]["rows"], said["outputs"])
        self.assertEqual(found["claim"]["context"]["text"], "challenge 17")
        run = self.verdict(self.proof)["claim"]
        self.assertEqual(run["kind"], "reusable_run")
        self.assertEqual(found["claim"]["weights"], run["trained_weights"])
        for words in (("--explain",), ()):
            self.assertEqual(call("verify", claim, "--run", self.proof, *words).returncode, 0)
        self.assertEqual(call("inspect", claim).returncode, 0)

    def test_an_answer_that_shows_its_range_stands_alone(self):
        claim, _ = self.claim("a.pedigree", "--show-range")
        self.assertEqual(self.verdict(claim)["verdict"], "accepted")
        policy = self.dir / "policy.json"
        policy.write_text(json.dumps({"version": 1, "min_records": 1}))
        self.assertEqual(self.verdict(claim, "--policy", policy, code=5)["code"], "run_unseen")
        self.verdict(claim, "--policy", policy, "--run", self.proof)
        policy.write_text(json.dumps({"version": 1, "min_records": 10**6}))
        self.assertEqual(self.verdict(claim, "--policy", policy, "--run", self.proof, code=5)["code"], "policy_refused")

    def test_hashed_cells_are_checked_and_hidden_ones_are_not_there(self):
        claim, said = self.claim("a.pedigree", "--inputs", "hashed", "--outputs", "hidden", "--show-range")
        self.assertIsNone(said["outputs_file"])
        cells = self.dir / "a.pedigree.inputs.json"
        self.assertEqual(said["inputs_file"], str(cells))
        self.assertEqual(cells.stat().st_mode & 0o077, 0, "readable by others")
        found = self.verdict(claim, "--inputs", cells)
        self.assertTrue(found["cells_checked"])
        self.assertIsNone(found["claim"]["inputs"]["rows"])
        self.assertIsNone(found["claim"]["outputs"]["rows"])
        content = json.loads(cells.read_text())
        content["cells"][5] += 1
        other = self.dir / "other.json"
        other.write_text(json.dumps(content))
        self.assertEqual(self.verdict(claim, "--inputs", other, code=1)["code"], "cells_differ")
        self.assertEqual(call("verify", claim, "--outputs", cells).returncode, 2)
        for broken in ("{}", "[]", "nothing", '{"version": 1, "nonce": "zz", "pad": "", "columns": 1, "cells": []}'):
            other.write_text(broken)
            self.assertEqual(call("verify", claim, "--inputs", other).returncode, 3, broken)

    def test_labels_are_not_needed(self):
        with_labels, said = self.claim("a.pedigree", "--show-range")
        header, *rows = [line.split(",") for line in self.rows.read_text().splitlines()]
        at = header.index("label")
        bare = self.dir / "bare.csv"
        bare.write_text("\n".join(",".join(x for i, x in enumerate(row) if i != at) for row in (header, *rows)) + "\n")
        _, done = self.infer("b.pedigree", rows=bare)
        self.assertEqual(self.read(done)["outputs"], said["outputs"])
        bare.write_text(bare.read_text().replace("mean radius", "another"))
        _, done = self.infer("c.pedigree", rows=bare)
        self.assertEqual(done.returncode, 3)
        self.assertIn("another", done.stderr)

    def test_another_run_is_refused(self):
        spec = self.dir / "spec.json"
        spec.write_text(json.dumps({**support.SPEC, "seed": "8"}))
        run, proof = self.dir / "run", self.dir / "other.pedigree"
        self.assertEqual(call("train", spec, "--data", CSV, "--label", "label", "-o", run).returncode, 0)
        self.assertEqual(call("prove", run, "-o", proof).returncode, 0)
        claim, _ = self.claim()
        found = self.verdict(claim, "--run", proof, code=1)
        self.assertEqual((found["code"], found["check"]), ("weights_differ", "claim_weights"))
        _, done = self.infer("b.pedigree", proof=proof)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--openings", done.stderr)
        self.assertEqual(call("verify", proof, "--run", self.proof).returncode, 2)

    def test_the_budget_of_openings(self):
        run, proof = self.dir / "run", self.dir / "model.pedigree"
        spec = self.dir / "spec.json"
        spec.write_text(json.dumps(support.SPEC))
        self.assertEqual(call("train", spec, "--data", CSV, "--label", "label", "-o", run).returncode, 0)
        self.assertEqual(call("prove", run, "-o", proof, "--openings", 1).returncode, 0)
        words = ["infer", run, "--proof", proof, "--input", self.rows, "-o"]
        self.assertEqual(call(*words, self.dir / "a.pedigree").returncode, 0)
        done = call(*words, self.dir / "b.pedigree")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("used up", done.stderr)
        self.assertFalse((self.dir / "b.pedigree").exists())
        [folder] = run.glob("weights-*")
        log = folder / "openings.log"
        text = log.read_text()
        log.write_text(text[:-2] + ("1" if text[-2] == "0" else "0") + "\n")
        self.assertEqual(call(*words, self.dir / "b.pedigree").returncode, 1)
        log.unlink()
        self.assertEqual(call(*words, self.dir / "b.pedigree").returncode, 1)

    def test_flipped_bits_of_kept_weights_are_found(self):
        [folder] = self.trained.glob("weights-*")
        path = folder / "weights.message"
        self.assertEqual(path.stat().st_mode & 0o077, 0, "readable by others")
        content = path.read_bytes()
        try:
            path.chmod(0o600)
            path.write_bytes(content[:1000] + bytes([content[1000] ^ 1]) + content[1001:])
            _, done = self.infer("a.pedigree")
            self.assertEqual(done.returncode, 1, done.stderr)
        finally:
            path.write_bytes(content)

    def test_leaves_of_kept_weights_may_be_missing_and_are_not_believed(self):
        [folder] = self.trained.glob("weights-*")
        path = folder / "leaves.bin"
        content = path.read_bytes()
        try:
            path.unlink()
            for altered in (None, content[:-1], content[:1000] + bytes([content[1000] ^ 1]) + content[1001:]):
                if altered is not None:
                    path.write_bytes(altered)
                claim, _ = self.claim("a.pedigree")
                claim.unlink()
        finally:
            path.write_bytes(content)

    def test_the_budget_is_that_of_the_kept_weights(self):
        content = bytearray(self.proof.read_bytes())
        # The last such number of the statement: an answer before it may end in the same byte, with zeros behind it.
        at = content.rindex((40).to_bytes(4, "little"), 0, 16 + int.from_bytes(content[12:16], "little"))
        content[at] = 50
        altered = self.dir / "altered.pedigree"
        altered.write_bytes(content)
        _, done = self.infer("a.pedigree", proof=altered)
        self.assertIn(done.returncode, (1, 2), done.stderr)

    def test_certificates_and_reports_are_of_runs(self):
        claim, _ = self.claim("a.pedigree", "--show-range")
        key = self.dir / "me.key"
        self.assertEqual(call("key", "new", "--out", key).returncode, 0)
        for words in (("certify", claim, "--key", key, "-o", self.dir / "c.json"),
                      ("report", claim, "-o", self.dir / "r.html")):
            done = call(*words)
            self.assertEqual(done.returncode, 5, done.stderr)
            self.assertFalse(pathlib.Path(words[-1]).exists())

    def test_a_proof_that_could_not_be_written_is_made_again(self):
        run = self.dir / "run"
        spec = self.dir / "spec.json"
        spec.write_text(json.dumps(support.SPEC))
        self.assertEqual(call("train", spec, "--data", CSV, "--label", "label", "-o", run).returncode, 0)
        gone = self.dir / "gone"
        gone.mkdir()
        words = ["prove", run, "-o", gone / "m.pedigree", "--openings", 1, "--segment", 2]
        done = call(*words, limit=(resource.RLIMIT_FSIZE, 4 << 20))
        if done.returncode == 6:
            self.assertEqual(call(*words).returncode, 0)

    def test_files_of_weights_do_not_go_with_a_claim(self):
        weights = self.trained / "weights.safetensors"
        for more in ((), ("--show-range",)):
            claim, _ = self.claim(f"a{len(more)}.pedigree", *more)
            for option in "--weights", "--init":
                found = self.verdict(claim, "--run", self.proof, option, weights, code=1)
                self.assertEqual(found["check"], "weights_not_published")

    def test_a_broken_claim_is_refused(self):
        claim, _ = self.claim("a.pedigree", "--show-range")
        content = claim.read_bytes()
        broken = self.dir / "broken.pedigree"
        for change in (content[:-1], content + b"x", content[:40], content[:2000] + b"\0" * 8 + content[2008:]):
            broken.write_bytes(change)
            self.verdict(broken, code=1)

    def test_nothing_is_replaced(self):
        claim, _ = self.claim()
        before = claim.read_bytes()
        _, done = self.infer("a.pedigree")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(claim.read_bytes(), before)

    def test_a_claim_of_two_hundred_rows(self):
        rows = self.dir / "many.csv"
        rows.write_text("".join(CSV.read_text().splitlines(keepends=True)[:201]))
        claim, done = self.infer("a.pedigree", rows=rows)
        said = self.read(done)
        self.assertEqual(said["samples"], 200)
        self.verdict(claim, "--run", self.proof)


if __name__ == "__main__":
    unittest.main()
