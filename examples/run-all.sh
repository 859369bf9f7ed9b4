#!/usr/bin/env bash
# From committed records to verified claims and a report, on real records; both verifiers judge everything in it. Debian 12;
# installs what is missing. Results stay in build/examples.
set -euo pipefail
cd "$(dirname "$0")/.."
. ./install.sh

say() { printf '\n\033[1m%s\033[0m\n' "$*" >&2; }
run() { printf '$ pedigree %s\n' "$*" >&2; build/test/pedigree "$@"; }
# both VERDICT FILE [OPTIONS]: the code that both verifiers must give.
both() {
  local expected=$1 program reference
  shift
  program=$(build/test/pedigree verify "$@" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["code"])' || true)
  reference=$(/usr/bin/python3 reference/pedigree-verify-reference "$@" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["code"])' || true)
  printf '  %-14s %-14s %s\n' "$program" "$reference" "$*" >&2
  if [ "$program" != "$expected" ] || [ "$reference" != "$expected" ]; then
    echo "expected $expected from both" >&2
    exit 1
  fi
}

pedigree_install
say "Building (the first time takes some minutes)"
pedigree_build build/test -DPEDIGREE_BENCHES=OFF pedigree pedigree_forger

out=build/examples
rm -rf "$out"
mkdir -p "$out"
csv=examples/data/breast_cancer.csv

say "A hospital commits its records and licenses them to a trainer"
run key new --out "$out/hospital.key" --json > /dev/null
run key new --out "$out/trainer.key" --json > /dev/null
run data commit "$csv" --label label --name hospital --licence CC-BY-4.0 --purpose 'cancer research' \
  --valid-from 2026-01-01 --valid-until 2027-12-31 --key "$out/hospital.key" -o "$out/hospital" --json > /dev/null
run data grant "$out/hospital" --to "$out/trainer.key.pub" --key "$out/hospital.key" -o "$out/grant" --json > /dev/null
cat > "$out/policy.json" << JSON
{ "version": 1, "custodians": ["$(cat "$out/hospital.key.pub")"], "licences": ["CC-BY-4.0"],
  "purposes": ["cancer research"], "date": "2026-12-01", "min_records": 400 }
JSON

say "The trainer trains, and proves the run so that its weights can be opened for four claims"
run train examples/breast_cancer.json --data "$out/grant" -o "$out/run" --json > "$out/train.json"
run prove "$out/run" -o "$out/model.pedigree" --openings 4 --purpose 'cancer research' --json > "$out/prove.json"
both ok "$out/model.pedigree" --policy "$out/policy.json"

say "A patient's doctor asks the model: the answer is proven, and neither weights nor inputs are shown"
head -n 2 "$csv" > "$out/patient.csv"
run infer "$out/run" --proof "$out/model.pedigree" --input "$out/patient.csv" --inputs hashed --context 'request 4711' \
  -o "$out/answer.pedigree" --json > "$out/answer.json"
both run_unseen "$out/answer.pedigree"
both ok "$out/answer.pedigree" --run "$out/model.pedigree" --policy "$out/policy.json"
both ok "$out/answer.pedigree" --run "$out/model.pedigree" --policy "$out/policy.json" --inputs "$out/answer.pedigree.inputs.json"

say "Another patient's cells are not those that were hashed, and another policy is not met"
sed 's/"cells":\[/"cells":[1,/; s/,[-0-9]*\]/]/' "$out/answer.pedigree.inputs.json" > "$out/other.inputs.json"
both cells_differ "$out/answer.pedigree" --run "$out/model.pedigree" --policy "$out/policy.json" --inputs "$out/other.inputs.json"
sed 's/"min_records": 400/"min_records": 4000/' "$out/policy.json" > "$out/stricter.json"
both policy_refused "$out/answer.pedigree" --run "$out/model.pedigree" --policy "$out/stricter.json"

say "What the auditor keeps: a certificate and a report of the run"
run certify "$out/model.pedigree" --policy "$out/policy.json" --key "$out/trainer.key" -o "$out/model.certificate.json" --json > /dev/null
run report "$out/model.pedigree" --policy "$out/policy.json" -o "$out/report.html" --json > /dev/null
run report "$out/model.pedigree" --policy "$out/policy.json" --check "$out/report.html" --json > /dev/null

say "Both verifiers agreed on everything"
