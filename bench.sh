#!/usr/bin/env bash
# Measures Pedigree and what it compares with, row by row, and prints one table: docs/benchmarks.md. Debian 12; installs
# what is missing; peers go to build/bench-peers.
#
#   ./bench.sh [--all] [--only ROW] [--out FILE]
set -euo pipefail
cd "$(dirname "$0")"
. ./install.sh

# A Rust that knows edition 2024: the system's if it is new enough.
rust_is_new() { command -v cargo > /dev/null && [ "$(rustc --version | awk '{ split($2, v, "."); print (v[1] > 1 || v[2] >= 85) }')" = 1 ]; }
pedigree_packages+=(python3-venv)
rust_is_new || pedigree_packages+=(cargo-web)
pedigree_install
pedigree_build build/bench -DPEDIGREE_BENCHES=ON -DPEDIGREE_TESTS=OFF pedigree pedigree_opening_bench

# A peer that cannot be had is said to be missing in the table, so nothing here stops the run.
peers=build/bench-peers
mkdir -p "$peers/runs"
environment() {
  local name=$1
  shift
  [ -x "$peers/$name/bin/python" ] || python3 -m venv "$peers/$name"
  timeout 600 "$peers/$name/bin/pip" install -q --disable-pip-version-check "$@" >&2 || echo "not installed: $*" >&2
}
environment numpy numpy
environment ezkl ezkl onnx numpy

exec python3 bench/run.py "$@"
