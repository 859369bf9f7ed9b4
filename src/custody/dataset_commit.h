// The rows of a dataset as one committed message (custody/dataset_layout.h), made from rows and secret seed whenever it is read.
//
//   seed     32 secret bytes, fresh for each commitment and grant; without them neither pad nor random rows can be guessed,
//            so the root says nothing about the rows, however guessable
//   pad      Randomness(seed, content): purpose "dataset pad", three words
//   random   the same stream's purpose "dataset rows", all words from live_words on
//   answer   sum over x < answer_pad of z^(x + 1) f[x], plus the pad; z = out_of_domain_point(root)
#pragma once

#include <vector>

#include "commit/opening.h"
#include "custody/dataset_layout.h"
#include "field/k.h"

namespace pedigree {

// Record-major: x[n * features + i], y[n * labels + j].
struct DatasetCells {
  u32 records = 0, features = 0, labels = 0;
  std::span<const i32> x, y;
};

// As custody/manifest.h states it. The salt is secret and goes with the rows to every grant: who can guess them cannot
// recognise them by this digest.
Digest content_digest(const DatasetCells& cells, const Digest& salt);

// Refers to the cells.
class DatasetMessage : public WordSource {
 public:
  DatasetMessage(const DatasetCells& cells, const DatasetLayout& layout, const Digest& content,
                 const Digest& seed);
  u64 size() const override { return u64{1} << (layout_.log_rows + kLogRootColumns); }
  // Records lie row by row: what they have at one place of each column is near.
  u64 stride() const override;
  void read(u64 begin, std::span<F> out) const override;
  void read_apart(u64 begin, u64 step, std::span<F> out) const override;

 private:
  void read_column(u64 column, u64 first, std::span<F> out) const;
  void read_tail(u64 begin, std::span<F> out) const;

  DatasetCells cells_;
  DatasetLayout layout_;
  F pad_[kDegree];
  std::vector<F> random_;  // from live_words on
};

// What commit_root reads of the parameters: columns and rate of level 0, height.
OpeningParameters dataset_parameters(const DatasetLayout& layout, Profile profile) noexcept;

K dataset_answer(const Words& message, const DatasetLayout& layout, const Digest& root);

}  // namespace pedigree
