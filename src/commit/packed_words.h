// Words of a message as bytes: most cells are small integers, so a file of them is a third of the words.
//
//   bytes   number of words u64 | a width for each block of 64 words (0, 1, 2, 4, 8), one byte | the blocks
//   block   width 0: all words are 0; 1, 2, 4: 2 x for an integer x >= 0, -2 x - 1 for x < 0, little endian; 8: the words
#pragma once

#include <vector>

#include "field/f.h"

namespace pedigree {

std::vector<u8> pack_words(std::span<const F> words);
// False where these bytes are not what pack_words gives.
bool unpack_words(std::span<const u8> bytes, std::vector<F>& words);

}  // namespace pedigree
