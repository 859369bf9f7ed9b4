#!/usr/bin/env python3
"""The built program as its users meet it: results, files, exit codes, sentences."""

import json
import resource
import shutil
import signal
import stat
import subprocess
import time
import unittest

import support
from support import CSV, PROGRAM, ROOT, SPEC, call


class Case(support.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        lines = CSV.read_text().splitlines(keepends=True)
        cls.header, cls.rows = lines[0], lines[1:81]
        cls.data = cls.shared / "records.csv"
        cls.data.write_text(cls.header + "".join(cls.rows))
        cls.spec = cls.shared / "spec.json"
        cls.spec.write_text(json.dumps(SPEC))
        cls.run_path = cls.shared / "run"
        cls.trained = call("train", cls.spec, "--data", cls.data, "--label", "label", "-o", cls.run_path, "--json")
        cls.proof = cls.shared / "model.pedigree"
        cls.proved = call("prove", cls.run_path, "-o", cls.proof, "--publish", "weights", "--context", "unit test", "--json")

    def file(self, name, content):
        path = self.dir / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def train(self, spec=None, data=None, label="label", *more, **options):
        path = self.file("spec.json", json.dumps({**SPEC, **(spec or {})}))
        data = self.data if data is None else self.file("data.csv", data)
        return call("train", path, "--data", data, "--label", label, "-o", self.dir / "run", *more, **options)

    def refused(self, result, code, *phrases):
        """The exit code, a sentence with each phrase, no traceback of ours, nothing left behind."""
        self.assertEqual(result.returncode, code, result.stderr)
        text = result.stderr + (result.stdout or "")
        for phrase in phrases:
            self.assertIn(phrase, text)
        self.assertNotIn("an error of this program", text)
        left = [p.name for p in self.dir.iterdir() if p.name == "run" or "partial" in p.name or p.suffix == ".pedigree"]
        self.assertEqual(left, [], "files were left behind")


class Results(Case):
    def test_train_prints_one_object(self):
        self.assertEqual(self.trained.returncode, 0, self.trained.stderr)
        object_ = json.loads(self.trained.stdout)
        for key in ("steps", "accuracy_exact", "accuracy_float", "weights", "weights_commitment", "cpu_seconds", "peak_bytes"):
            self.assertIn(key, object_)
        self.assertEqual(object_["steps"], 4)

    def test_ranges_and_losses(self):
        # Formats without room: half of a range is passed, said once for each tensor, and no obstacle.
        for margin, warns in ((0, True), (3, False)):
            result = self.train({"steps": 30}, None, "label", "--margin", margin, "--json")
            self.assertEqual(result.returncode, 0, result.stderr)
            metrics = json.loads(result.stdout)
            self.assertEqual(metrics, json.loads((self.dir / "run/metrics.json").read_text()))
            half = [r for r in metrics["ranges"] if r["half_at"] is not None]
            lines = [line for line in result.stderr.splitlines() if "beyond half of the declared range" in line]
            self.assertEqual(bool(half), warns)
            self.assertEqual(len(lines), len(half))
            for r in metrics["ranges"]:
                self.assertEqual(r["half_at"] is not None, 2 * r["largest"] >= r["declared"])
                self.assertTrue(r["name"] and r["what"])
            for r in half:
                said = f"step {r['half_at']}, layer {r['layer']} ({r['name']}): {r['what']}"
                self.assertEqual(sum(said in line for line in lines), 1)
            losses = [epoch["training_loss"] for epoch in metrics["epochs"]]
            self.assertEqual(len(losses), 4)
            self.assertLess(losses[-1], losses[0])
            shutil.rmtree(self.dir / "run")

    def test_run_directory(self):
        names = {p.name for p in self.run_path.iterdir()}
        self.assertEqual(names - {"attempt"}, {"run.json", "spec.json", "schema.json", "statement.bin", "data",
                                               "training.json", "weights.safetensors", "metrics.json"})
        for name in ("rows.bin", "opening.key"):
            mode = stat.S_IMODE((self.run_path / "data" / name).stat().st_mode)
            self.assertEqual(mode, 0o600, "records are readable by their owner alone")

    def test_weights_are_plain_safetensors(self):
        raw = (self.run_path / "weights.safetensors").read_bytes()
        length = int.from_bytes(raw[:8], "little")
        header = json.loads(raw[8:8 + length])
        header.pop("__metadata__")
        self.assertEqual({k: v["shape"] for k, v in header.items()},
                         {"0.weight": [4, 30], "0.bias": [4], "2.weight": [2, 4], "2.bias": [2]})
        self.assertEqual(len(raw), 8 + length + max(v["data_offsets"][1] for v in header.values()))

    def test_prove_prints_one_object(self):
        self.assertEqual(self.proved.returncode, 0, self.proved.stderr)
        object_ = json.loads(self.proved.stdout)
        for key in ("proof", "bytes", "segments", "cpu_seconds", "peak_bytes", "plain_cpu_seconds"):
            self.assertIn(key, object_)
        self.assertEqual(object_["bytes"], self.proof.stat().st_size)

    def test_verify(self):
        result = call("verify", self.proof, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        object_ = json.loads(result.stdout)
        self.assertEqual(object_["verdict"], "accepted")
        self.assertEqual(object_["code"], "ok")
        self.assertGreaterEqual(object_["bits"], 128)
        self.assertEqual(object_["claim"]["records"], 80)
        self.assertEqual(object_["claim"]["context"]["text"], "unit test")
        (dataset,) = object_["claim"]["datasets"]
        self.assertIs(dataset["attested"], False)
        self.assertRegex(dataset["root"], "^keccak256:[0-9a-f]{64}$")

    def test_verify_with_weights(self):
        result = call("verify", self.proof, "--weights", self.run_path / "weights.safetensors", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(json.loads(result.stdout)["weights_checked"])

    def test_explain(self):
        result = call("verify", self.proof, "--explain")
        for phrase in ("accepted", "lookups", "worst round", "does not prove", "no outside audit"):
            self.assertIn(phrase, result.stdout)

    def test_inspect(self):
        object_ = json.loads(call("inspect", self.proof, "--json").stdout)
        self.assertIs(object_["verified"], False)
        verified = json.loads(call("verify", self.proof, "--json").stdout)["claim"]
        # Known of an accepted proof only.
        for claim, is_known in ((object_["claim"], False), (verified, True)):
            for use in claim.pop("use"), claim["datasets"][0].pop("used"):
                self.assertEqual(use is not None, is_known)
            for identity in (claim.pop("trained_weights"), claim["datasets"][0].pop("identity")):
                if is_known:
                    self.assertRegex(identity, "^keccak256:[0-9a-f]{64}$")
                else:
                    self.assertIsNone(identity)
        self.assertEqual(object_["claim"], verified)

    def test_proofs_of_one_run_differ_and_claim_the_same_schema(self):
        other = self.dir / "other.pedigree"
        self.assertEqual(call("prove", self.run_path, "-o", other).returncode, 0)
        claims = [json.loads(call("verify", p, "--json").stdout)["claim"] for p in (self.proof, other)]
        self.assertEqual(claims[0]["datasets"], claims[1]["datasets"])  # one commitment, opened twice
        self.assertNotEqual(claims[0]["weights_root"], claims[1]["weights_root"])

    def test_progress_lines(self):
        result = self.train(None, None, "label", "--progress", "json")
        lines = [line for line in result.stderr.splitlines() if line.startswith("{")]
        self.assertTrue(lines)
        for line in lines:
            self.assertIn("stage", json.loads(line))

    def test_no_bar_without_a_terminal(self):
        self.assertNotIn("\r", self.proved.stderr)


class Usage(Case):
    def test_unknown_words(self):
        for words, phrase in ((["tarin"], "'train'"), (["verify", "x", "--explian"], "'--explain'"),
                              (["train", "--dta", "x"], "'--data'"), (["prove", "r", "-o", "p", "q"], "'q'")):
            self.refused(call(*words), 2, phrase)

    def test_missing_words(self):
        self.refused(call(), 2)
        self.refused(call("verify"), 2, "file is required")

    def test_errors_are_one_object_too(self):
        result = call("verify", "--json")
        self.assertEqual(result.returncode, 2)
        self.assertEqual(json.loads(result.stdout)["exit_code"], 2)

    def test_help_and_version(self):
        for words in (["--help"], ["--version"], ["train", "--help"], ["verify", "--help"]):
            self.assertEqual(call(*words).returncode, 0)

    def test_nothing_is_overwritten(self):
        before = self.proof.read_bytes()
        self.refused(call("prove", self.run_path, "-o", self.proof), 2, "never overwritten")
        self.assertEqual(self.proof.read_bytes(), before)
        self.refused(call("train", self.spec, "--data", self.data, "--label", "label", "-o", self.run_path), 2,
                     "never overwritten")

    def test_missing_folder(self):
        self.refused(call("prove", self.run_path, "-o", self.dir / "no/such/file.pedigree"), 2, "make it first")


class BadSpecification(Case):
    def test_unknown_key(self):
        self.refused(self.train({"epoch": 3}), 2, "spec.json", "epoch", "did you mean 'epochs'?")

    def test_all_problems_at_once(self):
        self.refused(self.train({"batch": 0, "loss": "hinge"}), 2, "batch", "loss")

    def test_not_json(self):
        path = self.file("broken.json", "{")
        self.refused(call("train", path, "--data", self.data, "--label", "label", "-o", self.dir / "run"), 2, "not valid JSON")

    def test_missing_file(self):
        self.refused(call("train", "no.json", "--data", self.data, "--label", "label", "-o", self.dir / "run"), 3, "no.json")

    def test_batch_larger_than_the_data(self):
        self.refused(self.train({"batch": 65}), 2, "batch of 65", "64 records")

    def test_wrong_number_of_outputs(self):
        self.refused(self.train({"model": [{"op": "linear", "out": 10}]}), 2, "10 outputs", "2 labels")

    def test_more_steps_than_exist(self):
        self.refused(self.train({"steps": (1 << 24) + 1}), 2, "16777216")


class BadRecords(Case):
    def row(self, change):
        return self.header + "".join(self.rows[:20]) + change(self.rows[20]) + "".join(self.rows[21:])

    def cell(self, text):
        return self.row(lambda row: text + row[row.index(","):])

    def test_cells(self):
        for text, phrase in (("", "missing value"), ("abc", "not a number"), ("nan", "NaN"), ("inf", "finite"),
                             ("1e40", "out of range")):
            self.refused(self.train(None, self.cell(text)), 3, "data.csv, row 22", "mean radius", phrase)

    def test_ragged_row(self):
        self.refused(self.train(None, self.row(lambda row: row[row.index(",") + 1:])), 3, "row 22", "30 fields")

    def test_every_problem_is_named(self):
        text = self.header + "abc" + self.rows[0] + ",".join(["x"] * 31) + "\n" + "".join(self.rows[2:])
        self.refused(self.train(None, text), 3, "row 2", "row 3")

    def test_unknown_label_column(self):
        self.refused(self.train(None, None, "lable"), 3, "did you mean 'label'?")
        self.refused(self.train(None, None, "diagnosis"), 3, "diagnosis", "mean radius")

    def test_missing_label(self):
        self.refused(self.train(None, self.row(lambda row: row[:row.rindex(",") + 1] + "\n")), 3, "row 22", "label")

    def test_empty(self):
        self.refused(self.train(None, ""), 3, "empty")
        self.refused(self.train(None, self.header), 3, "no records")

    def test_missing_file(self):
        self.refused(call("train", self.spec, "--data", "no.csv", "--label", "label", "-o", self.dir / "run"), 3, "no.csv")

    def test_not_utf8(self):
        text = (self.header + "".join(self.rows)).encode().replace(b"mean radius", b"mean r\xe4dius")
        self.refused(self.train(None, text), 3, "UTF-8")


class Divergence(Case):
    def test_rate_too_high(self):
        self.refused(self.train({"optimizer": {"name": "sgd", "lr": 6400}}), 7, "layer 1", "learning rate")

    def test_format_left_during_training(self):
        result = self.train({"optimizer": {"name": "sgd", "lr": 2}, "steps": 60}, None, "label", "--dry-run", "1", "--margin", "0")
        self.refused(result, 7, "step", "layer", "leaves the declared range", "--dry-run")


class BadProofs(Case):
    def verdict(self, content, code, name, *more):
        path = self.file("bad.bin", content)
        result = call("verify", path, "--json", *more)
        self.assertEqual(result.returncode, code, result.stdout)
        object_ = json.loads(result.stdout)
        self.assertEqual((object_["verdict"], object_["code"]), ("refused", name))
        self.assertIsNone(object_["claim"])
        if name == "relation_unsatisfied":
            self.assertEqual((object_["check"], object_["index"]), ("", 0), "which equation failed is not said")
        return object_

    def test_truncated(self):
        whole = self.proof.read_bytes()
        for length in (8, 12, 20, 100, 300, 1000, len(whole) // 2, len(whole) - 1):
            self.verdict(whole[:length], 1, "malformed")

    def test_extended(self):
        self.verdict(self.proof.read_bytes() + b"\0", 1, "malformed")

    def test_foreign(self):
        for content in (b"", b"P", b"\0" * 4000, self.data.read_bytes(), b"PK\x03\x04" * 100):
            self.verdict(content, 3, "not_a_proof")

    def test_newer_version(self):
        whole = bytearray(self.proof.read_bytes())
        whole[8] = 3
        self.verdict(bytes(whole), 3, "version_unsupported")

    def test_altered_statement_and_proof(self):
        whole = self.proof.read_bytes()
        for at in (30, 60, 120, 200, 2000, len(whole) // 2, len(whole) - 9):
            altered = bytearray(whole)
            altered[at] ^= 1
            result = call("verify", self.file("bad.bin", bytes(altered)), "--json")
            self.assertIn(result.returncode, (1, 4), at)
            self.assertEqual(json.loads(result.stdout)["verdict"], "refused")

    def test_other_weights(self):
        weights = bytearray((self.run_path / "weights.safetensors").read_bytes())
        weights[-1] ^= 1
        path = self.file("w.safetensors", bytes(weights))
        result = call("verify", self.proof, "--weights", path, "--json")
        self.assertEqual((result.returncode, json.loads(result.stdout)["code"]), (1, "weights_differ"))

    def test_weights_that_were_not_published(self):
        silent = self.dir / "silent.pedigree"
        self.assertEqual(call("prove", self.run_path, "-o", silent).returncode, 0)
        result = call("verify", silent, "--weights", self.run_path / "weights.safetensors")
        self.assertEqual(result.returncode, 1)
        self.assertIn("publishes no weights", result.stdout)

    def test_missing_and_folder(self):
        self.refused(call("verify", "no.pedigree"), 3, "no.pedigree")
        self.refused(call("verify", self.dir), 3, "folder")

    def test_inspect_reads_a_statement_without_segments(self):
        object_ = json.loads(call("inspect", self.run_path / "statement.bin", "--json").stdout)
        self.assertEqual((object_["claim"]["segments"], object_["claim"]["weights_root"]), ([], None))
        self.assertEqual(call("inspect", self.run_path / "statement.bin").returncode, 0)

    def test_inspect_refuses_what_it_cannot_read(self):
        self.refused(call("inspect", self.data), 3, "not_a_proof")
        self.refused(call("inspect", self.file("cut.bin", self.proof.read_bytes()[:50])), 1, "malformed")


class Policies(Case):
    def verify(self, **policy):
        return call("verify", self.proof, "--policy", self.file("p.json", json.dumps({"version": 1, **policy})), "--json")

    def test_within(self):
        self.assertEqual(self.verify(bits=128, max_memory="1GiB", published_weights=True).returncode, 0)

    def test_bits(self):
        result = self.verify(bits=160)
        self.assertEqual((result.returncode, json.loads(result.stdout)["code"]), (5, "policy_refused"))

    def test_memory(self):
        result = self.verify(max_memory="1MiB")
        self.assertEqual((result.returncode, json.loads(result.stdout)["code"]), (4, "budget_exceeded"))

    def test_skipped_steps(self):
        # The last two of six steps at rate zero: refused unless a policy lets them pass, and said.
        trained = self.train({"optimizer": {"name": "sgd", "lr": 0.0625, "schedule": [[3, 0.03125], [4, 0]]}, "steps": 6})
        self.assertEqual(trained.returncode, 0, trained.stderr)
        self.assertIn("the rate of 2 of the 6 steps is zero or rounds to it", trained.stderr)
        proof = self.dir / "skips.proof"
        self.assertEqual(call("prove", self.dir / "run", "-o", proof).returncode, 0)
        def verify(**policy):
            path = self.file("p.json", json.dumps({"version": 1, **policy}))
            return call("verify", proof, *(("--policy", path) if policy else ()), "--json")
        for result in verify(), verify(bits=128), verify(max_skipped_steps=1), verify(max_skipped_steps=2, max_rate_ratio=1):
            self.assertEqual((result.returncode, json.loads(result.stdout)["check"]), (5, "policy_rates"))
        result = verify(max_skipped_steps=2, max_rate_ratio=2)
        use = json.loads(result.stdout)["claim"]["use"]
        self.assertEqual((result.returncode, use["skipped_steps"], use["empty_steps"]), (0, 2, 0))
        self.assertEqual(use["most_factor"], 2 * use["least_factor"])
        self.assertEqual(use["records"], 32)
        text = call("verify", proof, "--policy", self.dir / "p.json", "--explain").stdout
        self.assertIn("2 of its 6 steps are skipped", text)
        self.assertIn("32 records; 2 steps skipped, as their rate is zero; the largest rate is 2 times the least", text)

    def test_unknown_key(self):
        self.refused(self.verify(bit=160), 2, "'bits'")

    def test_wrong_values(self):
        self.refused(self.verify(bits=64), 2, "bits")
        self.refused(self.verify(max_memory="much"), 2, "size")


class RunDirectory(Case):
    def copy(self):
        path = self.dir / "copy"
        shutil.copytree(self.run_path, path)
        return path

    def prove(self, run):
        return call("prove", run, "-o", self.dir / "x.pedigree")

    def test_not_a_run(self):
        self.refused(self.prove(self.dir), 3, "run.json")
        self.refused(self.prove(self.dir / "none"), 3, "no such run")

    def test_altered_files(self):
        for name in ("spec.json", "statement.bin", "data/rows.bin", "data/opening.key", "data/manifest.bin", "weights.safetensors", "schema.json"):
            run = self.copy()
            content = bytearray((run / name).read_bytes())
            content[len(content) // 2] ^= 1
            (run / name).write_bytes(bytes(content))
            # An unsigned manifest does not say so itself: the opening key belongs to another.
            self.refused(self.prove(run), 1, *(() if name == "data/manifest.bin" else (name, "altered")))
            shutil.rmtree(run)

    def test_leaves_may_be_missing_and_are_not_believed(self):
        run = self.copy()
        leaves = run / "data/leaves.bin"
        whole = leaves.read_bytes()
        for content in (None, whole[:-1], whole + b"x", b"PEDLEAVE" + whole[8:]):
            leaves.unlink(missing_ok=True)
            if content is not None:
                leaves.write_bytes(content)
            self.assertEqual(self.prove(run).returncode, 0)
            (self.dir / "x.pedigree").unlink()
        altered = bytearray(whole)
        altered[len(whole) // 2] ^= 1
        leaves.write_bytes(altered)
        done = self.prove(run)
        if done.returncode != 0:  # 0: the one leaf is among the opened, so it is seen in time
            self.refused(done, 1, "leaves.bin", "altered")

    def test_missing_file(self):
        run = self.copy()
        (run / "weights.safetensors").unlink()
        self.refused(self.prove(run), 1, "weights.safetensors", "missing")

    def test_weights_of_another_run(self):
        # Even with matching digests: the prover trains again and compares.
        other = self.dir / "other"
        spec = self.file("spec.json", json.dumps({**SPEC, "seed": "8"}))
        self.assertEqual(call("train", spec, "--data", self.data, "--label", "label", "-o", other).returncode, 0)
        run = self.copy()
        shutil.copy(other / "weights.safetensors", run / "weights.safetensors")
        manifest, theirs = (json.loads((d / "run.json").read_text()) for d in (run, other))
        manifest["files"]["weights.safetensors"] = theirs["files"]["weights.safetensors"]
        (run / "run.json").write_text(json.dumps(manifest))
        self.refused(self.prove(run), 1, "weights.safetensors", "train again")


class Interruptions(Case):
    def test_disk_full(self):
        # A limit on the size of files stands for a full disk: the write ends in the middle.
        result = call("prove", self.run_path, "-o", self.dir / "x.pedigree", limit=(resource.RLIMIT_FSIZE, 100_000))
        self.refused(result, 6, "x.pedigree could not be written")
        self.refused(self.train(limit=(resource.RLIMIT_FSIZE, 2000)), 6, "could not be written")

    def test_standard_output_full(self):
        with open("/dev/full", "w") as full:
            result = call("verify", self.proof, "--json", stdout=full)
        self.assertEqual(result.returncode, 6)

    def test_no_memory(self):
        result = call("prove", self.run_path, "-o", self.dir / "x.pedigree", limit=(resource.RLIMIT_AS, 150 << 20))
        self.refused(result, 6, "out of memory")

    def test_memory_budget(self):
        # Refused before the first step where not even the shortest segments fit; a budget that suffices is no obstacle.
        result = call("prove", self.run_path, "-o", self.dir / "x.pedigree", "--max-memory", "1MiB")
        self.refused(result, 4, "about", "--max-memory allows 1.00 MiB")
        self.refused(call("prove", self.run_path, "-o", self.dir / "x.pedigree", "--max-memory", "lots"), 2, "not a size")
        told = json.loads(self.trained.stdout)["prove_memory_bytes"]
        self.assertLessEqual(json.loads(self.proved.stdout)["peak_bytes"], 1.25 * told)
        self.assertEqual(call("prove", self.run_path, "-o", self.dir / "x.pedigree", "--max-memory", told).returncode, 0)

    def test_interrupt(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            child = subprocess.Popen([PROGRAM, "prove", self.run_path, "-o", self.dir / "x.pedigree", "--progress", "json"],
                                     stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            child.stderr.readline()
            time.sleep(0.05)
            child.send_signal(number)
            _, error = child.communicate(timeout=60)
            self.assertEqual(child.returncode, 130, error)
            self.assertIn("interrupted", error)
            self.assertEqual(list(self.dir.iterdir()), [])

    def test_the_run_proves_after_an_interruption(self):
        self.assertEqual(call("prove", self.run_path, "-o", self.dir / "x.pedigree").returncode, 0)


if __name__ == "__main__":
    unittest.main()
