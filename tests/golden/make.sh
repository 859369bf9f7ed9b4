#!/usr/bin/env bash
# Makes the golden proof of the current format: PEDIGREE=build/release/pedigree tests/golden/make.sh [--replace]
# --replace is for a format that is not released yet; a released one keeps its file.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=$(realpath "${PEDIGREE:-$here/../../build/release/pedigree}")
format=$("$program" --version | sed -n 's/^proof format //p')
[ -n "$format" ] || { echo "$program does not say its format" >&2; exit 2; }
folder=$here/format-$format
if [ -e "$folder" ] && [ "${1:-}" != --replace ]; then
  echo "$folder exists; --replace makes it anew, only before the format is released" >&2
  exit 2
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# 32 records of four small decimals; the label says whether the first two are large together.
awk 'BEGIN {
  print "a,b,c,d,label"; x = 7
  for (i = 0; i < 32; ++i) {
    for (j = 0; j < 4; ++j) { x = (x * 1103 + 12345) % 65536; v[j] = x % 200 }
    printf "%.1f,%.1f,%.1f,%.1f,%s\n", v[0] / 10, v[1] / 10, v[2] / 10, v[3] / 10, (v[0] + v[1] > 200) ? "large" : "small"
  }
}' > records.csv
cat > spec.json << 'JSON'
{ "version": 1,
  "model": [ {"op": "linear", "out": 3}, {"op": "relu"}, {"op": "linear", "out": 2} ],
  "loss": "cross_entropy", "optimizer": {"name": "sgd", "lr": 0.0625, "momentum": 0.5},
  "batch": 4, "steps": 8, "seed": "7" }
JSON
"$program" train spec.json --data records.csv --label label -o run --progress none > train.log
"$program" prove run -o proof.pedigree --publish weights --context golden --progress none > prove.log
"$program" verify proof.pedigree --weights run/weights.safetensors
size=$(stat -c %s proof.pedigree)
[ "$size" -lt $((400 * 1024)) ] || { echo "the proof has $size bytes" >&2; exit 1; }

mkdir -p "$folder"
cp proof.pedigree run/weights.safetensors "$folder/"
cat > "$folder/README.md" << TEXT
# Golden proof of format $format

Made with \`tests/golden/make.sh\` by

\`\`\`
$("$program" --version | grep -v '^instruction set')
\`\`\`

| file | SHA-256 |
| --- | --- |
| \`proof.pedigree\` | \`$(sha256sum proof.pedigree | cut -d ' ' -f 1)\` |
| \`weights.safetensors\` | \`$(sha256sum run/weights.safetensors | cut -d ' ' -f 1)\` |

Eight steps of a network 4-3-2 with momentum on 32 made-up records, context \`golden\`. Records and weights follow from the
script; the bytes of the proof do not: its masks are random. Once this format is released, the files stay as they are.
TEXT
echo "$folder: $size bytes"
