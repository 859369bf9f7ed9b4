#include "cli/attempt_folder.h"

#include <sodium.h>

#include <filesystem>

#include "cli/exit.h"
#include "cli/files.h"
#include "custody/checked_file.h"
#include "train/error.h"

namespace pedigree::cli {

namespace {

constexpr std::string_view kKeyMagic = "PEDATTEM", kPartMagic = "PEDPART\n";
constexpr u32 kVersion = 2, kPartVersion = 3;
constexpr const char* kKeyName = "/attempt.key";

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

bool AttemptFolder::load(const std::string& name, std::vector<u8>& bytes) {
  const std::string path = folder_ + "/" + name;
  if (!std::filesystem::exists(path)) return false;
  try {
    const std::vector<u8> whole = read_bytes(path);
    custody::CheckedReader in({reinterpret_cast<const char*>(whole.data()), whole.size()},
                              kPartMagic, kPartVersion, path);
    Digest of;
    in.raw(of.bytes, sizeof of.bytes);
    if (!(of == statement_)) return false;
    // A part of this attempt at another place is whole, and not the one.
    const u32 length = in.number();
    if (length != name.size()) return false;
    std::string stored(length, 0);
    in.raw(stored.data(), length);
    if (stored != name) return false;
    bytes.resize(in.left());
    in.raw(bytes.data(), bytes.size());
    return true;
  } catch (const train::Error&) {
    return false;
  }
}

void AttemptFolder::save(const std::string& name, std::span<const u8> bytes) {
  custody::CheckedWriter out(kPartMagic, kPartVersion);
  out.reserve(bytes.size() + 128);
  out.raw(statement_.bytes, sizeof statement_.bytes);
  out.number(static_cast<u32>(name.size()));
  out.raw(name.data(), name.size());
  out.raw(bytes.data(), bytes.size());
  replace_file(folder_ + "/" + name, out.finish(), /*is_private=*/true);
}

void AttemptFolder::remove() const {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace pedigree::cli
