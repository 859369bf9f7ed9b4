#include "kernel/keccak_many.h"

#include <algorithm>

#include "hash/keccak_lanes.h"
#include "kernel/instruction_set.h"
#include "kernel/parallel.h"
#include "kernel/profile.h"

namespace pedigree {

namespace {

using keccak_lanes::Messages;

void hash_all(const Messages& messages, std::size_t n, Digest* out) {
  const Stage stage("hashing", n, n * messages.total());
  const InstructionSet set = instruction_set();
  const std::size_t lanes = keccak_lanes::twin(set).lanes, groups = (n + lanes - 1) / lanes;
  parallel_for(groups, 16, [&](std::size_t begin, std::size_t end) {
    keccak_lanes::hash_range(messages, begin * lanes, std::min(n, end * lanes), out, set);
  });
}

}  // namespace

void keccak256_many(const u8* in, std::size_t stride, std::size_t len, std::size_t n, Digest* out) {
  hash_all({in, stride, len, 0, 0}, n, out);
}

void merkle_leaves(const u64* rows, std::size_t words, std::size_t n, Digest* out) {
  hash_all(keccak_lanes::merkle_leaf_messages(rows, words), n, out);
}

void merkle_level(const Digest* children, std::size_t n_parents, Digest* out) {
  hash_all(keccak_lanes::merkle_node_messages(children), n_parents, out);
}

}  // namespace pedigree
