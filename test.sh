#!/usr/bin/env bash
# Installs what is missing (Debian 12), builds, runs the tests. `--all` adds the slow ones.
set -euo pipefail
cd "$(dirname "$0")"
. ./install.sh
pedigree_install
pedigree_build build/test -DPEDIGREE_BENCHES=OFF pedigree pedigree_tests
filter='-*Slow*'
[ "${1:-}" = --all ] && filter='*'
shards=$(nproc)
pids=()
for ((i = 0; i < shards; ++i)); do
  GTEST_TOTAL_SHARDS=$shards GTEST_SHARD_INDEX=$i ./build/test/pedigree_tests --gtest_brief=1 --gtest_filter="$filter" \
    > "build/test/shard$i.log" 2>&1 & pids+=($!)
done
failed=0
for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
passed=0 broken=0 skipped=0
for ((i = 0; i < shards; ++i)); do
  cat "build/test/shard$i.log"
  passed=$((passed + $(grep -oP '^\[  PASSED  \] \K[0-9]+' "build/test/shard$i.log" || echo 0)))
  broken=$((broken + $(grep -cP '^\[  FAILED  \] .*\(' "build/test/shard$i.log" || true)))
  skipped=$((skipped + $(grep -oP '^\[  SKIPPED \] \K[0-9]+' "build/test/shard$i.log" || echo 0)))
done
[ $failed -eq 0 ] || [ $broken -gt 0 ] || broken=1   # a crash names no test
echo "$passed passed, $broken failed, $skipped skipped"
exit $failed
