#!/usr/bin/env bash
# The NEON twins of the kernels against their plain twins, word by word, as 64-bit ARM code under emulation:
#   tests/neon/neon_test.sh DIR     builds into DIR/neon; skips, naming it, where a tool is missing
# The tests are those of src/kernel; they run each instruction set that the (emulated) machine has.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${1:?a folder for the build}/neon
target=aarch64-linux-gnu

skip() {
  echo "skipped: $1"
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
}
emulator=$(command -v qemu-aarch64 || command -v qemu-aarch64-static) || skip "no qemu-aarch64 (Debian: qemu-user)"
compiler=${CXX:-$(command -v clang++-19 || echo clang++)}
[ -d /usr/$target/include/c++ ] || skip "no C++ library for $target (Debian: libstdc++-12-dev-arm64-cross)"
[ -d /usr/src/googletest ] || skip "no sources of GoogleTest (Debian: libgtest-dev)"

sources=(/usr/src/googletest/googletest/src/gtest-all.cc /usr/src/googletest/googletest/src/gtest_main.cc
  src/hash/keccak.cc src/hash/keccak_lanes.cc src/hash/keccak_neon.cc src/poly/polynomial_prove.cc)
for source in src/kernel/*.cc; do
  case $source in *_bench.cc | *_avx2.cc | *_avx512.cc | */parallel_test.cc | */profile_test.cc) ;; *) sources+=("$source") ;; esac
done

mkdir -p "$out"
objects=() pids=()
for source in "${sources[@]}"; do
  object=$out/$(basename "$source" .cc).o
  objects+=("$object")
  warnings=(-Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Werror)
  case $source in src/*) ;; *) warnings=() ;; esac
  # shellcheck disable=SC2086
  ${CMAKE_CXX_COMPILER_LAUNCHER:-} "$compiler" --target=$target -std=c++20 -O2 "${warnings[@]}" -DPEDIGREE_HARNESS -I src -I tests \
    -isystem /usr/src/googletest/googletest -isystem /usr/src/googletest/googletest/include -c "$source" -o "$object" &
  pids+=($!)
  if [ ${#pids[@]} -ge "$(nproc)" ]; then
    wait "${pids[0]}"
    pids=("${pids[@]:1}")
  fi
done
for pid in "${pids[@]}"; do wait "$pid"; done
"$compiler" --target=$target -fuse-ld=lld "${objects[@]}" -o "$out/kernel_tests" -lpthread
"$emulator" -L /usr/$target "$out/kernel_tests" --gtest_brief=1
