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
pedigree_build build/test pedigree pedigree_forger

out=build/examples
rm -rf "$out"
mkdir -p "$out"
csv=$out/hospital.csv
head -n 470 examples/data/breast_cancer.csv > "$csv"
(head -n 1 "$csv"; tail -n 100 examples/data/breast_cancer.csv) > "$out/clinic.csv"

say "A hospital commits its records and licenses them to a trainer"
run key new --out "$out/hospital.key" --json > /dev/null
run key new --out "$out/trainer.key" --json > /dev/null
run data commit "$csv" --label label --name hospital --licence CC-BY-4.0 --purpose 'cancer research' \
  --valid-from 2026-01-01 --valid-until 2027-12-31 --key "$out/hospital.key" -o "$out/hospital" --json > /dev/null
run data grant "$out/hospital" --to "$out/trainer.key.pub" --key "$out/hospital.key" -o "$out/grant" --json > /dev/null
cat > "$out/policy.json" << JSON
{ "version": 1, "custodians": ["$(cat "$out/hospital.key.pub")"], "licences": ["CC-BY-4.0"],
  "purposes": ["cancer research"], "date": "2026-12-01", "min_records": 300 }
JSON

say "A clinic commits a test set of its own, grants it to the trainer, and shows it to nobody else"
run key new --out "$out/clinic.key" --json > /dev/null
run data commit "$out/clinic.csv" --label label --name clinic --schema "$out/hospital/schema.json" --licence CC-BY-4.0 \
  --purpose evaluation --key "$out/clinic.key" -o "$out/clinic" --json > /dev/null
run data grant "$out/clinic" --to "$out/trainer.key.pub" --key "$out/clinic.key" -o "$out/test" --json > /dev/null

say "The trainer trains, and proves the run so that its weights can be opened for four claims; the proof names the test set"
run train examples/breast_cancer.json --data "$out/grant" -o "$out/run" --json > "$out/train.json"
run prove "$out/run" -o "$out/model.pedigree" --openings 4 --purpose 'cancer research' --test "$out/test" --json > "$out/prove.json"
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
sed 's/"min_records": 300/"min_records": 3000/' "$out/policy.json" > "$out/stricter.json"
both policy_refused "$out/answer.pedigree" --run "$out/model.pedigree" --policy "$out/stricter.json"

say "How good is it? The clinic gives one ticket; records, answers and weights stay hidden, and no test record was trained on"
run data ticket "$out/clinic" --proof "$out/model.pedigree" --key "$out/clinic.key" -o "$out/ticket.json" --json > /dev/null
run score "$out/run" --proof "$out/model.pedigree" --test "$out/test" --ticket "$out/ticket.json" --apart \
  -o "$out/score.pedigree" --json > "$out/score.json"
cat > "$out/score-policy.json" << JSON
{ "version": 1, "custodians": ["$(cat "$out/hospital.key.pub")"], "date": "2026-12-01",
  "test_keys": ["$(cat "$out/clinic.key.pub")"], "test_fixed": true, "test_apart": true, "min_tests": 100, "max_ticket": 1 }
JSON
both run_unseen "$out/score.pedigree" --policy "$out/score-policy.json"
both ok "$out/score.pedigree" --run "$out/model.pedigree" --policy "$out/score-policy.json"
sed 's/"min_tests": 100/"min_tests": 101/' "$out/score-policy.json" > "$out/larger.json"
both policy_refused "$out/score.pedigree" --run "$out/model.pedigree" --policy "$out/larger.json"
run verify "$out/score.pedigree" --run "$out/model.pedigree" --policy "$out/score-policy.json" >&2

say "Two patients ask whether they were trained on: one is in the hospital's records, one in the clinic's"
(head -n 2 "$csv"; tail -n 1 "$out/clinic.csv") > "$out/patients.csv"
run origins "$out/run" --proof "$out/model.pedigree" --records "$out/patients.csv" -o "$out/origins.pedigree" --json > "$out/origins.json"
both ok "$out/origins.pedigree" --run "$out/model.pedigree" --policy "$out/policy.json"
both ok "$out/origins.pedigree" --run "$out/model.pedigree" --policy "$out/policy.json" --records "$out/origins.pedigree.records.json"
run verify "$out/origins.pedigree" --run "$out/model.pedigree" --policy "$out/policy.json" >&2

say "The hospital and the clinic grant together: their keys are accepted, and nobody learns whose of the two signed"
run data grant "$out/hospital" --to "$out/trainer.key.pub" --key "$out/hospital.key" --among "$out/hospital.key.pub" "$out/clinic.key.pub" \
  --name 'records of a network' -o "$out/shared" --json > /dev/null
run train examples/breast_cancer.json --data "$out/shared" -o "$out/network" --json > /dev/null
run prove "$out/network" -o "$out/network.pedigree" --json > /dev/null
sed "s/\"custodians\": \[/&\"$(cat "$out/clinic.key.pub")\", /" "$out/policy.json" > "$out/network-policy.json"
both ok "$out/network.pedigree" --policy "$out/network-policy.json"
both policy_refused "$out/network.pedigree" --policy "$out/policy.json"
run origins --steps 1..100 --proof "$out/network.pedigree" >&2

adult=../shared/data/adult
if [ -d "$adult" ]; then
  say "Census records of two regions, and a test set of 10,381 others: classes by label, and an opt-out that was honoured"
  /usr/bin/python3 examples/adult.py "$adult" "$out"
  columns=()
  for column in workclass marital-status occupation relationship race sex native-country; do columns+=(--category "$column"); done
  terms=(--label income --licence CC-BY-4.0 --purpose research --key "$out/hospital.key")
  run data commit "$out/west.csv" "${columns[@]}" "${terms[@]}" -o "$out/west" --json > /dev/null
  for name in east test; do
    run data commit "$out/$name.csv" --schema "$out/west/schema.json" "${terms[@]}" -o "$out/adult-$name" --json > /dev/null
  done
  run train examples/adult.json --data "$out/west" "$out/adult-east" -o "$out/adult" --json > /dev/null
  run prove "$out/adult" -o "$out/adult.pedigree" --openings 2 --test "$out/adult-test" --json > /dev/null
  run data ticket "$out/adult-test" --proof "$out/adult.pedigree" --key "$out/hospital.key" -o "$out/adult-ticket.json" --json > /dev/null
  run score "$out/adult" --proof "$out/adult.pedigree" --test "$out/adult-test" --ticket "$out/adult-ticket.json" --confusion --apart \
    -o "$out/adult-score.pedigree" --json > /dev/null
  sed 's/"cancer research"/"research"/' "$out/policy.json" > "$out/adult-policy.json"
  both ok "$out/adult-score.pedigree" --run "$out/adult.pedigree" --policy "$out/adult-policy.json"
  run verify "$out/adult-score.pedigree" --run "$out/adult.pedigree" --policy "$out/adult-policy.json" >&2
  head -n 3 "$out/test.csv" > "$out/opted-out.csv"
  run origins "$out/adult" --proof "$out/adult.pedigree" --records "$out/opted-out.csv" -o "$out/opted-out.pedigree" --json > /dev/null
  both ok "$out/opted-out.pedigree" --run "$out/adult.pedigree" --policy "$out/adult-policy.json" --records "$out/opted-out.pedigree.records.json"
else
  say "No ../shared/data/adult: the story of the census records is left out"
fi

say "What the auditor keeps: a certificate and a report of the run"
run certify "$out/model.pedigree" --policy "$out/policy.json" --key "$out/trainer.key" -o "$out/model.certificate.json" --json > /dev/null
run report "$out/model.pedigree" --policy "$out/policy.json" -o "$out/report.html" --json > /dev/null
run report "$out/model.pedigree" --policy "$out/policy.json" --check "$out/report.html" --json > /dev/null

say "Both verifiers agreed on everything"
