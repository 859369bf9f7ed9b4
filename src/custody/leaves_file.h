// The hashes of the leaves of a root that is opened again and again: "PEDLEAVS" | 32 bytes each. It makes openings faster and is
// not believed: who opens with it compares the root. So it may be missing, and of another length it is as good as none.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "hash/keccak.h"

namespace pedigree::custody {

inline constexpr const char* kLeavesName = "leaves.bin";

std::vector<u8> leaves_file(std::span<const Digest> leaves);
// Of the folder; empty where it has no file of so many.
std::vector<Digest> read_leaves_file(const std::string& folder, std::size_t count);

}  // namespace pedigree::custody
