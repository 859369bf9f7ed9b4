#include "custody/leaves_file.h"

#include <fstream>
#include <memory>
#include <string_view>

#include "kernel/keccak_many.h"

namespace pedigree::custody {

namespace {

constexpr std::string_view kMagic = "PEDLEAVS";

template <class T>
void append(std::vector<u8>& bytes, std::span<const T> values) {
  const auto* const from = reinterpret_cast<const u8*>(values.data());
  bytes.insert(bytes.end(), from, from + values.size_bytes());
}

template <class T>
bool read_values(std::ifstream& file, std::span<T> values) {
  return !!file.read(reinterpret_cast<char*>(values.data()),
                     static_cast<std::streamsize>(values.size_bytes()));
}

}  // namespace

Leaves leaves_of(const Encoding& e) {
  Leaves leaves;
  const std::size_t count = std::size_t{1} << e.log_leaves();
  if (count * e.width() * sizeof(F) > kMostKeptBytes) {
    leaves.hashes = leaf_digests(e);
  } else {
    leaves.rows = encode(e);
    leaves.hashes.resize(count);
    merkle_leaves(reinterpret_cast<const u64*>(leaves.rows.data()), e.width(), count,
                  leaves.hashes.data());
  }
  leaves.root = add_subtree_roots(leaves.hashes);
  return leaves;
}

std::vector<u8> leaves_file(const Leaves& leaves) {
  std::vector<u8> bytes(kMagic.begin(), kMagic.end());
  bytes.reserve(bytes.size() + leaves.hashes.size() * sizeof(Digest) +
                leaves.rows.size() * sizeof(F));
  append(bytes, std::span<const Digest>(leaves.hashes));
  append(bytes, std::span<const F>(leaves.rows));
  return bytes;
}

KnownLeaves read_leaves_file(const std::string& folder, const Encoding& e) {
  const auto file =
      std::make_shared<std::ifstream>(folder + "/" + kLeavesName, std::ios::binary | std::ios::ate);
  const std::size_t count = std::size_t{1} << e.log_leaves(), row = e.width() * sizeof(F),
                    subtrees = count >> kLogSubtree,
                    digests = count + (subtrees > 1 ? subtrees : 0),
                    hashes = kMagic.size() + digests * sizeof(Digest);
  const auto size = static_cast<std::size_t>(std::max<std::streamoff>(0, file->tellg()));
  if (size != hashes && size != hashes + count * row) return {};
  file->seekg(0);
  char magic[kMagic.size()];
  KnownLeaves known;
  known.hashes.resize(digests);
  if (!read_values(*file, std::span<char>(magic)) ||
      std::string_view(magic, sizeof magic) != kMagic ||
      !read_values(*file, std::span<Digest>(known.hashes)))
    return {};
  if (size == hashes) return known;
  known.rows = [file, hashes, width = e.width()](std::span<const u64> positions) {
    std::vector<F> rows(positions.size() * width);
    for (std::size_t i = 0; i < positions.size(); ++i) {
      file->seekg(static_cast<std::streamoff>(hashes + positions[i] * width * sizeof(F)));
      if (!read_values(*file, std::span<F>(rows).subspan(i * width, width)))
        return std::vector<F>();
    }
    return rows;
  };
  return known;
}

}  // namespace pedigree::custody
