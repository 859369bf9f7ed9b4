#include "cli/attempt_folder.h"

#include <sodium.h>

#include <array>
#include <bit>
#include <cstring>
#include <filesystem>

#include "cli/exit.h"
#include "cli/files.h"
#include "custody/checked_file.h"
#include "hash/keccak.h"
#include "train/error.h"

namespace pedigree::cli {

namespace {

constexpr std::string_view kKeyMagic = "PEDATTEM", kPartMagic = "PEDPART5";
constexpr u32 kVersion = 2;
constexpr const char* kKeyName = "/attempt.key";

// Sums over every eighth word of eight bytes, and the length: s := (s + word) c, halves exchanged. Each step is one to one in s and
// in the word, so no single altered word goes unseen. They guard against damage, which is all that a sum without a key can do.
constexpr std::size_t kLanes = 8;
using Sums = std::array<u64, kLanes + 1>;
Sums sums_of(std::span<const u8> bytes) {
  constexpr u64 kFactor = 0x9e3779b97f4a7c15;
  constexpr std::size_t kBlock = kLanes * sizeof(u64);
  Sums sums{};
  sums[kLanes] = bytes.size();
  const auto add = [&](const u8* from) {
    for (std::size_t l = 0; l < kLanes; ++l) {
      u64 word = 0;
      std::memcpy(&word, from + l * sizeof word, sizeof word);
      sums[l] = std::rotl((sums[l] + word) * kFactor, 32);
    }
  };
  std::size_t at = 0;
  for (; at + kBlock <= bytes.size(); at += kBlock) add(bytes.data() + at);
  u8 last[kBlock] = {};
  std::copy(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end(), last);
  add(last);
  return sums;
}

Digest digest_at(const u8* bytes) {
  Digest digest;
  std::memcpy(digest.bytes, bytes, sizeof digest.bytes);
  return digest;
}

}  // namespace

AttemptFolder::AttemptFolder(std::string folder, const Digest& statement)
    : folder_(std::move(folder)), statement_(statement) {
  const std::string key = folder_ + kKeyName;
  if (std::filesystem::exists(key)) {
    try {
      const std::string bytes = read_text(key);
      custody::CheckedReader in(bytes, kKeyMagic, kVersion, key);
      Digest of;
      in.raw(of.bytes, sizeof of.bytes);
      in.raw(seed_.bytes, sizeof seed_.bytes);
      in.end();
      resumed_ = of == statement_;
    } catch (const train::Error&) {  // a seed that is not whole is not used
    }
  }
  if (resumed_) {
    remove_leftovers(folder_);
    return;
  }
  remove();
  if (sodium_init() < 0) throw Failure(kUnfinished, "the system gives no randomness: no proof");
  randombytes_buf(seed_.bytes, sizeof seed_.bytes);
  custody::CheckedWriter out(kKeyMagic, kVersion);
  out.raw(statement_.bytes, sizeof statement_.bytes);
  out.raw(seed_.bytes, sizeof seed_.bytes);
  make_folder(folder_);
  replace_file(key, out.finish(), /*is_private=*/true);
}

Digest AttemptFolder::id() const {
  constexpr std::string_view domain = "pedigree attempt v1";
  Keccak256 h;
  h.update({reinterpret_cast<const u8*>(domain.data()), domain.size()});
  h.update(seed_.bytes);
  h.update(statement_.bytes);
  return h.finish();
}

// What lies behind the bytes of a part: which part it is, and a checksum of all that.
std::vector<u8> AttemptFolder::end_of_part(const std::string& name,
                                           std::span<const u8> bytes) const {
  Keccak256 h;
  h.update({reinterpret_cast<const u8*>(kPartMagic.data()), kPartMagic.size()});
  h.update(statement_.bytes);
  h.update({reinterpret_cast<const u8*>(name.data()), name.size()});
  const Sums sums = sums_of(bytes);
  h.update({reinterpret_cast<const u8*>(sums.data()), sizeof sums});
  const Digest digest = h.finish();
  return {digest.bytes, digest.bytes + sizeof digest.bytes};
}

bool AttemptFolder::load(const std::string& name, std::vector<u8>& bytes) {
  const std::string path = folder_ + "/" + name;
  if (!std::filesystem::exists(path)) return false;
  bytes = read_bytes(path);
  if (bytes.size() < sizeof(Digest)) return false;
  const Digest found = digest_at(bytes.data() + bytes.size() - sizeof(Digest));
  bytes.resize(bytes.size() - sizeof(Digest));
  const std::vector<u8> expected = end_of_part(name, bytes);
  return digest_at(expected.data()) == found;
}

void AttemptFolder::save(const std::string& name, std::span<const u8> bytes) {
  const std::vector<u8> end = end_of_part(name, bytes);
  std::vector<u8> part;
  part.reserve(bytes.size() + end.size());
  part.insert(part.end(), bytes.begin(), bytes.end());
  part.insert(part.end(), end.begin(), end.end());
  replace_file(folder_ + "/" + name, part, /*is_private=*/true);
}

void AttemptFolder::remove() const {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace pedigree::cli
