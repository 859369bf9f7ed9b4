// Opening a codeword whose leaves were hashed before: only the nodes above them are hashed again, and only the opened rows are made.
#pragma once

#include <optional>

#include "commit/codeword.h"

namespace pedigree {

// Rows at `positions` of the codeword, one after the other. Takes no room for the others, and for a message that is not in memory
// room for a quarter of its words.
std::vector<F> codeword_rows(const Encoding& e, std::span<const u64> positions);

// Sends the rows at `positions` (ascending, distinct) and their paths as hints, of a message whose leaves are known.
// Returns the root. Nothing is sent and no root returned where the leaves are not those of the rows.
std::optional<Digest> open_known_leaves(const Encoding& e, std::vector<Digest> leaves,
                                        std::span<const u64> positions, ProverTranscript& t);

// The same, or where leaves are missing or not those of the rows, of the whole codeword.
Digest open_leaves_or_codeword(const Encoding& e, std::vector<Digest> leaves,
                               std::span<const u64> positions, ProverTranscript& t,
                               u64 coset_words = kCosetWords);

}  // namespace pedigree
