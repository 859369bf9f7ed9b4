#!/usr/bin/env python3
"""Evaluations and origins of a proven run, through the built program."""

import json
import pathlib
import unittest

import support
from claims_support import Case
from support import CSV, call


class Scoring(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        lines = CSV.read_text().splitlines(keepends=True)
        cls.key, cls.other = cls.shared / "owner.key", cls.shared / "other.key"
        cls.tests = cls.shared / "tests"
        csv = cls.shared / "tests.csv"
        csv.write_text("".join(lines[:1] + lines[200:240]))
        for words in (
            ("key", "new", "--out", cls.key),
            ("key", "new", "--out", cls.other),
            ("data", "commit", csv, "--schema", cls.trained / "schema.json", "--licence", "CC0-1.0", "--purpose", "tests",
             "--key", cls.key, "--openings", 40, "-o", cls.tests),
        ):
            done = call(*words)
            assert done.returncode == 0, done.stderr

    def ticket(self, name="t.json", proof=None, key=None, code=0):
        path = self.dir / name
        done = call("data", "ticket", self.tests, "--proof", proof or self.proof, "--key", key or self.key, "-o", path, "--json")
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return path

    def score(self, name, *more, ticket=None, test=None, proof=None, code=0):
        claim = self.dir / name
        done = call("score", self.trained, "--proof", proof or self.proof, "--test", test or self.tests, "--ticket",
                    ticket or self.ticket(name + ".ticket"), "-o", claim, "--json", *more)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertEqual(claim.exists(), code == 0)
        return claim, json.loads(done.stdout), done.stderr

    def policy(self, **fields):
        path = self.dir / "policy.json"
        path.write_text(json.dumps({"version": 1, **fields}))
        return path

    def test_a_score_is_accepted_with_the_proof_of_its_run(self):
        claim, said, _ = self.score("a.pedigree")
        self.assertEqual(said["samples"], 40)
        self.assertEqual(self.verdict(claim, code=5)["code"], "run_unseen")
        found = self.verdict(claim, "--run", self.proof)["claim"]
        self.assertEqual((found["kind"], found["metric"], found["exact"]), ("evaluation", "correct", True))
        self.assertIn("may tell about records", call("verify", claim, "--run", self.proof, "--explain").stdout)  # A36
        self.assertEqual((found["value"], found["samples"]), (said["value"], 40))
        self.assertEqual(found["ticket"], said["ticket"])
        self.assertEqual(found["fixed"], "not_fixed")
        self.assertEqual(found["apart_from"], [])
        self.assertTrue(found["test"]["attested"])
        for words in (("verify", claim, "--run", self.proof), ("verify", claim, "--run", self.proof, "--explain"),
                      ("inspect", claim)):
            done = call(*words)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(f"{said['value']} of 40 records are classified as labelled", done.stdout)
            self.assertIn(f"ticket {said['ticket']} ", done.stdout)

    def test_a_bound_and_a_confusion_matrix(self):
        claim, exact, _ = self.score("a.pedigree", "--show-range", "--confusion")
        found = self.verdict(claim)["claim"]
        self.assertEqual(found["confusion"], exact["confusion"])
        rows = found["confusion"]
        self.assertEqual(sum(map(sum, rows)), 40)
        right = sum(row[i] for i, row in enumerate(rows))
        claim, said, _ = self.score("b.pedigree", "--show-range", "--at-least", right - 1)
        self.assertEqual(said["value"], right)
        found = self.verdict(claim)["claim"]
        self.assertEqual((found["value"], found["exact"]), (right - 1, False))
        spent = said["openings_spent"]
        _, said, text = self.score("c.pedigree", "--at-least", right + 1, code=2)
        self.assertIn("bound", text)
        # What is refused before it is proven costs no opening.
        _, said, _ = self.score("d.pedigree")
        self.assertEqual(said["openings_spent"], spent + 1)

    def test_drawn_records(self):
        beacon = self.dir / "beacon.json"
        beacon.write_text(json.dumps({"source": "drand", "round": 7, "value": "keccak256:" + "ab" * 32}))
        claim, said, _ = self.score("a.pedigree", "--show-range", "--draw", 9, "--beacon", beacon)
        self.assertEqual(said["samples"], 9)
        found = self.verdict(claim)["claim"]
        self.assertEqual((found["samples"], found["fixed"], found["beacon"]["round"]), (9, "drawn", 7))
        self.score("b.pedigree", "--draw", 9, code=2)
        self.score("c.pedigree", "--draw", 41, "--beacon", beacon, code=2)
        self.assertEqual(self.verdict(claim, "--policy", self.policy(min_tests=10), code=5)["check"], "policy_test")

    def test_tickets_are_counted_and_belong_to_one_evaluation(self):
        first, second = (json.loads(self.ticket(name).read_text())["number"] for name in ("a.json", "b.json"))
        self.assertEqual(second, first + 1)
        claim, said, _ = self.score("a.pedigree", "--show-range", ticket=self.dir / "b.json")
        self.assertEqual(said["ticket"], second)
        self.assertEqual(self.verdict(claim, "--policy", self.policy(max_ticket=second))["verdict"], "accepted")
        found = self.verdict(claim, "--policy", self.policy(max_ticket=first), code=5)
        self.assertEqual(found["check"], "policy_test")
        # Another number, a forged one, one for other weights, none.
        ticket = json.loads((self.dir / "a.json").read_text())
        altered = self.dir / "altered.json"
        altered.write_text(json.dumps({**ticket, "number": second}))
        self.assertIn("ticket", self.score("b.pedigree", ticket=altered, code=2)[2])
        self.ticket("c.json", key=self.other, code=2)
        altered.write_text("{}")
        self.score("c.pedigree", ticket=altered, code=3)
        done = call("score", self.trained, "--proof", self.proof, "--test", self.tests, "-o", self.dir / "d.pedigree")
        self.assertEqual(done.returncode, 2)
        self.assertIn("data ticket", done.stderr)
        log = self.tests / "tickets.log"
        text = log.read_text()
        self.assertEqual(len(text.splitlines()) - 1, json.loads(self.ticket("d.json").read_text())["number"] - 1)
        try:
            log.write_text(text.replace("tickets 1", "tickets 2"))
            self.ticket("e.json", code=1)
            self.assertFalse((self.dir / "e.json").exists())
        finally:
            log.write_text(text)

    def test_who_owns_the_test_set(self):
        claim, _, _ = self.score("a.pedigree", "--show-range")
        key, other = (pathlib.Path(f"{k}.pub").read_text().strip() for k in (self.key, self.other))
        self.assertEqual(self.verdict(claim, "--policy", self.policy(test_keys=[key]))["verdict"], "accepted")
        found = self.verdict(claim, "--policy", self.policy(test_keys=[other]), code=5)
        self.assertEqual((found["code"], found["check"]), ("policy_refused", "policy_test"))

    def test_a_test_set_that_the_run_names(self):
        proof = self.dir / "named.pedigree"
        done = call("prove", self.trained, "-o", proof, "--openings", 2, "--test", self.tests, "--context", "for you")
        self.assertEqual(done.returncode, 0, done.stderr)
        ticket = self.ticket("t.json", proof=proof)
        claim, _, _ = self.score("a.pedigree", proof=proof, ticket=ticket)
        policy = self.policy(test_fixed=True)
        self.assertEqual(self.verdict(claim, "--policy", policy, code=5)["code"], "run_unseen")
        found = self.verdict(claim, "--policy", policy, "--run", proof)
        self.assertEqual(found["claim"]["fixed"], "named_by_run")
        run = self.verdict(proof)["claim"]
        self.assertEqual(run["context"]["text"], "for you " + found["claim"]["test_manifest"].removeprefix("keccak256:"))
        claim, _, _ = self.score("b.pedigree")
        self.assertEqual(self.verdict(claim, "--policy", policy, "--run", self.proof, code=5)["check"], "policy_test")
        # A ticket is for one run's weights.
        self.assertIn("ticket", self.score("c.pedigree", ticket=ticket, code=2)[2])

    def test_the_budget_of_the_test_set(self):
        csv, tests = self.shared / "tests.csv", self.dir / "tests"
        words = ("--schema", self.trained / "schema.json", "--licence", "MIT", "--purpose", "tests", "--key", self.key)
        self.assertEqual(call("data", "commit", csv, *words, "--openings", 1, "-o", tests).returncode, 0)
        tickets = []
        for name in "a.json", "b.json":
            tickets.append(self.dir / name)
            self.assertEqual(call("data", "ticket", tests, "--proof", self.proof, "--key", self.key, "-o", tickets[-1]).returncode, 0)
        self.score("a.pedigree", test=tests, ticket=tickets[0])
        self.assertIn("used up", self.score("b.pedigree", test=tests, ticket=tickets[1], code=4)[2])
        self.score("c.pedigree", test=tests, ticket=self.ticket(), code=2)  # of other rows

    def test_other_records_are_refused_with_a_sentence(self):
        header, *rows = CSV.read_text().splitlines()
        csv, tests = self.dir / "tests.csv", self.dir / "tests"
        csv.write_text("\n".join([header, *rows[:30]]) + "\n")
        self.assertEqual(call("data", "commit", csv, "--label", "label", "--licence", "MIT", "--purpose", "tests", "--key",
                              self.key, "-o", tests).returncode, 0)
        self.assertIn("schema", self.score("a.pedigree", test=tests, code=2)[2])


class Origins(Case):
    """Which records of a list a run was trained on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        lines = CSV.read_text().splitlines(keepends=True)
        cls.header, cls.lines = lines[0], lines[1:]
        # A row that no record equals.
        cells = cls.lines[0].split(",")
        cells[0] = "12.3456"
        cls.absent = ",".join(cells)

    def origins(self, name, rows, *more):
        records = self.dir / "list.csv"
        records.write_text(self.header + "".join(rows))
        claim = self.dir / name
        return claim, call("origins", self.trained, "--proof", self.proof, "--records", records, "-o", claim,
                           "--json", *more)

    def claim(self, name, rows, *more):
        claim, done = self.origins(name, rows, *more)
        return claim, self.read(done)

    def test_no_record_of_the_run(self):
        claim, said = self.claim("a.pedigree", [self.absent])
        self.assertEqual((said["records"], said["records_found"], said["hits"]), (1, 0, []))
        self.assertEqual(self.verdict(claim, code=5)["code"], "run_unseen")
        found = self.verdict(claim, "--run", self.proof)
        self.assertEqual(found["claim"]["kind"], "origins")
        self.assertEqual(found["beside_run"]["found"], [])
        self.assertIsNone(found["claim"]["weights"])
        text = call("verify", claim, "--run", self.proof).stdout
        self.assertIn("no record of the run equals any of the 1 of the list", text)
        for words in (("verify", claim, "--run", self.proof, "--explain"), ("inspect", claim)):
            self.assertEqual(call(*words).returncode, 0)

    def test_rows_and_the_steps_that_held_them(self):
        rows = [self.absent, self.lines[7], self.lines[100], self.lines[7]]
        claim, said = self.claim("a.pedigree", rows, "--shown", "--context", "challenge 5")
        self.assertIsNone(said["records_file"])
        self.assertEqual([(h["record"], h["row"]) for h in said["hits"]], [(1, 7), (3, 7), (2, 100)])
        found = self.verdict(claim, "--run", self.proof)
        self.assertEqual(found["claim"]["context"]["text"], "challenge 5")
        by_record = {r["record"]: r["rows"] for r in found["beside_run"]["found"]}
        self.assertEqual(set(by_record), {1, 2, 3})
        self.assertEqual(by_record[1], by_record[3])
        self.assertEqual(by_record[2][0]["row"], 100)
        self.assertIsNone(by_record[2][0]["custodian"])
        # The steps are those of the table: a step that holds the row has it among its records.
        everything = self.read(call("origins", "--steps", "all", "--proof", self.proof, "--json"))
        last = everything["steps"]["last"]
        for row in (r[0] for r in by_record.values()):
            self.assertTrue(all(0 <= step <= last for step in row["steps"]))
        text = call("verify", claim, "--run", self.proof).stdout
        self.assertIn("record 1 equals row 7 of", text)
        self.assertIn("no other record of the run equals any of the 4 of the list", text)

    def test_every_row_of_a_batch_is_found_in_it(self):
        rows = [line for line in self.lines[:40]]
        claim, _ = self.claim("a.pedigree", rows)
        found = self.verdict(claim, "--run", self.proof)["beside_run"]["found"]
        steps = [step for record in found for row in record["rows"] for step in row["steps"]]
        one = self.read(call("origins", "--steps", 0, "--proof", self.proof, "--json"))
        self.assertEqual(one["by_licence"][0]["records"], support.SPEC["batch"])
        self.assertEqual(one["by_licence"][0]["distinct_batches"], 1)
        self.assertLessEqual(steps.count(0), support.SPEC["batch"])

    def test_hashed_records(self):
        claim, said = self.claim("a.pedigree", [self.absent, self.lines[3]])
        cells = self.dir / "a.pedigree.records.json"
        self.assertEqual(said["records_file"], str(cells))
        self.assertEqual(cells.stat().st_mode & 0o077, 0, "readable by others")
        found = self.verdict(claim, "--run", self.proof, "--records", cells)
        self.assertTrue(found["cells_checked"])
        self.assertIsNone(found["claim"]["records"]["rows"])
        content = json.loads(cells.read_text())
        content["cells"][1] += 1
        other = self.dir / "other.json"
        other.write_text(json.dumps(content))
        self.assertEqual(self.verdict(claim, "--run", self.proof, "--records", other, code=1)["code"], "cells_differ")
        self.assertEqual(call("verify", claim, "--inputs", cells).returncode, 2)

    def test_counts_of_chosen_steps(self):
        table = self.read(call("origins", "--steps", "1..2", "--proof", self.proof, "--json"))
        self.assertEqual(table["steps"]["number"], 2)
        for by in "by_custodian", "by_licence", "by_purpose":
            [group] = table[by]
            self.assertEqual(group["records"], 2 * support.SPEC["batch"])
            self.assertEqual((group["distinct_batches"], group["steps"], group["skipped_steps"]), (2, 2, 0))
        self.assertEqual(table["by_custodian"][0]["custodian"], "declared by the trainer")
        self.assertIn("by licence", call("origins", "--steps", "all", "--proof", self.proof).stdout)
        for steps in ("2..1", "0..99", "x", "1..", ""):
            self.assertEqual(call("origins", "--steps", steps, "--proof", self.proof).returncode, 2, steps)
        self.assertEqual(call("origins", self.trained, "--steps", "all", "--proof", self.proof).returncode, 2)
        self.assertEqual(call("origins", "--proof", self.proof).returncode, 2)
        broken = self.dir / "broken.pedigree"
        broken.write_bytes(self.proof.read_bytes()[:-8])
        self.assertEqual(call("origins", "--steps", "all", "--proof", broken).returncode, 1)

    def test_the_budget_of_the_datasets(self):
        key, data = self.dir / "k", self.dir / "data"
        run, proof = self.dir / "run", self.dir / "p.pedigree"
        spec = self.dir / "spec.json"
        spec.write_text(json.dumps(support.SPEC))
        for words in (
            ("key", "new", "--out", key),
            ("data", "commit", CSV, "--label", "label", "--licence", "CC0-1.0", "--purpose", "tests", "--key", key,
             "-o", data, "--openings", 2),
            ("train", spec, "--data", data, "-o", run),
            ("prove", run, "-o", proof),
        ):
            done = call(*words)
            self.assertEqual(done.returncode, 0, done.stderr)
        records = self.dir / "list.csv"
        records.write_text(self.header + self.lines[5])
        words = ["origins", run, "--proof", proof, "--records", records, "-o"]
        said = self.read(call(*words, self.dir / "a.pedigree", "--json"))
        self.assertEqual([(b["spent"], b["openings"]) for b in said["openings"]], [(2, 2)])
        done = call(*words, self.dir / "b.pedigree")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertFalse((self.dir / "b.pedigree").exists())
        self.assertFalse((self.dir / "b.pedigree.records.json").exists())
        found = self.verdict(self.dir / "a.pedigree", "--run", proof, "--any-custodian")
        [record] = found["beside_run"]["found"]
        self.assertTrue(record["rows"][0]["custodian"].startswith("ed25519:"))
        # Another run's proof is refused on either side.
        self.assertEqual(self.verdict(self.dir / "a.pedigree", "--run", self.proof, code=1)["check"], "claim_data")
        self.assertEqual(call("origins", run, "--proof", self.proof, "--records", records, "-o",
                              self.dir / "c.pedigree").returncode, 2)


if __name__ == "__main__":
    unittest.main()
