// A file with public randomness that a run is bound to.
#pragma once

#include <string>

#include "hash/keccak.h"

namespace pedigree::cli {

struct BeaconFile {
  std::string source;
  u64 round = 0;
  Digest value;
  u8 signature[64] = {};
};

// {"source": "...", "round": 7, "value": "keccak256:...", "signature": "128 hexadecimal digits"}; Throws Failure: unsupported.
BeaconFile read_beacon(const std::string& path);

}  // namespace pedigree::cli
