// Opening a codeword whose leaves were hashed before: only the nodes above them are hashed again, and only the opened rows are made,
// or read where they were kept. What was kept is not believed.
#pragma once

#include <functional>
#include <optional>

#include "commit/codeword.h"

namespace pedigree {

struct KnownLeaves {
  std::vector<Digest>
      hashes;  // of all leaves, perhaps with roots of subtrees (hash/merkle.h), or none
  // The rows at `positions`, one after the other, where they were kept; none where they cannot be read.
  std::function<std::vector<F>(std::span<const u64> positions)> rows;
};

// Rows at `positions` of the codeword, one after the other. Takes no room for the others, and for a message that is not in memory
// room for a quarter of its words.
std::vector<F> codeword_rows(const Encoding& e, std::span<const u64> positions);

// Sends the rows at `positions` (ascending, distinct) and their paths as hints, of a message whose leaves are known.
// Returns the root. Nothing is sent and no root returned where the leaves are not those of the rows, or not those of `root`, if it is
// given; with it, the whole tree is in memory for a moment.
std::optional<Digest> open_known_leaves(const Encoding& e, KnownLeaves leaves,
                                        std::span<const u64> positions, ProverTranscript& t,
                                        const Digest* root = nullptr);

// The same, or where leaves are missing or not those of the rows, of the whole codeword.
Digest open_leaves_or_codeword(const Encoding& e, KnownLeaves leaves,
                               std::span<const u64> positions, ProverTranscript& t,
                               u64 coset_words = kCosetWords, const Digest* root = nullptr);

}  // namespace pedigree
