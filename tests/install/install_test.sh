#!/usr/bin/env bash
# What users get: installs a built tree elsewhere, builds against it from outside, packs it.
# install_test.sh BUILD_DIR; the program and both verifier libraries are built there. Closes with "N passed, N failed".
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "${1:?the build directory is missing}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
cc=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
sanitized=$(sed -n 's/^PEDIGREE_SANITIZE:[A-Z]*=//p' "$build/CMakeCache.txt")

passed=0 failed=0 skipped=0
check() {  # check NAME COMMAND...
  local name=$1
  shift
  if "$@" > "$work/log" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: $name"
    sed 's/^/    /' "$work/log"
  fi
}
skip() { skipped=$((skipped + 1)); echo "skipped: $1"; }

holds() {  # holds DIRECTORY FILE...: all of these and nothing empty
  local directory=$1 file
  shift
  for file in "$@"; do [ -s "$directory/$file" ] || { echo "$file is missing"; return 1; }; done
}

files_are_there() {
  holds "$prefix" bin/pedigree include/pedigree/verify.h share/man/man1/pedigree.1 share/doc/pedigree/README.md \
    share/doc/pedigree/LICENSE share/doc/pedigree/docs/protocol.md share/doc/pedigree/examples/verify.c &&
    holds "$lib" libpedigree_verify.a libpedigree_verify.so pkgconfig/pedigree-verify.pc \
      cmake/pedigree/pedigreeConfig.cmake cmake/pedigree/pedigreeConfigVersion.cmake \
      cmake/pedigree/pedigreeTargets.cmake cmake/pedigree/pedigreeStaticTargets.cmake
}

no_path_of_the_build() {
  ! grep -rlF -e "$build" -e "$root" "$lib/cmake" "$lib/pkgconfig" "$prefix/include"
}

# The functions of the header, all of them, and nothing else.
exports_are_the_header() {
  diff <(nm -D --defined-only "$lib/libpedigree_verify.so" | awk '{print $3}' | sort) \
    <(sed -n 's/^PEDIGREE_API .*[ *]\(pedigree_[a-z_]*\)(.*/\1/p' "$prefix/include/pedigree/verify.h" | sort)
}

needs_no_cpp_library() {
  readelf -d "$lib/libpedigree_verify.so" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | sort > "$work/needed"
  cat "$work/needed"
  ! grep -vqE '^(libc|libm|libsodium|ld-linux[^.]*)\.so' "$work/needed"
}

version_is_told() {
  "$prefix/bin/pedigree" --version | tee "$work/version" &&
    grep -qxE 'pedigree [0-9]+\.[0-9]+\.[0-9]+' "$work/version" && grep -qxE 'proof format [0-9]+\.[0-9]+' "$work/version" &&
    grep -qxE 'arithmetic [0-9]+' "$work/version" && grep -qxE 'instruction set (plain|avx2|avx512)' "$work/version"
}

names_below() { "$prefix/bin/pedigree" "$@" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]\{1,\}\) .*/\1/p'; }

# Every command and option that --help knows stands in the section of the page that is its own, or in that of all commands.
page_tells_all() {
  local command word words=() section bad=0 verb
  for command in $(names_below); do
    local verbs
    verbs=$(names_below "$command")
    if [ -n "$verbs" ]; then for verb in $verbs; do words+=("$command $verb"); done; else words+=("$command"); fi
  done
  [ ${#words[@]} -ge 7 ] || { echo "too few commands: ${words[*]}"; return 1; }
  for command in "${words[@]}"; do
    section=$(sed -n "/^\.Ss pedigree $command\b/,/^\.S[sh] /p; /^\.Sh COMMON/,/^\.Sh /p" "$root/docs/man/pedigree.1")
    grep -q "^\.Ss pedigree $command\b" <<< "$section" || { echo "no section: $command"; bad=1; continue; }
    # shellcheck disable=SC2086
    for word in $("$prefix/bin/pedigree" $command --help | grep -oP '^  (-[a-z],)?--\K[a-z-]+'); do
      grep -qP -- "(Fl |, )-$word( |\$)" <<< "$section" || { echo "$command: --$word is missing"; bad=1; }
    done
  done
  return $bad
}

page_tells_policies() {
  local key bad=0
  for key in $(sed -n '/did_you_mean(key, {/,/})/p' "$root/src/cli/policy.cc" | grep -oP '"\K[a-z_]+(?=")'); do
    sed -n '/^\.Sh POLICIES/,/^\.Sh FILES/p' "$root/docs/man/pedigree.1" |
      grep -qP "^\.It Cm ([a-z_]+ , )*$key( |\$)" || { echo "$key is missing"; bad=1; }
  done
  return $bad
}

page_renders() {
  local said
  said=$(groff -ww -mdoc -Tutf8 -z "$prefix/share/man/man1/pedigree.1" 2>&1)
  echo "$said"
  [ -z "$said" ]
}

outside_project() {
  mkdir -p "$work/outside"
  cp "$prefix/share/doc/pedigree/examples/verify.c" "$work/outside/"
  cat > "$work/outside/CMakeLists.txt" << 'CMAKE'
cmake_minimum_required(VERSION 3.20)
project(outside LANGUAGES C)
find_package(pedigree 0.2 CONFIG REQUIRED)
foreach(kind verify verify_static)
  add_executable(with_${kind} verify.c)
  target_link_libraries(with_${kind} PRIVATE pedigree::${kind})
endforeach()
CMAKE
  cmake -S "$work/outside" -B "$work/outside/build" -G Ninja -DCMAKE_C_COMPILER="$cc" -DCMAKE_PREFIX_PATH="$prefix" &&
    cmake --build "$work/outside/build"
}

with_pkg_config() {  # with_pkg_config OUTPUT [--static]: the second links the archive
  local flags
  flags=$(PKG_CONFIG_PATH=$lib/pkgconfig pkg-config --cflags --libs ${2:-} pedigree-verify) || return 1
  [ -z "${2:-}" ] || flags=${flags/-lpedigree_verify/-l:libpedigree_verify.a}
  echo "$flags"
  # shellcheck disable=SC2086
  "$cc" -std=c11 "$prefix/share/doc/pedigree/examples/verify.c" -o "$1" $flags
}

accepts() { LD_LIBRARY_PATH=$lib "$@"; }
refuses() {
  LD_LIBRARY_PATH=$lib "$@"
  [ $? -eq 1 ]
}

packs() {
  cd "$work" && cpack --config "$build/CPackConfig.cmake" -G DEB -B "$work/deb" && deb=$(ls "$work"/deb/*.deb) &&
    dpkg-deb -c "$deb" | awk '{print $6}' > "$work/contents"
}

package_holds_all() {
  local file bad=0
  for file in bin/pedigree include/pedigree/verify.h libpedigree_verify.a libpedigree_verify.so pedigree-verify.pc \
    pedigreeConfig.cmake share/man/man1/pedigree.1.gz share/doc/pedigree/CHANGELOG.md.gz share/doc/pedigree/copyright; do
    grep -q "/$file\$" "$work/contents" || { echo "$file is not in the package"; bad=1; }
  done
  dpkg-deb --fsys-tarfile "$deb" | tar -xO ./usr/share/doc/pedigree/copyright | grep -q '^License: Apache-2.0' ||
    { echo "copyright names no licence"; bad=1; }
  return $bad
}

package_says_what_it_needs() {
  dpkg-deb -I "$deb" && dpkg-deb -f "$deb" Depends | grep -q libsodium && dpkg-deb -f "$deb" Depends | grep -q libc6 &&
    [ -n "$(dpkg-deb -f "$deb" Maintainer)" ] && [ -n "$(dpkg-deb -f "$deb" Description)" ]
}

check "installs" cmake --install "$build" --prefix "$prefix"
lib=$(dirname "$(find "$prefix" -name libpedigree_verify.a)")
check "the files are there" files_are_there
check "nothing points back into the build" no_path_of_the_build
check "versions and instruction set are told" version_is_told
check "the page has every command and option" page_tells_all
check "the page has every key of a policy" page_tells_policies
if command -v groff > /dev/null; then check "the page renders" page_renders; else skip "the page renders: no groff"; fi

if [ -n "$sanitized" ]; then
  skip "the libraries outside: built with sanitizers"
else
  check "exports are those of the header" exports_are_the_header
  check "no C++ library is needed" needs_no_cpp_library
  check "find_package" outside_project
  check "pkg-config" with_pkg_config "$work/with_pkg_config"
  check "pkg-config, archive" with_pkg_config "$work/with_pkg_config_static" --static
  # The proof of the format that this build knows.
  golden=$root/tests/golden/format-$("$prefix/bin/pedigree" --version | sed -n 's/^proof format //p')
  check "program: golden proof" "$prefix/bin/pedigree" verify "$golden/proof.pedigree" --weights "$golden/weights.safetensors"
  head -c -1 "$golden/proof.pedigree" > "$work/cut.pedigree"
  for program in outside/build/with_verify outside/build/with_verify_static with_pkg_config with_pkg_config_static; do
    check "$program: golden proof" accepts "$work/$program" "$golden/proof.pedigree" "$golden/weights.safetensors"
    check "$program: a proof that was cut" refuses "$work/$program" "$work/cut.pedigree"
  done
fi

if command -v dpkg-shlibdeps > /dev/null && [ -z "$sanitized" ]; then
  deb=
  check "packs" packs
  check "the package holds all" package_holds_all
  check "the package says what it needs" package_says_what_it_needs
  cat "$work/contents"
else
  skip "the package: no dpkg-dev, or sanitizers"
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
