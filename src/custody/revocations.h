// What custodians took back: JSON {"version":1,"revoked":["keccak256:...", "ed25519:..."]}, content digests and keys.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "custody/manifest.h"

namespace pedigree::custody {

class Revocations {
 public:
  bool is_revoked(const Manifest& manifest) const;
  std::vector<Digest> contents, custodians;
};

// Throws train::Error (exit 3) that names every entry that is none.
Revocations parse_revocations(std::string_view text, const std::string& path);

}  // namespace pedigree::custody
