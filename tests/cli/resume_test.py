#!/usr/bin/env python3
"""Trainings and proofs that are killed and go on, through the built program.

PEDIGREE_SLOW=1: a thousand kills.
"""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import support
from support import CSV, PROGRAM, call

KILLS = 1000 if os.environ.get("PEDIGREE_SLOW") == "1" else 20
SEGMENTS = 8

SPEC = {**support.SPEC, "steps": 16}


def killed(ready, *words):
    """Runs the program and kills it as soon as ready(seconds) holds; (whether it was still running, its lines)."""
    with tempfile.TemporaryFile("w+") as lines:
        process = subprocess.Popen([PROGRAM, *map(str, words)], stdout=subprocess.DEVNULL, stderr=lines)
        start = time.monotonic()
        while process.poll() is None and not ready(time.monotonic() - start):
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.wait()
        lines.seek(0)
        return process.returncode == -signal.SIGKILL, lines.read()


def proven(lines):
    """How many segments were proven, from the lines of --progress json."""
    stages = []
    for line in lines.splitlines():
        try:
            stages.append(json.loads(line)["stage"])
        except (ValueError, KeyError):
            pass
    return sum(stage == "proving the steps" and (i == 0 or stages[i - 1] != stage) for i, stage in enumerate(stages))


class Case(support.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        lines = CSV.read_text().splitlines(keepends=True)
        cls.records = cls.shared / "records.csv"
        cls.records.write_text("".join(lines[:81]))

    @classmethod
    def spec(cls, name, **more):
        path = cls.shared / name
        path.write_text(json.dumps({**SPEC, **more}))
        return path

    def no_leftovers(self, folder):
        self.assertEqual([str(p) for p in folder.rglob("*partial*")], [], "files were left behind")


class Training(Case):
    def test_a_killed_training_goes_on_to_the_same_weights(self):
        key, data = self.dir / "me.key", self.dir / "data"
        call("key", "new", "--out", key)
        self.read(call("data", "commit", self.records, "--label", "label", "--licence", "MIT", "--purpose", "tests",
                       "--key", key, "-o", data, "--json"))
        for name, more in (("plain", {}), ("momentum", {"momentum": 0.8}), ("period", {"momentum": 0.8, "period": 16}),
                           ("shards", {"shards": 3})):
            with self.subTest(name):
                spec = self.spec(name + ".json", steps=3000, optimizer={"name": "sgd", "lr": 0.01}, **more)
                words = ["train", spec, "--data", data, "--checkpoint-every", 170, "--json"]
                whole, cut = self.dir / ("whole-" + name), self.dir / ("cut-" + name)
                expected = self.read(call(*words, "-o", whole))
                states = lambda: len(list((cut / "checkpoints").glob("checkpoint-????????.bin")))
                for wanted in 2, 7:
                    was_running, _ = killed(lambda _: states() >= wanted, *words, "-o", cut)
                    self.assertTrue(was_running)
                    self.assertFalse((cut / "run.json").exists())
                done = call(*words, "-o", cut)
                self.assertIn("going on from step", done.stderr)
                found = self.read(done)
                self.assertEqual((cut / "weights.safetensors").read_bytes(), (whole / "weights.safetensors").read_bytes())
                self.assertEqual(found["epochs"], expected["epochs"])
                self.assertEqual([e["epoch"] for e in found["epochs"]], list(range(1, len(found["epochs"]) + 1)))
                self.no_leftovers(cut)

    def test_killed_at_any_moment(self):
        spec = self.spec("moments.json", steps=600)
        words = ["train", spec, "--data", self.records, "--label", "label", "--checkpoint-every", 20]
        start = time.monotonic()
        self.assertEqual(call(*words, "-o", self.dir / "timed").returncode, 0)
        duration = time.monotonic() - start
        for i in range(KILLS):
            run = self.dir / f"run{i}"
            moment = random.uniform(0, duration)
            was_running, _ = killed(lambda seconds: seconds >= moment, *words, "-o", run)
            if not was_running or (run / "run.json").exists():  # done, or killed between its last file and its end
                shutil.rmtree(run)
            done = call(*words, "-o", run)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.no_leftovers(run)
            shutil.rmtree(run)

    def test_killed_before_its_first_file_was_whole(self):
        run = self.dir / "run"
        run.mkdir()
        (run / "training.json.partial-999999999-0badcafe").write_text("{")
        words = ["train", self.spec("few.json", steps=4), "--data", self.records, "--label", "label", "-o", run]
        done = call(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.no_leftovers(run)
        self.assertEqual(call(*words).returncode, 2)

    def test_another_training_does_not_go_on(self):
        run = self.dir / "run"
        words = ["--data", self.records, "--label", "label", "--checkpoint-every", 10, "-o", run]
        spec = self.spec("first.json", steps=3000, optimizer={"name": "sgd", "lr": 0.01})
        killed(lambda _: any(run.glob("checkpoints/*.bin")), "train", spec, *words)
        done = call("train", self.spec("second.json", steps=2999), *words)
        self.assertEqual(done.returncode, 2)
        self.assertIn("other settings", done.stderr)

    def test_a_full_disk(self):
        run = self.dir / "run"
        words = ["train", self.spec("full.json", steps=60), "--data", self.records, "--label", "label",
                 "--checkpoint-every", 10, "-o", run]
        self.assertEqual(call(*words, limit=(resource.RLIMIT_FSIZE, 600)).returncode, 6)
        done = call(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.no_leftovers(run)


class Proving(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pristine = cls.shared / "pristine"
        done = call("train", cls.spec("spec.json"), "--data", cls.records, "--label", "label", "-o", cls.pristine)
        assert done.returncode == 0, done.stderr
        # How long the job takes, from the start of the process to its end.
        run = cls.shared / "timed"
        shutil.copytree(cls.pristine, run)
        start = time.monotonic()
        done = call(*cls.words(run, cls.shared / "timed.pedigree"), "--json")
        cls.duration = time.monotonic() - start
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["segments"] == SEGMENTS
        assert proven(done.stderr) == SEGMENTS

    @staticmethod
    def words(run, proof):
        return ["prove", run, "--segment", SPEC["steps"] // SEGMENTS, "-o", proof, "--progress", "json"]

    def copy(self, name="run", of=None):
        run = self.dir / name
        shutil.copytree(of or self.pristine, run)
        return run

    def spent(self, run):
        return len((run / "data/openings.log").read_text().splitlines()) - 1

    def whole(self, run):
        """Segments that lie in the attempt with both parts."""
        names = {p.name for p in (run / "attempt").glob("segment-*")}
        return sum({f"segment-{k}.message", f"segment-{k}.proof"} <= names for k in range(SEGMENTS))

    def interrupted(self, name="run", segments=3):
        run = self.copy(name)
        was_running, _ = killed(lambda _: self.whole(run) >= segments, *self.words(run, self.dir / (name + ".pedigree")))
        self.assertTrue(was_running)
        self.assertGreaterEqual(self.whole(run), segments)
        return run

    def finish(self, run, *more):
        """Proves to the end: accepted, nothing left. The lines of progress."""
        proof = self.dir / (run.name + ".pedigree")
        done = call(*self.words(run, proof), *more)
        self.assertEqual(done.returncode, 0, done.stderr)
        verified = call("verify", proof)
        self.assertEqual(verified.returncode, 0, verified.stderr)
        self.assertFalse((run / "attempt").exists())
        self.no_leftovers(self.dir)
        return done.stderr

    def test_killed_at_any_moment(self):
        resumed = 0
        for i in range(KILLS):
            moment = random.uniform(0, self.duration)
            with self.subTest(moment=moment, duration=self.duration):
                run = self.copy(f"run{i}")
                proof = self.dir / f"run{i}.pedigree"
                was_running, before = killed(lambda seconds: seconds >= moment, *self.words(run, proof))
                if not was_running or proof.exists():  # done already, or killed after its proof was written
                    self.assertEqual(call("verify", proof).returncode, 0)
                else:
                    kept = self.whole(run)
                    has_key = (run / "attempt/attempt.key").exists()
                    spent = self.spent(run)
                    after = self.finish(run)
                    self.assertEqual("going on with the attempt" in after, has_key)
                    self.assertEqual(proven(after), SEGMENTS - kept)
                    self.assertLessEqual(proven(before) + proven(after), SEGMENTS + 1)
                    self.assertLessEqual(spent, int(has_key))
                    resumed += kept > 0
                self.assertEqual(self.spent(run), 1)
                shutil.rmtree(run)
                proof.unlink()
        self.assertGreater(resumed, 0)

    def test_another_context_is_another_attempt(self):
        run = self.interrupted()
        key = (run / "attempt/attempt.key").read_bytes()
        self.assertEqual(self.spent(run), 1)
        killed(lambda _: self.spent(run) == 2 and self.whole(run) >= 1,
               *self.words(run, self.dir / "run.pedigree"), "--context", "another")
        other = (run / "attempt/attempt.key").read_bytes()
        self.assertNotEqual(key[-64:-32], other[-64:-32], "the seed")
        self.assertEqual(self.spent(run), 2)
        lines = self.finish(run, "--context", "another")
        self.assertIn("going on with the attempt", lines)
        self.assertEqual(self.spent(run), 2)

    def test_flipped_bits_lead_to_redoing(self):
        stopped = self.interrupted("stopped")
        names = ["segment-0.message", "segment-0.proof", "segment-1.message", "segment-2.proof", "attempt.key"]
        for name in names:
            with self.subTest(name):
                run = self.copy(name.replace(".", "-"), stopped)
                path = run / "attempt" / name
                content = bytearray(path.read_bytes())
                content[random.randrange(len(content))] ^= 1 << random.randrange(8)
                path.write_bytes(content)
                kept = 0 if name == "attempt.key" else self.whole(run) - 1
                lines = self.finish(run)
                self.assertEqual(proven(lines), SEGMENTS - kept)
                self.assertEqual(self.spent(run), 2 if name == "attempt.key" else 1)
        for name in names:
            with self.subTest(name, missing=True):
                run = self.copy("missing-" + name.replace(".", "-"), stopped)
                (run / "attempt" / name).unlink()
                self.finish(run)

    def test_exchanged_parts_lead_to_redoing(self):
        # Each is whole and of this attempt, and none is where it belongs.
        stopped = self.interrupted("stopped")
        for a, b in (("segment-0.message", "segment-1.message"), ("segment-0.proof", "segment-2.proof"),
                     ("segment-1.message", "segment-1.proof")):
            with self.subTest(a, b=b):
                run = self.copy(f"{a}-{b}".replace(".", "-"), stopped)
                first, second = run / "attempt" / a, run / "attempt" / b
                content = first.read_bytes()
                first.write_bytes(second.read_bytes())
                second.write_bytes(content)
                kept = self.whole(run) - len({a.split(".")[0], b.split(".")[0]})
                self.assertEqual(proven(self.finish(run)), SEGMENTS - kept)
                self.assertEqual(self.spent(run), 1)

    def test_a_full_disk(self):
        size = (self.interrupted("stopped") / "attempt/segment-0.message").stat().st_size
        run = self.copy()
        done = call(*self.words(run, self.dir / "run.pedigree"), limit=(resource.RLIMIT_FSIZE, size // 2))
        self.assertEqual(done.returncode, 6, done.stderr)
        self.assertIn("could not be written", done.stderr)
        self.assertFalse((self.dir / "run.pedigree").exists())
        self.no_leftovers(run)
        lines = self.finish(run)
        self.assertIn("going on with the attempt", lines)
        self.assertEqual(self.spent(run), 1)

    def test_leftovers_of_a_killed_process(self):
        run = self.interrupted()
        (run / "attempt/segment-3.message.partial-999999999-0badcafe").write_bytes(b"x")
        (self.dir / "run.pedigree.partial-999999999-0badcafe").write_bytes(b"x")
        self.finish(run)


if __name__ == "__main__":
    unittest.main()
