// Where the cells of a dataset lie in its commitment: a matrix of 2^log_rows rows of 64 words, index = row 64 + column.
//
//   cells     one block of columns features ++ labels, each padded to 2^log_records: word = (column << log_records) + record,
//             columns padded to 2^log_columns; cells of padded records and columns are zero
//   pad       three words behind the last live column: the mask of the out-of-domain answer
//   random    the last `random_rows` rows: uniform, of weight zero; `queries` rows serve one opening, one more stays unopened
//
// log_rows is the least that holds cells, pad and random rows, at least 6.
#pragma once

#include "commit/parameters.h"
#include "custody/manifest.h"

namespace pedigree {

// Of files of a profile: most queries of level 0 in the compiled table, the rate of level 0 in bits, the least height.
struct ProfileRules {
  u32 most_queries, log_inv_rate, min_log_rows;
};
inline constexpr ProfileRules kProfileRules[] = {{116, 2, 10}, {46, 5, 8}, {236, 1, 12}};
static_assert(std::size(kProfileRules) == std::size(kProfiles));

constexpr u32 most_queries(Profile p) noexcept {
  return kProfileRules[static_cast<u8>(p)].most_queries;
}
constexpr u32 file_log_inv_rate(Profile p) noexcept {
  return kProfileRules[static_cast<u8>(p)].log_inv_rate;
}
constexpr u32 min_file_log_rows(Profile p) noexcept {
  return kProfileRules[static_cast<u8>(p)].min_log_rows;
}
inline constexpr u32 kLogRootColumns = 6;

struct DatasetLayout {
  u32 log_records = 0;
  u32 log_columns = 0;  // of the block: ceil(log2(features + labels))
  u32 log_rows = 0;
  u64 answer_pad = 0;  // word offset; also how many words the powers of the answer run over
  u64 live_words = 0;  // words in front of the random rows
};

// log_rows is 0 where no commitment is that large.
DatasetLayout dataset_layout(u32 records, u32 features, u32 labels, Profile profile,
                             u32 opening_budget) noexcept;

// Of whoever asks for no number: 8 to 16, as many as there is room for in the height that 8 take, or in the least of a file.
// A height more would double what every proof over the dataset encodes and folds.
u32 usual_openings(u32 records, u32 features, u32 labels, Profile profile) noexcept;

}  // namespace pedigree
