# Sourced by demo.sh and test.sh: what they need from Debian 12, and the build.

pedigree_packages=(clang-19 lld-19 cmake ninja-build pkg-config libopenblas-pthread-dev libcli11-dev nlohmann-json3-dev
  libfmt-dev libsodium-dev zlib1g-dev libgtest-dev libbenchmark-dev python3 python3-numpy python3-pycryptodome dpkg-dev groff-base)

# What tests/neon/neon_test.sh needs; without it that test is skipped.
pedigree_arm_packages=(qemu-user libstdc++-12-dev-arm64-cross)

# pedigree_install [PACKAGE...]: those above unless others are named
pedigree_install() {
  local missing=()
  local package
  [ $# -gt 0 ] || set -- "${pedigree_packages[@]}"
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  echo "installing: ${missing[*]}" >&2
  local sudo=()
  [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  "${sudo[@]}" apt-get update -q >&2
  DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
}

# pedigree_build DIR [-DOPTION...] TARGET...
pedigree_build() {
  mkdir -p build
  local dir=$1 options=() targets=() word
  shift
  for word in "$@"; do
    case $word in -D*) options+=("$word") ;; *) targets+=("$word") ;; esac
  done
  cmake -S . -B "$dir" -G Ninja -DCMAKE_CXX_COMPILER=clang++-19 -DCMAKE_C_COMPILER=clang-19 "${options[@]}" > "$dir.log" 2>&1 ||
    { cat "$dir.log" >&2; return 1; }
  cmake --build "$dir" --target "${targets[@]}" >> "$dir.log" 2>&1 || { cat "$dir.log" >&2; return 1; }
}
