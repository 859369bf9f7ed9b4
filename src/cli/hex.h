// Digests as text: "keccak256:" and 64 hexadecimal digits.
#pragma once

#include <string>
#include <string_view>

#include "base/types.h"

namespace pedigree::cli {

inline std::string digest_text(const u8* bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "keccak256:";
  for (u32 i = 0; i < 32; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

}  // namespace pedigree::cli
