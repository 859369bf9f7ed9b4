#include "custody/checked_file.h"

#include <fmt/format.h>

#include "kernel/keccak_many.h"
#include "train/error.h"

namespace pedigree::custody {

namespace {

std::span<const u8> bytes_of(std::string_view text) {
  return {reinterpret_cast<const u8*>(text.data()), text.size()};
}

}  // namespace

Digest checksum_of(std::span<const u8> bytes) {
  constexpr std::size_t kPiece = 4096;
  const std::size_t pieces = bytes.size() / kPiece;
  std::vector<Digest> digests(pieces);
  keccak256_many(bytes.data(), kPiece, kPiece, pieces, digests.data());
  digests.push_back(keccak256(bytes.subspan(pieces * kPiece)));
  return keccak256({digests[0].bytes, digests.size() * sizeof(Digest)});
}

void refuse_file(const std::string& path, const std::string& what) {
  throw train::Error(train::Exit{1}, fmt::format("{}: {}", path, what));
}

std::vector<u8> CheckedWriter::finish() {
  const Digest digest = checksum_of(bytes_);
  raw(digest.bytes, sizeof digest.bytes);
  return std::move(bytes_);
}

CheckedReader::CheckedReader(std::string_view bytes, std::string_view magic, u32 version,
                             const std::string& path)
    : bytes_(bytes), path_(path) {
  if (!bytes.starts_with(magic))
    throw train::Error(train::Exit::input,
                       fmt::format("{}: not a file of the kind '{}'", path, magic));
  if (bytes.size() < magic.size() + sizeof(u32) + sizeof(Digest))
    refuse_file(path, "it is truncated: copy it again");
  const std::string_view body = bytes.substr(0, bytes.size() - sizeof(Digest));
  bytes_ = body.substr(magic.size());
  const u32 found_version = number();
  const Digest found = checksum_of(bytes_of(body));
  const bool whole = std::memcmp(found.bytes, bytes.data() + body.size(), sizeof(Digest)) == 0;
  if (whole ? found_version != version : 0 < found_version && found_version < version)
    throw train::Error(train::Exit::input, fmt::format("{}: of version {}, this program reads {}",
                                                       path, found_version, version));
  if (!whole) refuse_file(path, "its checksum differs: it was altered or cut; copy it again");
}

u32 CheckedReader::number() {
  u32 x = 0;
  raw(&x, sizeof x);
  return x;
}

void CheckedReader::raw(void* out, std::size_t n) {
  if (bytes_.size() < n) refuse_file(path_, "it ends in the middle of a value");
  std::memcpy(out, bytes_.data(), n);
  bytes_.remove_prefix(n);
}

void CheckedReader::end() const {
  if (!bytes_.empty()) refuse_file(path_, "it goes on after its last value");
}

}  // namespace pedigree::custody
