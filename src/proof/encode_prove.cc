// Statements and files as bytes.
#include "proof/prove.h"
#include "wire/codec.h"

namespace pedigree {

std::vector<u8> encode_statement(const Statement& s) {
  Encoder encoder;
  visit_statement(encoder, s);
  return encoder.bytes;
}

std::vector<u8> encode_file(const Statement& s, std::span<const u8> proof) {
  return encode_file(encode_statement(s), proof);
}

std::vector<u8> encode_file(std::span<const u8> statement, std::span<const u8> proof) {
  std::vector<u8> bytes(kMagic, kMagic + sizeof kMagic);
  Encoder header;
  header("major", kMajorVersion);
  header("minor", kMinorVersion);
  header("length", static_cast<u32>(statement.size()));
  for (const std::span<const u8> part : {std::span<const u8>(header.bytes), statement, proof})
    bytes.insert(bytes.end(), part.begin(), part.end());
  return bytes;
}

}  // namespace pedigree
