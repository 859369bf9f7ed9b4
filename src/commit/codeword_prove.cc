#include <algorithm>

#include "commit/codeword.h"
#include "kernel/fold.h"
#include "kernel/keccak_many.h"
#include "kernel/ntt_rows.h"
#include "kernel/parallel.h"
#include "kernel/profile.h"

namespace pedigree {

namespace {

// Rows of a matrix, their words made when they are read.
class MatrixRows {
 public:
  explicit MatrixRows(const Encoding& e) : e_(e), scratch_(e.columns) {}
  // out += w row y
  void add(u64 y, F w, F* out) {
    add_multiple(out, e_.message.run(y * e_.columns, e_.columns, scratch_.data()), w, e_.columns);
    if (!e_.mask.empty()) add_multiple(out + e_.columns, e_.mask[y].c, w, kDegree);
  }

 private:
  const Encoding& e_;
  std::vector<F> scratch_;
};

// The matrix, of a message in memory.
struct Parts {
  explicit Parts(const Encoding& e)
      : columns{{e.message.held().data(), e.columns},
                {e.mask.empty() ? nullptr : e.mask[0].c, kDegree}},
        count(e.mask.empty() ? 1 : 2) {}
  std::span<const Columns> span() const { return {columns, count}; }

  Columns columns[2];
  std::size_t count;
};

// The codeword at one coset of the domain after the other.
class Cosets {
 public:
  Cosets(const Encoding& e, u64 most_words) : e_(e), is_direct_(e.message.is_held()) {
    const u64 words = is_direct_ ? words_of_coset(e.message.size(), most_words) : most_words;
    while (log_size_ < e.log_rows && (u64{e.columns} << (log_size_ + 1)) <= words) ++log_size_;
    if (!is_direct_) sums_ = Buffer<F>(e.width() << log_size_);
    rows_ = Buffer<F>(e.width() << log_size_);
  }

  u64 size() const { return u64{1} << log_size_; }
  u64 count() const { return u64{1} << (e_.log_leaves() - log_size_); }

  // [size][width]: row i belongs to position coset + count() i. Valid until the next call.
  std::span<const F> at(u64 coset) {
    if (is_direct_) {
      encode_coset(Parts(e_).span(), e_.log_rows, e_.log_inv_rate, log_size_, coset, rows_.data());
      return rows_;
    }
    fold(power(root_of_unity(e_.log_leaves()), coset));
    const Columns sums{sums_.data(), e_.width()};
    encode_rows({&sums, 1}, log_size_, 0, rows_.data());
    return rows_;
  }

 private:
  // Rows that lie together in what the message is made from are read together: y = first, first + near, ... A thread's rows
  // `first` agree modulo the size of a coset with no other thread's.
  void fold(F s) {
    const Stage stage("coset sums", e_.width() << e_.log_rows, 8 * sums_.size());
    const u64 rows = u64{1} << e_.log_rows,
              near = std::max<u64>(1, e_.message.stride() / e_.columns),
              apart = std::min(near, size());
    const F to_near = power(s, near), to_apart = power(s, apart);
    parallel_for(apart, std::clamp<u64>(apart / 16, 1, 64),
                 [&](std::size_t begin, std::size_t end) {
                   MatrixRows matrix(e_);
                   F at_class = power(s, begin);
                   for (u64 residue = begin; residue < end; ++residue, at_class *= s) {
                     for (u64 y = residue; y < size(); y += apart)
                       std::fill_n(sums_.data() + y * e_.width(), e_.width(), F());
                     F at_first = at_class;
                     for (u64 first = residue; first < near; first += apart, at_first *= to_apart) {
                       F at = at_first;
                       for (u64 y = first; y < rows; y += near, at *= to_near)
                         matrix.add(y, at, sums_.data() + (y & (size() - 1)) * e_.width());
                     }
                   }
                 });
  }

  const Encoding& e_;
  bool is_direct_;  // encoded from the message, without sums
  u32 log_size_ = 0;
  Buffer<F> sums_, rows_;
};

}  // namespace

u64 words_of_coset(u64 words, u64 most_words) noexcept {
  return std::min(2 * most_words, std::max(words / 4, kLeastCosetWords));
}

bool fits_whole(const Encoding& e) {
  return (8 * e.width() + 2 * sizeof(Digest)) << e.log_leaves() <= kWholeBytes;
}

Buffer<F> encode(const Encoding& e) {
  Buffer<F> codeword(e.width() << e.log_leaves());
  std::vector<F> storage;
  const Encoding held{e.message.all(storage), e.columns, e.mask, e.log_rows, e.log_inv_rate};
  encode_rows(Parts(held).span(), e.log_rows, e.log_inv_rate, codeword.data());
  return codeword;
}

std::vector<F> codeword_row(const Encoding& e, u64 position) {
  const F x = power(root_of_unity(e.log_leaves()), position);
  std::vector<F> row(e.width());
  MatrixRows matrix(e);
  F at = kOne;
  for (u64 y = 0; y < u64{1} << e.log_rows; ++y, at *= x) matrix.add(y, at, row.data());
  return row;
}

std::vector<Digest> leaf_digests(
    const Encoding& e, u64 most_words, std::span<const u64> positions,
    const std::function<void(u64 position, std::span<const F> row)>& opened) {
  const std::size_t count = std::size_t{1} << e.log_leaves();
  std::vector<Digest> leaves;
  leaves.reserve(count + (count >> kLogSubtree));  // for who adds the roots of subtrees
  leaves.resize(count);
  Cosets cosets(e, most_words);
  std::vector<Digest> own(cosets.size());
  for (u64 c = 0; c < cosets.count(); ++c) {
    const std::span<const F> rows = cosets.at(c);
    merkle_leaves(reinterpret_cast<const u64*>(rows.data()), e.width(), own.size(), own.data());
    for (std::size_t i = 0; i < own.size(); ++i) leaves[c + cosets.count() * i] = own[i];
    for (const u64 position : positions)
      if (position % cosets.count() == c)
        opened(position, rows.subspan(position / cosets.count() * e.width(), e.width()));
  }
  return leaves;
}

Digest codeword_root(const Encoding& e, u64 coset_words) {
  if (fits_whole(e)) return MerkleTree(encode(e), e.width()).root();
  return merkle_root(leaf_digests(e, coset_words));
}

Digest open_codeword(const Encoding& e, std::span<const u64> positions, ProverTranscript& t,
                     u64 coset_words) {
  const std::size_t width = e.width();
  if (fits_whole(e)) {
    const Buffer<F> codeword = encode(e);
    const MerkleTree tree(codeword, width);
    for (const u64 position : positions)
      t.hint_elements(std::span<const F>(codeword).subspan(position * width, width));
    tree.open(positions, t);
    return tree.root();
  }
  std::vector<F> rows(positions.size() * width);
  std::vector<Digest> leaves =
      leaf_digests(e, coset_words, positions, [&](u64 position, std::span<const F> row) {
        const auto at = std::lower_bound(positions.begin(), positions.end(), position);
        std::copy(row.begin(), row.end(),
                  rows.begin() + (at - positions.begin()) * static_cast<std::ptrdiff_t>(width));
      });
  t.hint_elements(rows);
  return open_merkle(std::move(leaves), positions, t);
}

}  // namespace pedigree
