#!/usr/bin/env python3
"""docs/schemas/verify.schema.json describes what `verify --json` prints: of a run, and of each kind of claim."""

import copy
import json
import re
import unittest

import support
from support import ROOT, call

SCHEMA = json.loads((ROOT / "docs/schemas/verify.schema.json").read_text())
CSV = ROOT / "examples/data/breast_cancer.csv"
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float), "null": type(None)}


def is_of_type(value, name):
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def problems(value, schema, at="$"):
    """What of JSON Schema the file uses: where the value departs from it."""
    if "$ref" in schema:
        return problems(value, SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], at)
    if "oneOf" in schema:
        tried = [problems(value, one, at) for one in schema["oneOf"]]
        return [] if sum(not found for found in tried) == 1 else [f"{at}: {sum(not found for found in tried)} of {len(tried)} fit: {min(tried, key=len)}"]
    if "const" in schema and value != schema["const"] or "enum" in schema and value not in schema["enum"]:
        return [f"{at}: {value!r}"]
    names = schema.get("type", [])
    if names and not any(is_of_type(value, name) for name in ([names] if isinstance(names, str) else names)):
        return [f"{at}: not {names}: {value!r}"]
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return [f"{at}: {value!r}"]
    found = []
    if isinstance(value, list):
        for i, item in enumerate(value):
            found += problems(item, schema.get("items", {}), f"{at}[{i}]")
    if isinstance(value, dict):
        known = schema.get("properties", {})
        found += [f"{at}: without {name}" for name in schema.get("required", []) if name not in value]
        if schema.get("additionalProperties") is False:
            found += [f"{at}: {name} is not known" for name in value if name not in known]
        for name in value:
            found += problems(value[name], known.get(name, {}), f"{at}.{name}")
    return found


class Schema(support.Case):
    def call(self, *words):
        done = call(*words, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)

    def check(self, file, *words):
        said = self.read(call("verify", file, *words, "--json"))
        self.assertEqual(problems(said, SCHEMA), [], file)
        return said

    def test_every_kind(self):
        header, *rows = CSV.read_text().splitlines(keepends=True)
        path = lambda name: self.dir / name
        for name, part in (("train.csv", rows[:400]), ("test.csv", rows[400:440]), ("list.csv", rows[398:402])):
            path(name).write_text(header + "".join(part))
        path("spec.json").write_text(json.dumps(support.SPEC))
        terms = ("--licence", "CC0-1.0", "--purpose", "tests", "--key", path("key"))
        self.call("key", "new", "--out", path("key"))
        self.call("train", path("spec.json"), "--data", path("train.csv"), "--label", "label", "-o", path("run"))
        self.call("data", "commit", path("test.csv"), "--label", "label", "--schema", path("run/schema.json"), *terms, "-o", path("test"))
        self.call("prove", path("run"), "-o", path("run.pedigree"), "--openings", 8, "--test", path("test"))
        run = ("--run", path("run.pedigree"))
        said = [self.check(path("run.pedigree"))]
        claims = {"answer": ("infer", "--input", path("list.csv")), "hashed": ("infer", "--input", path("list.csv"), "--inputs", "hashed"),
                  "origins": ("origins", "--records", path("list.csv")), "exact": ("score", "--apart"), "bound": ("score", "--at-least", 1),
                  "confusion": ("score", "--confusion")}
        for name, (command, *words) in claims.items():
            if command == "score":
                self.call("data", "ticket", path("test"), "--proof", path("run.pedigree"), "--key", path("key"), "-o", path(f"{name}.ticket"))
                words += ["--test", path("test"), "--ticket", path(f"{name}.ticket")]
            self.call(command, path("run"), "--proof", path("run.pedigree"), *words, "-o", path(f"{name}.pedigree"))
            said.append(self.check(path(f"{name}.pedigree"), *run))
        # The description is strict: nothing missing, nothing unknown.
        for found in said:
            for part in (lambda x: x, lambda x: x["claim"], lambda x: x["claim"]["context"]):
                for name in part(found):
                    if name in ("openings", "beside_run", "soundness"):
                        continue
                    altered = copy.deepcopy(found)
                    del part(altered)[name]
                    self.assertTrue(problems(altered, SCHEMA), name)
                altered = copy.deepcopy(found)
                part(altered)["unknown"] = 1
                self.assertTrue(problems(altered, SCHEMA))
        altered = copy.deepcopy(said[0])
        altered["claim"]["steps"] = "many"
        self.assertTrue(problems(altered, SCHEMA))


if __name__ == "__main__":
    unittest.main()
