// Digests and signatures as text: "keccak256:" and 64 hexadecimal digits, 128 hexadecimal digits.
#pragma once

#include <string>
#include <string_view>

#include "custody/keys.h"

namespace pedigree::cli {

inline constexpr std::string_view kDigestPrefix = "keccak256:";

inline std::string digest_text(const Digest& digest) {
  return std::string(kDigestPrefix) + custody::hex_text(digest);
}
inline std::string digest_text(const u8* bytes) {
  Digest digest;
  std::memcpy(digest.bytes, bytes, sizeof digest.bytes);
  return digest_text(digest);
}

inline bool parse_digest(std::string_view text, Digest& digest) {
  return text.starts_with(kDigestPrefix) &&
         custody::parse_hex(text.substr(kDigestPrefix.size()), digest);
}

inline std::string signature_text(const u8 (&signature)[64]) {
  Digest halves[2];
  for (u32 h = 0; h < 2; ++h) std::memcpy(halves[h].bytes, signature + 32 * h, 32);
  return custody::hex_text(halves[0]) + custody::hex_text(halves[1]);
}

inline bool parse_signature(std::string_view text, u8 (&signature)[64]) {
  Digest halves[2];
  if (text.size() != 128 || !custody::parse_hex(text.substr(0, 64), halves[0]) ||
      !custody::parse_hex(text.substr(64), halves[1]))
    return false;
  for (u32 h = 0; h < 2; ++h) std::memcpy(signature + 32 * h, halves[h].bytes, 32);
  return true;
}

}  // namespace pedigree::cli
