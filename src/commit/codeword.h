// Codewords of committed matrices: whole in memory, or a coset of the domain at a time.
//
//   matrix   2^log_rows rows; a row is `columns` words of the message and, with a mask, the three words of one element of it
//   code     row j = sum over y of matrix row y times x^y at x = omega^j, omega = root_of_unity(log_rows + log_inv_rate)
//   tree     leaf j is row j (hash/merkle.h)
//   coset c  of C: the positions c + C i, i < M, where C M is the size of the domain and M <= 2^log_rows. With s = omega^c the
//            rows there are the transform, of M points and rate 1, of
//              row y < M:  sum over q of s^(y + M q) matrix row (y + M q)
//
// A coset at a time takes memory for the hashes of all leaves (32 bytes each) and two blocks of kCosetWords words: the sums over q,
// which cost a product for each word and coset, and the coset. Of a message in memory the sums are made where the transform reads
// them; it is a quarter of the message that is encoded at a time then, as far as these blocks have room for it: clearing memory costs
// more than reading the message as often.
#pragma once

#include <functional>

#include "commit/words.h"
#include "field/k.h"
#include "hash/merkle.h"
#include "kernel/buffer.h"

namespace pedigree {

struct Encoding {
  Words message;
  u32 columns = 0;
  std::span<const K> mask;  // an element a row, or none
  u32 log_rows = 0, log_inv_rate = 0;

  std::size_t width() const { return columns + (mask.empty() ? 0 : kDegree); }
  u32 log_leaves() const { return log_rows + log_inv_rate; }
};

// Most bytes of a codeword with its tree that is made whole.
inline constexpr u64 kWholeBytes = u64{48} << 20;
inline constexpr u64 kCosetWords = u64{1} << 23;       // of a coset, unless more memory is allowed
inline constexpr u64 kLeastCosetWords = u64{1} << 21;  // of a message in memory
// Of a coset of a message of `words` words in memory.
u64 words_of_coset(u64 words, u64 most_words = kCosetWords) noexcept;
bool fits_whole(const Encoding& e);

Buffer<F> encode(const Encoding& e);
// Row `position` of the codeword alone: width * 2^log_rows products.
std::vector<F> codeword_row(const Encoding& e, u64 position);

// Of all leaves. A coset has at most `most_words` words. `opened` is given the rows at `positions` (ascending), coset by coset.
std::vector<Digest> leaf_digests(
    const Encoding& e, u64 most_words = kCosetWords, std::span<const u64> positions = {},
    const std::function<void(u64 position, std::span<const F> row)>& opened = {});

// The root of the tree; and the same with the rows at `positions` (ascending, distinct) and their paths sent as hints. Whole where
// that fits, else by cosets.
Digest codeword_root(const Encoding& e, u64 coset_words = kCosetWords);
Digest open_codeword(const Encoding& e, std::span<const u64> positions, ProverTranscript& t,
                     u64 coset_words = kCosetWords);

}  // namespace pedigree
