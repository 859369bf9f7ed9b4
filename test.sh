#!/usr/bin/env bash
# Installs what is missing (Debian 12), builds, runs the tests. `--all` adds the slow ones.
set -euo pipefail
cd "$(dirname "$0")"
. ./install.sh
pedigree_install
pedigree_install "${pedigree_arm_packages[@]}" || echo "no emulation of ARM: its test is skipped" >&2
out=build/test
pedigree_build "$out" pedigree pedigree_tests pedigree_toy_tests pedigree_verify_c \
  pedigree_verify_shared pedigree_forger pedigree_kernel_bench

filter='-*Slow*'
[ "${1:-}" != --all ] || filter='*'

# The unit tests in as many parts as there are cores, the toy field, then the program as its users meet it.
logs=() pids=()
start() {
  local log=$1
  shift
  logs+=("$log")
  "$@" > "$log" 2>&1 &
  pids+=($!)
}
shards=$(nproc)
for ((i = 0; i < shards; ++i)); do
  start "$out/part$i.log" env GTEST_TOTAL_SHARDS="$shards" GTEST_SHARD_INDEX="$i" "$out/pedigree_tests" \
    --gtest_brief=1 --gtest_filter="$filter"
done
failed=0
for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
pids=()
start "$out/toy.log" "$out/pedigree_toy_tests" --gtest_brief=1
start "$out/cli.log" env PEDIGREE="$PWD/$out/pedigree" python3 tests/cli/cli_test.py
start "$out/custody.log" env PEDIGREE="$PWD/$out/pedigree" python3 tests/cli/custody_test.py
start "$out/infer.log" env PEDIGREE="$PWD/$out/pedigree" python3 tests/cli/infer_test.py
start "$out/claims.log" env PEDIGREE="$PWD/$out/pedigree" python3 tests/cli/claims_test.py
start "$out/schema.log" env PEDIGREE="$PWD/$out/pedigree" python3 tests/cli/schema_test.py
start "$out/report.log" env PEDIGREE="$PWD/$out/pedigree" python3 tests/cli/report_test.py
start "$out/estimate.log" env PEDIGREE="$PWD/$out/pedigree" PEDIGREE_SLOW="$([ "${1:-}" != --all ] || echo 1)" python3 tests/cli/estimate_test.py
start "$out/neon.log" tests/neon/neon_test.sh "$out"
start "$out/install.log" tests/install/install_test.sh "$out"
start "$out/resume.log" env PEDIGREE="$PWD/$out/pedigree" PEDIGREE_SLOW="$([ "${1:-}" != --all ] || echo 1)" python3 tests/cli/resume_test.py
start "$out/samples.log" /usr/bin/python3 reference/tests/samples_test.py
start "$out/claims-alone.log" /usr/bin/python3 reference/tests/claims_alone_test.py
start "$out/policies.log" env PEDIGREE="$PWD/$out/pedigree" /usr/bin/python3 reference/tests/policies_test.py
start "$out/differential.log" env PEDIGREE="$PWD/$out/pedigree" PEDIGREE_FORGER="$PWD/$out/pedigree_forger" \
  REFERENCE_COUNT="$([ "${1:-}" != --all ] && echo 120 || echo 3000)" /usr/bin/python3 reference/tests/differential_test.py
rm -rf "$out/honest"
mkdir "$out/honest"
start "$out/differential-run.log" env PEDIGREE_LIBRARY="$PWD/$out/libpedigree_verify.so" PEDIGREE_FORGER="$PWD/$out/pedigree_forger" \
  REFERENCE_CORPUS="$out/honest" \
  REFERENCE_COUNT="$([ "${1:-}" != --all ] && echo 300 || echo 100000)" /usr/bin/python3 reference/tests/differential_run.py
start "$out/claims-differential.log" env PEDIGREE="$PWD/$out/pedigree" \
  REFERENCE_COUNT="$([ "${1:-}" != --all ] && echo 36 || echo 2000)" /usr/bin/python3 reference/tests/claims_test.py
start "$out/data-claims.log" env PEDIGREE="$PWD/$out/pedigree" PEDIGREE_FORGER="$PWD/$out/pedigree_forger" \
  REFERENCE_COUNT="$([ "${1:-}" != --all ] && echo 60 || echo 2000)" /usr/bin/python3 reference/tests/data_claims_test.py
start "$out/vectors.log" env PEDIGREE="$PWD/$out/pedigree" PEDIGREE_FORGER="$PWD/$out/pedigree_forger" \
  VECTORS_STRIDE="$([ "${1:-}" != --all ] && echo 47 || echo 1)" /usr/bin/python3 reference/tests/vectors_test.py
for pid in "${pids[@]}"; do wait "$pid" || failed=1; done

# Sums up the runners' own closing lines.
passed=0 broken=0 skipped=0
count() { grep -oP "$1" "$2" | head -n 1 || true; }
for log in "${logs[@]}"; do
  cat "$log"
  ran=$(count '^Ran \K[0-9]+(?= tests? in)' "$log")
  summed=$(count '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$log")
  if [ -n "$summed" ]; then  # install_test.sh, reference/tests
    read -r good _ errors _ left_out _ <<< "$summed"
    passed=$((passed + good))
  elif [ -n "$ran" ]; then  # unittest
    errors=$(($(count '(?:failures)=\K[0-9]+' "$log" | grep . || echo 0) + $(count '(?:errors)=\K[0-9]+' "$log" | grep . || echo 0)))
    left_out=$(count 'skipped=\K[0-9]+' "$log")
    passed=$((passed + ran - errors - ${left_out:-0}))
  else
    good=$(count '^\[  PASSED  \] \K[0-9]+' "$log")
    left_out=$(count '^\[  SKIPPED \] \K[0-9]+' "$log")
    errors=$(count '^ *\K[0-9]+(?= FAILED TEST)' "$log")
    [ -n "$errors" ] || errors=$(grep -cP '^\[  FAILED  \] \S+ \(' "$log" || true)
    [ -n "$good" ] || errors=$((${errors:-0} + 1))  # a crash names no test
    passed=$((passed + ${good:-0}))
  fi
  broken=$((broken + ${errors:-0}))
  skipped=$((skipped + ${left_out:-0}))
done
[ $failed -eq 0 ] || [ $broken -gt 0 ] || broken=1
echo "$passed passed, $broken failed, $skipped skipped"
exit $failed
