#!/usr/bin/env python3
"""Certificates and reports of the built program: what they say, and that nothing false passes for one."""

import base64
import hashlib
import html.parser
import json
import pathlib
import re
import shutil
import unittest

import support
from support import SPEC, call

# What a name may hold that a page must not run: it ends texts, attributes, comments and scripts.
HOSTILE = "</title></script><script>alert(1)</script><img src=x onerror=alert(1)>\"'-->&lt;"
MARKS = {"proved", "attested", "declared", "not applicable"}


def keccak256(data):
    """Keccak-256 with the original padding, as hexadecimal digits."""
    mask, state = (1 << 64) - 1, [[0] * 5 for _ in range(5)]
    turn = lambda x, n: (x << n % 64 | x >> 64 - n % 64) & mask if n % 64 else x
    data = bytearray(data) + b"\1" + bytes(-(len(data) + 1) % 136)
    data[-1] |= 128
    for block in range(0, len(data), 136):
        for i in range(17):
            state[i % 5][i // 5] ^= int.from_bytes(data[block + 8 * i:block + 8 * i + 8], "little")
        bit = 1
        for _ in range(24):
            c = [column[0] ^ column[1] ^ column[2] ^ column[3] ^ column[4] for column in state]
            d = [c[x - 1] ^ turn(c[(x + 1) % 5], 1) for x in range(5)]
            state = [[word ^ d[x] for word in state[x]] for x in range(5)]
            x, y, moved = 1, 0, state[1][0]
            for t in range(24):
                x, y = y, (2 * x + 3 * y) % 5
                moved, state[x][y] = state[x][y], turn(moved, (t + 1) * (t + 2) // 2)
            for y in range(5):
                row = [state[x][y] for x in range(5)]
                for x in range(5):
                    state[x][y] = row[x] ^ (~row[(x + 1) % 5] & mask & row[(x + 2) % 5])
            for j in range(7):
                bit = bit << 1 ^ (bit >> 7) * 0x171
                state[0][0] ^= (bit >> 1 & 1) << (1 << j) - 1
    return b"".join(state[i % 5][i // 5].to_bytes(8, "little") for i in range(4)).hex()


class Page(html.parser.HTMLParser):
    """Tags and attributes of a page, and whether every tag is closed in order."""

    VOID = {"meta", "br", "line", "rect", "polyline", "circle", "img", "link"}

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.open, self.text = [], [], [], ""
        self.feed(text)
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        self.text += data


class Case(support.Case):
    """`signed`: one dataset of a custodian, weights published. `plain`: hostile names, declared, none published."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key, cls.other = cls.shared / "me.key", cls.shared / "you.key"
        cls.csv, cls.spec = cls.shared / "records.csv", cls.shared / "spec.json"
        cls.csv.write_text("a,b,y\n" + "".join(f"{n},{n * n % 7},{'uv'[n % 2]}\n" for n in range(40)))
        cls.spec.write_text(json.dumps({**SPEC, "steps": 12}))
        for key in cls.key, cls.other:
            cls.done("key", "new", "--out", key)
        cls.data, cls.run_path = cls.shared / "data", cls.shared / "run"
        cls.done("data", "commit", cls.csv, "--label", "y", "--name", HOSTILE, "--licence", "CC-BY-4.0", "--purpose", HOSTILE,
                 "--valid-from", "2026-01-01", "--valid-until", "2029-12-31", "--key", cls.key, "-o", cls.data)
        cls.done("train", cls.spec, "--data", cls.data, "-o", cls.run_path)
        cls.proof, cls.plain = cls.shared / "signed.pedigree", cls.shared / "plain.pedigree"
        cls.done("prove", cls.run_path, "-o", cls.proof, "--publish", "weights", "--context", HOSTILE)
        cls.weights = cls.run_path / "weights.safetensors"
        cls.done("train", cls.spec, "--data", cls.csv, "--label", "y", "-o", cls.shared / "other-run")
        cls.done("prove", cls.shared / "other-run", "-o", cls.plain)
        cls.policy = cls.shared / "policy.json"
        cls.policy.write_text(json.dumps({"version": 1, "custodians": [cls.public(cls.key)], "date": "2026-11-25",
                                          "purposes": [HOSTILE]}))
        cls.policy.with_name("any.json").write_text(json.dumps({"version": 1, "custodians": "any", "date": "today"}))

    @staticmethod
    def done(*words):
        result = call(*words)
        assert result.returncode == 0, result.stderr
        return result

    @staticmethod
    def public(key):
        return pathlib.Path(f"{key}.pub").read_text().strip()

    def refused(self, result, code, *phrases):
        self.assertEqual(result.returncode, code, result.stderr + result.stdout)
        for phrase in phrases:
            self.assertIn(phrase, result.stderr + result.stdout)
        self.assertNotIn("an error of this program", result.stderr)


class Certificates(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.given = ("--policy", cls.policy, "--weights", cls.weights)
        cls.certificate = cls.shared / "model.intoto.json"
        cls.made = cls.done("certify", cls.proof, *cls.given, "--key", cls.key, "-o", cls.certificate, "--json")
        cls.envelope = json.loads(cls.certificate.read_text())
        cls.body = base64.b64decode(cls.envelope["payload"])

    def check(self, envelope, *words):
        path = self.dir / "c.json"
        path.write_text(json.dumps(envelope))
        return call("certify", "--check", path, *words, "--json")

    def test_the_statement_is_in_toto_and_names_both_files(self):
        self.assertEqual(self.envelope["payloadType"], "application/vnd.in-toto+json")
        self.assertEqual(self.envelope["signatures"][0]["keyid"], self.public(self.key))
        statement = json.loads(self.body)
        self.assertEqual(statement["_type"], "https://in-toto.io/Statement/v1")
        for subject, file in zip(statement["subject"], (self.proof, self.weights), strict=True):
            self.assertEqual(subject["digest"]["sha256"], hashlib.sha256(file.read_bytes()).hexdigest())
            self.assertRegex(subject["digest"]["keccak256"], "^[0-9a-f]{64}$")
        self.assertEqual(statement["predicate"]["verdict"], "accepted")
        self.assertEqual(statement["predicate"]["policy"]["date"], "2026-11-25")
        claim = self.read(call("verify", self.proof, "--policy", self.policy, "--json"))["claim"]
        self.assertEqual(statement["predicate"]["claim"], claim)

    def test_it_is_checked_by_key_by_proof_or_by_both(self):
        named, shown = ("--key", f"{self.key}.pub"), ("--proof", self.proof, *self.given)
        for words, recomputed in (named, False), (shown, True), (named + shown, True):
            result = self.read(self.check(self.envelope, *words))
            self.assertEqual((result["verdict"], result["recomputed"]), ("accepted", recomputed))
        # Anybody can sign anything: neither key nor proof is no answer.
        self.refused(self.check(self.envelope), 5, "signer_unnamed")

    def test_an_altered_envelope_is_refused(self):
        named = "--key", f"{self.key}.pub"
        body = self.body.replace(b'"accepted"', b'"ACCEPTED"')
        self.assertNotEqual(body, self.body)
        signature = bytearray(base64.b64decode(self.envelope["signatures"][0]["sig"]))
        signature[0] ^= 1
        for change in ({"payload": base64.b64encode(body).decode()}, {"payloadType": "application/json"},
                       {"signatures": [{"sig": base64.b64encode(signature).decode()}]}, {"signatures": []}):
            self.refused(self.check({**self.envelope, **change}, *named), 1, "attestation_refused")
        for change in {"payload": "?"}, {"signatures": {}}, {"payloadType": 1}:
            self.refused(self.check({**self.envelope, **change}, *named), 3, "not a DSSE envelope")
        # Unknown fields are skipped, base64 may be that of URLs, and another signature beside ours does no harm.
        url = base64.urlsafe_b64encode(self.body).decode()
        both = [{"sig": base64.b64encode(signature).decode()}, *self.envelope["signatures"]]
        self.read(self.check({**self.envelope, "payload": url, "signatures": both, "more": 1}, *named))

    def test_another_key_is_refused(self):
        self.refused(self.check(self.envelope, "--key", f"{self.other}.pub"), 1, "attestation_refused")
        hint = [{**self.envelope["signatures"][0], "keyid": self.public(self.other)}]
        self.refused(self.check({**self.envelope, "signatures": hint}, "--proof", self.proof, *self.given), 1,
                     "attestation_refused")

    def test_another_proof_policy_or_file_is_refused(self):
        self.refused(self.check(self.envelope, "--proof", self.plain), 1, "certificate_differs")
        self.refused(self.check(self.envelope, "--proof", self.proof, "--policy", self.policy), 1, "certificate_differs",
                     "/predicate/files/weights")
        self.refused(self.check(self.envelope, "--weights", self.weights, "--key", f"{self.key}.pub"), 2, "--proof")

    def test_a_signed_lie_is_recomputed(self):
        """The custodian's own key signs another statement: who takes its word is lied to, who shows the proof is not."""
        out = self.dir / "lie.json"
        self.done("certify", self.plain, "--key", self.key, "-o", out)
        self.read(call("certify", "--check", out, "--key", f"{self.key}.pub", "--json"))
        self.refused(call("certify", "--check", out, "--key", f"{self.key}.pub", "--proof", self.proof, *self.given), 1,
                     "not what the files give")

    def test_nothing_unverified_is_signed(self):
        out = self.dir / "c.json"
        bad = self.dir / "bad.pedigree"
        bytes_ = bytearray(self.proof.read_bytes())
        bytes_[-100] ^= 1
        bad.write_bytes(bytes_)
        sign = ("--key", self.key, "-o", out)
        self.refused(call("certify", bad, "--any-custodian", *sign), 1, "nothing was signed")
        self.refused(call("certify", self.proof, *sign), 5, "policy_refused", "nothing was signed")
        self.refused(call("certify", self.proof, "--policy", self.policy, "--weights", self.dir / "none", *sign), 3)
        self.refused(call("certify", self.plain, "--weights", self.weights, *sign), 1, "weights_differ")
        self.refused(call("certify", self.csv, *sign), 3)
        self.refused(call("certify", self.plain, "--key", f"{self.key}.pub", "-o", out), 3, "a public key")
        self.refused(call("certify", self.proof, "--policy", self.policy.with_name("any.json"), *sign), 2, "today")
        self.refused(call("certify", self.plain, "-o", out), 2, "--key")
        self.refused(call("certify", self.plain, "--key", self.key, "-o", self.certificate), 2, "never overwritten")
        self.assertFalse(out.exists())


class Reports(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.given = ("--policy", cls.policy, "--weights", cls.weights, "--run", cls.run_path, "--manifest",
                     cls.data / "manifest.bin")
        cls.page = cls.shared / "report.html"
        cls.done("report", cls.proof, *cls.given, "-o", cls.page)
        cls.text = cls.page.read_text()
        cls.twin = json.loads((cls.shared / "report.json").read_text())

    def check(self, name, content, *words):
        path = self.dir / name
        path.write_text(content)
        return call("report", "--check", path, "--proof", self.proof, *(words or self.given))

    def line(self, text):
        (found,) = [line for line in self.twin["lines"] if line["text"] == text]
        return found

    def test_each_line_has_mark_digest_and_command(self):
        for line in self.twin["lines"]:
            self.assertEqual(set(line), {"section", "text", "value", "mark", "digest", "command"})
            self.assertIn(line["mark"], MARKS)
            if line["mark"] != "not applicable":
                self.assertRegex(line["command"], "^pedigree (verify|report|data verify) ")
            if line["digest"]:
                self.assertRegex(line["digest"], "^keccak256:[0-9a-f]{64}$")
        self.assertEqual({line["mark"] for line in self.twin["lines"]}, MARKS)
        self.assertEqual(self.line("Published weights")["mark"], "proved")
        self.assertEqual(self.line("accuracy of the exact model")["mark"], "declared")
        self.assertEqual(self.line(f'"{HOSTILE}": licence')["mark"], "attested")
        self.assertIn("manifest.bin", self.line(f'"{HOSTILE}": manifest')["command"])
        self.assertEqual(self.line("Policy: day on which datasets are valid")["value"], "2026-11-25")

    def test_sections_follow_the_template_and_articles_are_named(self):
        titles = [section["title"] for part in self.twin["parts"] for section in part["sections"]]
        numbers = [title.split(" ")[0] for title in titles if title]
        self.assertEqual(numbers, "1.1 1.2 1.3 2.1 2.2 2.3 2.4 2.5 2.6 3.1 3.2 3.3".split())
        ids = {section["id"] for part in self.twin["parts"] for section in part["sections"]}
        self.assertEqual({line["section"] for line in self.twin["lines"]}, ids)
        for article in (5, 6, 9, 17, 25, 30, 35):
            self.assertRegex(self.text, rf"Article {article}[ (,]")
        self.assertEqual([c["id"] for c in self.twin["charts"]], ["loss", "score", "records", "soundness"])

    def test_the_page_is_one_file_that_loads_and_runs_nothing(self):
        page = Page(self.text)
        self.assertEqual(page.tags.count("svg"), 4)
        self.assertFalse({"script", "img", "link", "iframe", "object", "form", "a", "base"} & set(page.tags))
        for name, value in page.attributes:
            self.assertFalse(name.startswith("on") or name in ("src", "href", "style", "action", "srcset"), name)
            self.assertNotIn("url(", value or "")
        style = re.search("<style>(.*?)</style>", self.text, re.S)[1]
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        policy = re.search('Policy" content="([^"]*)"', self.text)[1]
        self.assertEqual(policy, f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'")
        for wanted in "prefers-color-scheme: dark", "@media print", "overflow-x: auto":
            self.assertIn(wanted, style)

    def test_hostile_names_are_text(self):
        page = Page(self.text)
        self.assertIn(HOSTILE, page.text)
        for piece in "<script", "<img", "onerror=alert(1)>\"":
            self.assertNotIn(piece, self.text)

    def test_hostile_metrics_are_text(self):
        run, out = self.dir / "run", self.dir / "r.html"
        shutil.copytree(self.run_path, run)
        metrics = json.loads((run / "metrics.json").read_text())
        metrics["metric"], metrics["scored_on"], metrics["accuracy_exact"] = HOSTILE, HOSTILE, HOSTILE
        metrics["epochs"][0]["loss"], metrics["epochs"][1]["step"] = HOSTILE, [HOSTILE]
        metrics["epochs"] += [{"step": step, "loss": loss, "accuracy": accuracy} for step, loss, accuracy in
                              ((1e308, 1, 1), (-1e308, 0, 0), (13, 1e308, 1e22), (14, -1e308, 1e22 + 1e7), (-7, 1e30, "1"))]
        (run / "metrics.json").write_text(json.dumps(metrics))
        words = ("report", self.proof, "--policy", self.policy, "--run", run, "-o", out)
        self.refused(call(*words), 1, "altered")
        self.assertFalse(out.exists() or (self.dir / "r.json").exists())
        # A trainer can mend the digest too: scores are its word, and stay text.
        index = json.loads((run / "run.json").read_text())
        index["files"]["metrics.json"] = "keccak256:" + keccak256((run / "metrics.json").read_bytes())
        (run / "run.json").write_text(json.dumps(index))
        self.done(*words)
        page = Page(out.read_text())
        self.assertIn("Score over steps: " + HOSTILE, page.text)
        self.assertNotIn("<script", out.read_text())
        for attribute, value in page.attributes:
            if attribute in ("x", "y", "x1", "y1", "x2", "y2", "points", "width", "height"):
                self.assertRegex(value, r"^[-0-9., ]+$")
        scores = [line for line in json.loads((self.dir / "r.json").read_text())["lines"] if line["section"] == "4"]
        self.assertEqual({line["mark"] for line in scores}, {"declared"})

    def test_the_same_files_give_the_same_bytes_under_any_name(self):
        other = self.dir / "copy.pedigree"
        shutil.copy(self.proof, other)
        self.done("report", other, *self.given, "-o", self.dir / "again.html")
        self.assertEqual((self.dir / "again.html").read_text(), self.text)
        self.assertEqual((self.dir / "again.json").read_bytes(), (self.shared / "report.json").read_bytes())

    def test_its_commands_work_as_they_stand(self):
        for file, name in ((self.proof, "model.pedigree"), (self.weights, "weights.safetensors"), (self.policy, "policy.json"),
                           (self.data / "manifest.bin", "manifest.bin"), (self.page, "report.html"),
                           (self.shared / "report.json", "report.json")):
            shutil.copy(file, self.dir / name)
        shutil.copytree(self.run_path, self.dir / "run")
        commands = {line["command"] for line in self.twin["lines"]} - {""} | {self.twin["command"]}
        self.assertEqual(len(commands), 4)
        for command in commands:
            program, *words = command.split(" ")
            self.assertEqual(program, "pedigree")
            self.assertEqual(call(*words, cwd=self.dir).returncode, 0, command)

    def test_check_recomputes(self):
        twin = (self.shared / "report.json").read_text()
        for name, content in ("r.html", self.text), ("r.json", twin):
            self.assertEqual(self.check(name, content).returncode, 0)
            self.refused(self.check(name, content + " "), 1, "refused")
            self.refused(self.check(name, ""), 1, "refused")
        altered = json.loads(twin)
        altered["lines"][2]["mark"] = "attested"
        self.refused(self.check("r.json", json.dumps(altered, indent=2)), 1, "/lines/2/mark", "recomputed \"proved\"")
        del altered["lines"][2]
        self.refused(self.check("r.json", json.dumps(altered, indent=2)), 1, "/lines/")
        self.refused(self.check("r.html", self.text.replace("mark declared", "mark proved")), 1, "line ")
        self.refused(self.check("r.html", self.text.replace("128.", "256.", 1)), 1, "line ")

    def test_other_files_give_another_report(self):
        self.refused(self.check("r.html", self.text, "--policy", self.policy, "--weights", self.weights), 1, "line ")
        result = call("report", "--check", self.page, "--proof", self.plain)
        self.refused(result, 1, "refused")
        out = self.dir / "new.html"
        self.refused(call("report", self.plain, "--run", self.run_path, "-o", out), 2, "another proof")
        self.refused(call("report", self.plain, "--manifest", self.data / "manifest.bin", "-o", out), 1,
                     "no dataset of the proof")
        self.assertFalse(out.exists())

    def test_missing_weights_and_run_are_not_proved(self):
        out = self.dir / "r.html"
        self.done("report", self.proof, "--policy", self.policy, "-o", out)
        self.twin = json.loads((self.dir / "r.json").read_text())
        self.assertEqual(self.line("Published weights")["mark"], "declared")
        self.assertEqual(self.line("Loss and accuracy")["mark"], "not applicable")
        self.assertEqual([c["mark"] for c in self.twin["charts"]],
                         ["not applicable", "not applicable", "proved", "proved"])
        Page(out.read_text())

    def test_a_named_start_is_proved_by_its_file_alone(self):
        spec, run, proof = self.dir / "spec.json", self.dir / "run", self.dir / "named.pedigree"
        spec.write_text(json.dumps({**SPEC, "steps": 4, "init": str(self.weights)}))
        self.done("train", spec, "--data", self.csv, "--label", "y", "-o", run)
        self.done("prove", run, "-o", proof)
        for words, mark in (((), "declared"), (("--init", run / "start.safetensors"), "proved")):
            out = self.dir / f"{mark}.html"
            self.done("report", proof, *words, "-o", out)
            self.twin = json.loads(out.with_suffix(".json").read_text())
            self.assertEqual(self.line("Model dependencies")["mark"], mark)
            Page(out.read_text())

    def test_declared_records_are_never_attested(self):
        self.done("report", self.plain, "-o", self.dir / "r.html")
        self.twin = json.loads((self.dir / "r.json").read_text())
        self.assertNotIn("attested", {line["mark"] for line in self.twin["lines"]})
        self.assertEqual(self.line("Published weights")["mark"], "not applicable")

    def test_nothing_unverified_is_reported(self):
        out = self.dir / "r.html"
        self.refused(call("report", self.proof, "-o", out), 5, "policy_refused")
        self.refused(call("report", self.csv, "-o", out), 3)
        self.refused(call("report", self.plain, "--weights", self.weights, "-o", out), 1, "weights_differ")
        self.refused(call("report", self.plain, "--weights", self.dir / "none", "-o", out), 3)
        self.refused(call("report", self.proof, "--policy", self.policy.with_name("any.json"), "-o", out), 2, "today")
        self.refused(call("report", self.plain, "-o", self.dir / "r.txt"), 2, ".html")
        self.refused(call("report", self.plain), 2, "-o")
        (self.dir / "r.json").write_text("{}")
        self.refused(call("report", self.plain, "-o", out), 2, "never overwritten")
        self.assertFalse(out.exists())


if __name__ == "__main__":
    unittest.main()
