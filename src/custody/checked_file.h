// Private files: magic of eight bytes, version, fields, and a checksum of all that as the last 32 bytes:
//   Keccak256 of the Keccak256 of each whole piece of 4,096 bytes, one after the other, and of what is left behind them
// (many pieces are hashed side by side, five to ten times as fast as one long input).
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "hash/keccak.h"

namespace pedigree::custody {

// The checksum of all of `bytes`.
Digest checksum_of(std::span<const u8> bytes);

// What is wrong inside a file of ours (exit 1).
[[noreturn]] void refuse_file(const std::string& path, const std::string& what);

class CheckedWriter {
 public:
  CheckedWriter(std::string_view magic, u32 version) {
    bytes_.insert(bytes_.end(), magic.begin(), magic.end());
    number(version);
  }
  void number(u32 x) { raw(&x, sizeof x); }
  void raw(const void* p, std::size_t n) {
    const auto* b = static_cast<const u8*>(p);
    bytes_.insert(bytes_.end(), b, b + n);
  }
  void reserve(std::size_t n) { bytes_.reserve(n); }
  std::vector<u8> finish();

 private:
  std::vector<u8> bytes_;
};

class CheckedReader {
 public:
  // Throws train::Error: exit 3 for another magic or version, 1 for a wrong checksum.
  CheckedReader(std::string_view bytes, std::string_view magic, u32 version,
                const std::string& path);
  u32 number();
  void raw(void* out, std::size_t n);
  std::size_t left() const { return bytes_.size(); }
  void end() const;

 private:
  std::string_view bytes_;
  const std::string& path_;
};

}  // namespace pedigree::custody
