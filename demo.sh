#!/usr/bin/env bash
# Everything once, on real records: trains, proves, verifies, and shows three forgeries refused. Debian 12; installs what
# is missing. Results stay in build/demo.
set -euo pipefail
cd "$(dirname "$0")"
. ./install.sh

say() { printf '\n\033[1m%s\033[0m\n' "$*" >&2; }
run() { printf '$ pedigree %s\n' "$*" >&2; build/test/pedigree "$@"; }

pedigree_install
say "Building (the first time takes some minutes)"
pedigree_build build/test -DPEDIGREE_BENCHES=OFF pedigree pedigree_forger

out=build/demo
rm -rf "$out"
mkdir -p "$out"
declare -A title=([breast_cancer]='breast cancer, 569 x 30' [digits]='digits, 1,797 x 64')

for job in breast_cancer digits; do
  say "Train, prove, verify: ${title[$job]}"
  run train "examples/$job.json" --data "examples/data/$job.csv" --label label -o "$out/$job" --json > "$out/$job.train.json"
  run prove "$out/$job" -o "$out/$job.pedigree" --publish weights --json > "$out/$job.prove.json"
  run verify "$out/$job.pedigree" --weights "$out/$job/weights.safetensors" --json > "$out/$job.verify.json"
done

say "What the proof says"
run verify "$out/breast_cancer.pedigree" --weights "$out/breast_cancer/weights.safetensors" --explain

say "Three forgeries, made by a prover that lies and computes everything else correctly"
build/test/pedigree_forger "$out/breast_cancer" "$out/forged"
refused=0
# forge NAME OPTION...: the verifier must refuse.
forge() {
  printf '%s: ' "$1"
  shift
  local code=0
  build/test/pedigree verify "$@" || code=$?
  [ $code -ne 1 ] || refused=$((refused + 1))
}
forge 'one altered step' "$out/forged/step.pedigree"
forge 'one exchanged record' "$out/forged/record.pedigree"
forge 'published weights one unit off' "$out/forged/weights.pedigree" --weights "$out/forged/weights.safetensors"

say "Result"
python3 - "$out" <<'PYTHON'
import json, sys
out = sys.argv[1]
read = lambda name: json.load(open(f"{out}/{name}.json"))
rows = [("", "breast cancer", "digits")]
jobs = [{k: read(f"{job}.{k}") for k in ("train", "prove", "verify")} for job in ("breast_cancer", "digits")]
add = lambda name, text: rows.append((name, *map(text, jobs)))
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
echo "  forgeries refused          $refused of 3"
[ "$refused" -eq 3 ]
