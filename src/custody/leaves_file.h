// The hashes of the leaves of a root that is opened again and again, and the leaves where that is not much:
//   "PEDLEAVS" | 32 bytes for each leaf | 32 bytes for each subtree (hash/merkle.h) | the leaves, a row of words each, or nothing
// It makes openings faster and is not believed: who opens with it compares the root. So it may be missing, and of another length it is as
// good as none.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "commit/known_leaves.h"

namespace pedigree::custody {

inline constexpr const char* kLeavesName = "leaves.bin";

// Hashes of the leaves of a codeword and of its subtrees, and the codeword where it has at most kMostKeptBytes.
struct Leaves {
  std::vector<Digest> hashes;
  Digest root;
  Buffer<F> rows;
};
inline constexpr u64 kMostKeptBytes = u64{16} << 20;
Leaves leaves_of(const Encoding& e);

std::vector<u8> leaves_file(const Leaves& leaves);
// Of the folder, for this codeword; rows are read when they are asked for. Empty where there is no such file.
KnownLeaves read_leaves_file(const std::string& folder, const Encoding& e);

}  // namespace pedigree::custody
