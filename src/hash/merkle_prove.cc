#include <algorithm>

#include "base/require.h"
#include "hash/merkle.h"
#include "kernel/keccak_many.h"

namespace pedigree {

namespace {

std::vector<Digest> parents_of(std::span<const Digest> level) {
  std::vector<Digest> parents(level.size() / 2);
  merkle_level(level.data(), parents.size(), parents.data());
  return parents;
}

// Sends the siblings within one level; `known` becomes the positions of the parents.
void send_siblings(const std::vector<Digest>& level, std::vector<u64>& known,
                   ProverTranscript& transcript) {
  std::vector<u64> parents;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const u64 p = known[i];
    if ((p & 1) == 0 && i + 1 < known.size() && known[i + 1] == p + 1)
      ++i;
    else
      transcript.hint_digest(level[p ^ 1]);
    parents.push_back(p >> 1);
  }
  known.swap(parents);
}

bool is_power_of_two(std::size_t n) { return n > 0 && (n & (n - 1)) == 0; }

constexpr std::size_t kSubtree = std::size_t{1} << kLogSubtree;

// Sends the siblings within the subtrees that hold a position, which become positions of their roots; `leaves` becomes
// those roots, of all subtrees. Nothing where one is not the root of its leaves.
bool open_subtrees(std::vector<Digest>& leaves, std::vector<u64>& known,
                   ProverTranscript& transcript) {
  const std::size_t count = num_leaves(leaves);
  const auto roots = leaves.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<u64> places;  // of subtrees, and positions among the leaves of these alone
  std::vector<u64> own;
  std::vector<std::vector<Digest>> levels(1);
  for (const u64 position : known) {
    if (const u64 place = position / kSubtree; places.empty() || places.back() != place) {
      const auto first = leaves.begin() + static_cast<std::ptrdiff_t>(place * kSubtree);
      levels[0].insert(levels[0].end(), first, first + kSubtree);
      places.push_back(place);
    }
    own.push_back((places.size() - 1) * kSubtree + position % kSubtree);
  }
  while (levels.size() <= kLogSubtree) levels.push_back(parents_of(levels.back()));
  for (std::size_t i = 0; i < places.size(); ++i)
    if (!(levels.back()[i] == roots[static_cast<std::ptrdiff_t>(places[i])])) return false;
  for (u32 level = 0; level < kLogSubtree; ++level) send_siblings(levels[level], own, transcript);
  leaves.erase(leaves.begin(), roots);
  known = std::move(places);
  return true;
}

}  // namespace

std::size_t num_leaves(const std::vector<Digest>& leaves) {
  return is_power_of_two(leaves.size()) ? leaves.size() : leaves.size() / (kSubtree + 1) * kSubtree;
}

Digest add_subtree_roots(std::vector<Digest>& leaves) {
  const std::size_t count = leaves.size();
  if (count == 1) return leaves[0];
  // A part at a time, whose nodes stay in the cache.
  constexpr std::size_t kPart = kSubtree << 9;
  std::vector<Digest> roots;
  for (std::size_t begin = 0; begin < count; begin += kPart) {
    std::vector<Digest> level =
        parents_of(std::span<const Digest>(leaves).subspan(begin, std::min(kPart, count - begin)));
    for (u32 depth = 1; depth < kLogSubtree && level.size() > 1; ++depth) level = parents_of(level);
    roots.insert(roots.end(), level.begin(), level.end());
  }
  if (count > kSubtree) leaves.insert(leaves.end(), roots.begin(), roots.end());
  while (roots.size() > 1) roots = parents_of(roots);
  return roots[0];
}

MerkleTree::MerkleTree(std::span<const F> rows, std::size_t words) {
  const std::size_t n = rows.size() / words;
  PEDIGREE_REQUIRE(n * words == rows.size() && is_power_of_two(n),
                   "a tree has a power of two of whole leaves");
  levels_.emplace_back(n);
  merkle_leaves(reinterpret_cast<const u64*>(rows.data()), words, n, levels_[0].data());
  grow();
}

MerkleTree::MerkleTree(std::vector<Digest> leaves) {
  PEDIGREE_REQUIRE(is_power_of_two(leaves.size()), "a tree has a power of two of leaves");
  levels_.push_back(std::move(leaves));
  grow();
}

void MerkleTree::grow() {
  while (levels_.back().size() > 1) levels_.push_back(parents_of(levels_.back()));
}

void MerkleTree::open(std::span<const u64> positions, ProverTranscript& transcript) const {
  std::vector<u64> known(positions.begin(), positions.end());
  for (std::size_t level = 0; level + 1 < levels_.size(); ++level)
    send_siblings(levels_[level], known, transcript);
}

Digest open_merkle(std::vector<Digest> leaves, std::span<const u64> positions,
                   ProverTranscript& transcript) {
  const std::size_t count = num_leaves(leaves);
  PEDIGREE_REQUIRE(is_power_of_two(count), "a tree has a power of two of leaves");
  std::vector<u64> known(positions.begin(), positions.end());
  if (leaves.size() != count && !open_subtrees(leaves, known, transcript)) leaves.resize(count);
  while (leaves.size() > 1) {
    send_siblings(leaves, known, transcript);
    leaves = parents_of(leaves);
  }
  return leaves[0];
}

Digest merkle_root(std::vector<Digest> leaves) {
  ProverTranscript nothing_opened;
  return open_merkle(std::move(leaves), {}, nothing_opened);
}

}  // namespace pedigree
