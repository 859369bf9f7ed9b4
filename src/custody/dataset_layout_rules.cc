#include "custody/dataset_layout.h"

namespace pedigree {

DatasetLayout dataset_layout(u32 records, u32 features, u32 labels, Profile profile,
                             u32 opening_budget) noexcept {
  DatasetLayout l;
  l.log_records = ceil_log2(records);
  l.log_columns = ceil_log2(u64{features} + labels);
  l.answer_pad = (u64{features} + labels) << l.log_records;
  l.answer_pad = (l.answer_pad + 3) / 4 * 4;
  const u64 random_rows = u64{most_queries(profile)} * opening_budget + 1;
  const u64 block = u64{1} << (l.log_records + l.log_columns);
  for (u32 log_rows = kLogRootColumns; log_rows <= kMaxLogRows; ++log_rows) {
    const u64 rows = u64{1} << log_rows;
    if (rows <= random_rows) continue;
    const u64 live = (rows - random_rows) << kLogRootColumns;
    // The block is read as a whole cube of 2^(log_columns + log_records) words, so it must lie inside the message; its dead
    // columns may hold pad and random rows, which no claim reads.
    if (live < l.answer_pad + kDegree || (rows << kLogRootColumns) < block) continue;
    l.log_rows = log_rows;
    l.live_words = live;
    return l;
  }
  return DatasetLayout();
}

u32 usual_openings(u32 records, u32 features, u32 labels, Profile profile) noexcept {
  constexpr u32 kFewest = 8, kMost = 16;
  const auto height = [&](u32 openings) noexcept {
    const u32 own = dataset_layout(records, features, labels, profile, openings).log_rows;
    const u32 least = min_file_log_rows(profile);
    return own == 0 ? kMaxLogRows + 1 : own > least ? own : least;
  };
  u32 openings = kFewest;
  while (openings < kMost && height(openings + 1) == height(kFewest)) ++openings;
  return openings;
}

}  // namespace pedigree
