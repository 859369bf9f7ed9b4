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

// Most queries of level 0 in the compiled table for files with long-lived roots.
constexpr u32 most_queries(Profile p) noexcept { return p == Profile::fast ? 116 : 46; }
// Rate of level 0, in bits, of every file (heights from min_file_log_rows on).
constexpr u32 file_log_inv_rate(Profile p) noexcept { return p == Profile::fast ? 2 : 5; }
constexpr u32 min_file_log_rows(Profile p) noexcept { return p == Profile::fast ? 10 : 8; }
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

}  // namespace pedigree
