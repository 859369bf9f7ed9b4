#include "custody/leaves_file.h"

#include <fstream>
#include <string_view>

namespace pedigree::custody {

namespace {

constexpr std::string_view kMagic = "PEDLEAVS";

}  // namespace

std::vector<u8> leaves_file(std::span<const Digest> leaves) {
  std::vector<u8> bytes(kMagic.begin(), kMagic.end());
  const auto* const from = reinterpret_cast<const u8*>(leaves.data());
  bytes.insert(bytes.end(), from, from + leaves.size_bytes());
  return bytes;
}

std::vector<Digest> read_leaves_file(const std::string& folder, std::size_t count) {
  std::ifstream file(folder + "/" + kLeavesName, std::ios::binary);
  char magic[kMagic.size()];
  if (!file.read(magic, sizeof magic) || std::string_view(magic, sizeof magic) != kMagic) return {};
  std::vector<Digest> leaves(count);
  const auto size = static_cast<std::streamsize>(count * sizeof(Digest));
  if (!file.read(reinterpret_cast<char*>(leaves.data()), size) || file.peek() != EOF) return {};
  return leaves;
}

}  // namespace pedigree::custody
