#!/usr/bin/env bash
# Everything once, on real records: two hospitals license records to one trainer, who trains on both and proves the whole run;
# an auditor verifies under a policy; what the policy or the mathematics forbids is refused. Debian 12; installs what is
# missing. Results stay in build/demo.
set -euo pipefail
cd "$(dirname "$0")"
. ./install.sh

say() { printf '\n\033[1m%s\033[0m\n' "$*" >&2; }
run() { printf '$ pedigree %s\n' "$*" >&2; build/test/pedigree "$@"; }

pedigree_install
say "Building (the first time takes some minutes)"
pedigree_build build/test pedigree pedigree_forger

out=build/demo
rm -rf "$out"
mkdir -p "$out"
csv=examples/data/breast_cancer.csv

say "Two hospitals, each with records of its own"
for name in north south; do
  run key new --out "$out/$name.key" --json > /dev/null
  head -n 1 "$csv" > "$out/$name.csv"
done
run key new --out "$out/trainer.key" --json > /dev/null
run key new --out "$out/stranger.key" --json > /dev/null
# The hospitals agree on one schema: how a column becomes an integer. It is public, and made from no one's secrets here.
tail -n +2 "$csv" | awk -v a="$out/north.csv" -v b="$out/south.csv" '{ print > (NR % 2 ? a ".rows" : b ".rows") }'
for name in north south; do cat "$out/$name.csv.rows" >> "$out/$name.csv"; rm "$out/$name.csv.rows"; done
run data commit "$csv" --label label --licence CC-BY-4.0 --purpose 'cancer research' --key "$out/north.key" -o "$out/schema" --json > /dev/null
for name in north south; do
  run data commit "$out/$name.csv" --label label --schema "$out/schema/schema.json" --name "hospital $name" --licence CC-BY-4.0 \
    --purpose 'cancer research' --valid-from 2026-01-01 --valid-until 2027-12-31 --key "$out/$name.key" -o "$out/$name" --json > /dev/null
  run data grant "$out/$name" --to "$out/trainer.key.pub" --key "$out/$name.key" -o "$out/$name-grant" --json > /dev/null
done

say "One trainer, licensed by both, trains and proves the whole run"
run train examples/breast_cancer.json --data "$out/north-grant" --data "$out/south-grant" -o "$out/run" --json > "$out/train.json"
run prove "$out/run" --segment 128 -o "$out/model.pedigree" --publish weights --purpose 'cancer research' --json > "$out/prove.json"

say "An auditor verifies under a policy"
cat > "$out/revoked.json" << JSON
{ "version": 1, "revoked": [] }
JSON
policy() {
  cat << JSON
{ "version": 1, "custodians": ["$(cat "$out/north.key.pub")", "$(cat "$out/south.key.pub")"], "licences": ["CC-BY-4.0"],
  "purposes": ["cancer research"], "date": "$1", "revocations": "$2", "min_records": 450, "min_distinct": 450,
  "start": {"seeded": true}, "published_weights": true }
JSON
}
policy 2026-11-25 revoked.json > "$out/policy.json"
run verify "$out/model.pedigree" --weights "$out/run/weights.safetensors" --policy "$out/policy.json" --explain
run verify "$out/model.pedigree" --weights "$out/run/weights.safetensors" --policy "$out/policy.json" --json > "$out/verify.json"

run key new --out "$out/auditor.key" --json > /dev/null
run certify "$out/model.pedigree" --policy "$out/policy.json" --weights "$out/run/weights.safetensors" --key "$out/auditor.key" \
  -o "$out/model.intoto.json"
run report "$out/model.pedigree" --policy "$out/policy.json" --weights "$out/run/weights.safetensors" --run "$out/run" -o "$out/report.html"

refused=0 expected=0
# refuse CODE NAME OPTION...: the verifier must refuse with this exit code.
refuse() {
  local wanted=$1 code=0
  printf '%s: ' "$2"
  shift 2
  expected=$((expected + 1))
  build/test/pedigree verify "$@" || code=$?
  [ $code -ne "$wanted" ] || refused=$((refused + 1))
}

say "What the policy forbids"
run data commit "$out/south.csv" --label label --schema "$out/schema/schema.json" --name 'copied records' --licence CC-BY-4.0 \
  --purpose 'cancer research' --key "$out/stranger.key" -o "$out/stranger" --json > /dev/null
run train examples/breast_cancer.json --data "$out/north-grant" --data "$out/stranger" -o "$out/run-stranger" --json > /dev/null
run prove "$out/run-stranger" -o "$out/stranger.pedigree" --publish weights --json > /dev/null
refuse 5 'records that no accepted key signed' "$out/stranger.pedigree" --policy "$out/policy.json"
policy 2028-06-01 revoked.json > "$out/policy-later.json"
refuse 5 'signatures that nobody said to trust' "$out/model.pedigree"
refuse 5 'a licence that has run out' "$out/model.pedigree" --policy "$out/policy-later.json"
python3 - "$out" << 'PYTHON'
import json, sys
out = sys.argv[1]
content = json.load(open(f"{out}/verify.json"))["claim"]["datasets"][1]["content"]
json.dump({"version": 1, "revoked": [content]}, open(f"{out}/revoked-later.json", "w"))
PYTHON
policy 2026-11-25 revoked-later.json > "$out/policy-revoked.json"
refuse 5 'records that were revoked' "$out/model.pedigree" --policy "$out/policy-revoked.json"

say "Three forgeries, made by a prover that lies and computes everything else correctly"
run train examples/breast_cancer.json --data "$csv" --label label -o "$out/plain" --json > /dev/null
build/test/pedigree_forger "$out/plain" "$out/forged"
refuse 1 'one altered step' "$out/forged/step.pedigree"
refuse 1 'one exchanged record' "$out/forged/record.pedigree"
refuse 1 'published weights one unit off' "$out/forged/weights.pedigree" --weights "$out/forged/weights.safetensors"

say "Train, prove, verify: digits, 1,797 x 64"
run train examples/digits.json --data examples/data/digits.csv --label label -o "$out/digits" --json > "$out/digits.train.json"
run prove "$out/digits" -o "$out/digits.pedigree" --publish weights --json > "$out/digits.prove.json"
run verify "$out/digits.pedigree" --weights "$out/digits/weights.safetensors" --json > "$out/digits.verify.json"

say "Result"
python3 - "$out" << 'PYTHON'
import json, sys
out = sys.argv[1]
read = lambda name: json.load(open(f"{out}/{name}.json"))
rows = [("", "two hospitals", "digits")]
jobs = [{k: read(f"{job}{k}") for k in ("train", "prove", "verify")} for job in ("", "digits.")]
add = lambda name, text: rows.append((name, *map(text, jobs)))
add("segments", lambda j: f"{j['prove']['segments']}")
add("accuracy, exact training", lambda j: f"{j['train']['accuracy_exact']:.4f}")
add("accuracy, float twin", lambda j: f"{j['train']['accuracy_float']:.4f}")
add("CPU seconds to prove", lambda j: f"{j['prove']['cpu_seconds']:.2f}")
add("peak memory, MiB", lambda j: f"{j['prove']['peak_bytes'] / 2**20:.0f}")
add("proof, bytes", lambda j: f"{j['prove']['bytes']:,}")
add("verify, milliseconds", lambda j: f"{j['verify']['milliseconds']:.0f}")
add("provable bits", lambda j: f"{j['verify']['bits']:.1f}")
for row in rows:
    print(f"  {row[0]:<26} {row[1]:>14} {row[2]:>14}")
PYTHON
echo "  refused                    $refused of $expected"
[ "$refused" -eq "$expected" ]
