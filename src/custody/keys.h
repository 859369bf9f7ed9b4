// Ed25519 keys of custodians and licensees.
//
//   FILE       "PEDSECRT" | version u32 | seed 32 bytes | Keccak256 of all before it; readable by the owner alone
//   FILE.pub   "ed25519:" and 64 hexadecimal digits, a line end
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hash/keccak.h"

namespace pedigree::custody {

struct SigningKey {
  u8 secret[64] = {};
  Digest public_key;
  ~SigningKey();
};

SigningKey new_key();
Digest fresh_digest();  // 32 bytes of the operating system's randomness
std::vector<u8> key_file(const SigningKey& key);
// Throw train::Error: exit 3 where this is no key file, 1 where one was altered.
SigningKey read_key(std::string_view bytes, const std::string& path);
Digest read_public_key(std::string_view text, const std::string& path);
std::string public_key_text(const Digest& key);

// Lower-case hexadecimal digits, and back; false where `text` is not that.
std::string hex_text(const Digest& digest);
bool parse_hex(std::string_view text, Digest& digest);

}  // namespace pedigree::custody
