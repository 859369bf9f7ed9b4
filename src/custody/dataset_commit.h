// The rows of a dataset as one committed message (custody/dataset_layout.h), rebuilt exactly from rows and secret seed.
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

using i32 = std::int32_t;

// Record-major: x[n * features + i], y[n * labels + j].
struct DatasetCells {
  u32 records = 0, features = 0, labels = 0;
  std::span<const i32> x, y;
};

// As custody/manifest.h states it. The salt is secret and goes with the rows to every grant: who can guess them cannot
// recognise them by this digest.
Digest content_digest(const DatasetCells& cells, const Digest& salt);

std::vector<F> dataset_message(const DatasetCells& cells, const DatasetLayout& layout,
                               const Digest& content, const Digest& seed);

// What commit_root reads of the parameters: columns and rate of level 0, height.
OpeningParameters dataset_parameters(const DatasetLayout& layout, Profile profile) noexcept;

K dataset_answer(std::span<const F> message, const DatasetLayout& layout, const Digest& root);

}  // namespace pedigree
