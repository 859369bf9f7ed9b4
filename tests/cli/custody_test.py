#!/usr/bin/env python3
"""Keys, datasets, grants and manifests through the built program, as custodians meet them."""

import gzip
import json
import pathlib
import shutil
import stat
import struct
import unittest
import zipfile

import support
from support import call


def npy(kind, shape, *numbers):
    """The bytes that numpy.save writes; `kind` is a descr and the letter of struct."""
    header = f"{{'descr': '{kind[0]}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + struct.pack(f"<{len(numbers)}{kind[1]}", *numbers)


class Case(support.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key, cls.other = cls.shared / "me.key", cls.shared / "you.key"
        for key in cls.key, cls.other:
            call("key", "new", "--out", key)
        cls.csv = cls.shared / "records.csv"
        cls.csv.write_text("a,b,y\n" + "".join(f"{n},{n * n % 7},{'uv'[n % 2]}\n" for n in range(20)))
        cls.data = cls.shared / "data"
        cls.committed = cls.commit(cls.csv, "--label", "y", "--openings", 2, "-o", cls.data)

    @classmethod
    def commit(cls, *words):
        return call("data", "commit", *words, "--licence", "CC-BY-4.0", "--purpose", "tests", "--key", cls.key, "--json")

    def refused(self, done, code, *parts):
        self.assertEqual(done.returncode, code, done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)


class Keys(Case):
    def test_the_private_file_is_private_and_nothing_is_overwritten(self):
        self.assertEqual(stat.S_IMODE(self.key.stat().st_mode), 0o600)
        self.assertRegex(pathlib.Path(f"{self.key}.pub").read_text(), r"^ed25519:[0-9a-f]{64}\n$")
        before = self.key.read_bytes()
        self.refused(call("key", "new", "--out", self.key), 2, "never overwritten")
        self.assertEqual(self.key.read_bytes(), before)

    def test_a_public_key_does_not_sign(self):
        done = call("data", "commit", self.csv, "--label", "y", "--licence", "MIT", "--purpose", "x", "--key",
                    f"{self.key}.pub", "-o", self.dir / "d")
        self.refused(done, 3, "a public key")
        self.assertFalse((self.dir / "d").exists())

    def test_a_wrong_verb_is_named(self):
        self.refused(call("data", "comit"), 2)
        self.refused(call("data", "commit", self.csv, "--lisence", "MIT"), 2, "--licence")


class Datasets(Case):
    def test_commit_says_what_it_made(self):
        result = self.read(self.committed)
        for key in "manifest", "root", "records", "opening_budget", "content":
            self.assertIn(key, result)
        self.assertEqual((result["records"], result["distinct"], result["opening_budget"]), (20, 20, 2))
        for name in "rows.bin", "opening.key", "openings.log", "leaves.bin":
            self.assertEqual(stat.S_IMODE((self.data / name).stat().st_mode), 0o600)
        self.refused(self.commit(self.csv, "--label", "y", "-o", self.data), 2, "never overwritten")

    def test_grants_share_content_and_nothing_else(self):
        first = self.read(self.committed)
        granted = self.read(call("data", "grant", self.data, "--to", f"{self.other}.pub", "--key", self.key, "-o",
                                 self.dir / "g", "--json"))
        for key in "content", "schema", "licence", "purpose", "custodian":
            self.assertEqual(first[key], granted[key])
        for key in "root", "answer", "signature":
            self.assertNotEqual(first[key], granted[key])
        self.assertEqual(granted["licensee"], pathlib.Path(f"{self.other}.pub").read_text().strip())
        self.assertEqual((self.data / "rows.bin").read_bytes(), (self.dir / "g/rows.bin").read_bytes())
        self.refused(call("data", "grant", self.data, "--to", f"{self.other}.pub", "--key", self.other, "-o",
                          self.dir / "h"), 2, "custodian")

    def test_one_of_several_signs(self):
        pub = [f"{key}.pub" for key in (self.other, self.key)]
        words = ["data", "grant", self.data, "--to", pub[0], "--key", self.key]
        granted = self.read(call(*words, "--among", *pub, "--name", "a group", "-o", self.dir / "r", "--json"))
        keys = sorted(pathlib.Path(p).read_text().strip() for p in pub)
        self.assertEqual((granted["custodian"], granted["among"], granted["name"]), (None, keys, "a group"))
        for key in "content", "root", "signature":
            self.assertNotEqual(self.read(self.committed)[key], granted[key])
        verified = self.read(call("data", "verify", self.dir / "r", "--json"))
        self.assertEqual(verified["reason"], f"signed by one of {', '.join(keys)}")
        self.refused(call(*words, "--among", *pub, "-o", self.dir / "s"), 2, "--name")
        words += ["--name", "a group"]
        self.refused(call(*words, "--among", pub[0], "-o", self.dir / "s"), 2, "2 to 32")
        self.refused(call(*words, "--among", self.key, pub[0], "-o", self.dir / "s"), 3)
        self.refused(call("data", "ticket", self.dir / "r", "--proof", "none", "--key", self.key, "-o", self.dir / "t"),
                     2, "one of several keys")

    def test_verify(self):
        self.assertEqual(self.read(call("data", "verify", self.data, "--json"))["verdict"], "accepted")
        manifest = self.data / "manifest.bin"
        self.read(call("data", "verify", manifest, "--json"))
        early = call("data", "verify", manifest, "--date", "2001-01-01", "--json")
        self.assertEqual((early.returncode, json.loads(early.stdout)["verdict"]), (5, "refused"))
        self.refused(call("data", "verify", self.csv), 3, "not a manifest")
        self.refused(call("data", "verify", manifest, "--date", "2026-02-30"), 2, "not a date")
        bad = bytearray(manifest.read_bytes())
        bad[60] ^= 1
        (self.dir / "m").write_bytes(bad)
        self.refused(call("data", "verify", self.dir / "m"), 1)

    def test_a_flipped_bit_is_named(self):
        for name in "rows.bin", "opening.key", "schema.json":
            copy = self.dir / name.split(".")[0]
            shutil.copytree(self.data, copy)
            bytes_ = bytearray((copy / name).read_bytes())
            bytes_[40] ^= 4
            (copy / name).write_bytes(bytes_)
            self.refused(call("data", "verify", copy), 1, name)

    def test_a_second_custodian_shares_the_schema(self):
        again = self.read(self.commit(self.csv, "--label", "y", "--schema", self.data / "schema.json", "-o",
                                      self.dir / "again"))
        self.assertEqual(again["schema"], self.read(self.committed)["schema"])
        # The content digest is salted: it links grants, and tells nobody that two custodians hold the same rows.
        self.assertNotEqual(again["content"], self.read(self.committed)["content"])
        self.assertEqual((self.dir / "again/rows.bin").read_bytes(), (self.data / "rows.bin").read_bytes())
        other = self.dir / "other.csv"
        other.write_text("a,b,y\n3,1,u\n4,2,w\n")
        self.refused(self.commit(other, "--label", "y", "--schema", self.data / "schema.json", "-o", self.dir / "o"),
                     3, "unknown label 'w'", "row 3")

    def test_bad_terms(self):
        done = self.commit(self.csv, "--label", "y", "--valid-until", "2001-01-01", "-o", self.dir / "d")
        self.refused(done, 2, "validity")
        self.refused(self.commit(self.csv, "--label", "y", "--labels-as", "number", "-o", self.dir / "d"), 3)
        self.assertFalse((self.dir / "d").exists())


class Trust(Case):
    """A signed dataset brings its ranges on its signer's word: a verifier names the signers, or says that any will do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        spec = cls.shared / "spec.json"
        spec.write_text(json.dumps({"version": 1, "model": [{"op": "linear", "out": 2}], "loss": "cross_entropy",
                                    "optimizer": {"name": "sgd", "lr": 0.0625}, "batch": 4, "steps": 4, "seed": "7"}))
        cls.proof = cls.shared / "signed.pedigree"
        for words in ("train", spec, "--data", cls.data, "-o", cls.shared / "run"), ("prove", cls.shared / "run", "-o", cls.proof):
            done = call(*words, "--progress", "none")
            assert done.returncode == 0, done.stderr

    def verify(self, *words, **policy):
        path = self.dir / "p.json"
        path.write_text(json.dumps({"version": 1, **policy}))
        return call("verify", self.proof, *words, *(("--policy", path) if policy else ()), "--json")

    def outside(self, done, check):
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertEqual(json.loads(done.stdout)["check"], check)

    def test_a_signer_is_named_or_any_is_accepted(self):
        mine, theirs = (pathlib.Path(f"{key}.pub").read_text().strip() for key in (self.key, self.other))
        self.outside(self.verify(), "policy_any_custodian")
        self.outside(self.verify(bits=128, licences=["CC-BY-4.0"], min_records=1), "policy_any_custodian")
        self.outside(self.verify(custodians=[theirs]), "policy_custodian")
        for done in self.verify(custodians=[mine]), self.verify(custodians="any"), self.verify("--any-custodian"):
            self.assertEqual(self.read(done)["trusts"], [mine])
        self.refused(self.verify("--any-custodian", custodians=[mine]), 2, "--any-custodian")
        self.refused(self.verify(custodians="all"), 2, "custodians")

    def test_the_remedy_and_what_is_trusted_are_said(self):
        self.assertIn("--any-custodian", call("verify", self.proof).stdout)
        text = call("verify", self.proof, "--any-custodian", "--explain").stdout
        self.assertIn("(not named by the policy)", text)
        self.assertIn("a false run provable", " ".join(text.split()))


class Arrays(Case):
    def test_npy_npz_and_csv_agree(self):
        cells = [cell for n in range(20) for cell in (n, n * n % 7)]
        x, y = npy(("<i4", "i"), (20, 2), *cells), npy(("<i8", "q"), (20,), *(n % 2 for n in range(20)))
        (self.dir / "x.npy").write_bytes(x)
        (self.dir / "y.npy").write_bytes(y)
        with zipfile.ZipFile(self.dir / "a.npz", "w") as archive:
            archive.writestr("x.npy", x)
            archive.writestr("y.npy", y)
        with zipfile.ZipFile(self.dir / "b.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x.npy", npy(("<f8", "d"), (20, 2), *cells))
            archive.writestr("target.npy", y)
        results = [
            self.read(self.commit(self.dir / "x.npy", "--labels", self.dir / "y.npy", "-o", self.dir / "1")),
            self.read(self.commit(self.dir / "a.npz", "-o", self.dir / "2")),
            self.read(self.commit(self.dir / "b.npz", "--label", "target", "-o", self.dir / "3")),
        ]
        self.assertEqual({r["records"] for r in results}, {20})
        rows = {(self.dir / name / "rows.bin").read_bytes() for name in "123"}
        self.assertEqual(rows, {(self.data / "rows.bin").read_bytes()})

    def test_idx(self):
        images = struct.pack(">4I", 0x803, 2, 2, 2) + bytes([0, 255, 7, 8, 1, 2, 3, 128])
        labels = struct.pack(">2I", 0x801, 2) + bytes([4, 9])
        (self.dir / "i.gz").write_bytes(gzip.compress(images))
        (self.dir / "l").write_bytes(labels)
        result = self.read(self.commit(self.dir / "i.gz", "--labels", self.dir / "l", "--labels-as", "bit", "-o",
                                       self.dir / "d"))
        self.assertEqual((result["records"], result["features"], result["labels"]), (2, 4, 1))
        self.refused(self.commit(self.dir / "i.gz", "-o", self.dir / "e"), 3, "--labels")
        for length in range(3, len(images)):
            (self.dir / "cut").write_bytes(images[:length])
            self.assertIn(self.commit(self.dir / "cut", "--labels", self.dir / "l", "-o", self.dir / "e").returncode,
                          (2, 3))
        (self.dir / "cut.gz").write_bytes(gzip.compress(images)[:-9])
        self.refused(self.commit(self.dir / "cut.gz", "--labels", self.dir / "l", "-o", self.dir / "e"), 3,
                     "copy it again")


if __name__ == "__main__":
    unittest.main()
