// What a program is from sizes alone, when nobody runs or proves it.
#include <gtest/gtest.h>

#include <algorithm>

#include "harness/reference_jobs.h"
#include "proof/verify.h"

namespace pedigree::harness {
namespace {

TEST(Sizes, AreTheSameWithoutTheValuesOfTables) {
  u32 empty = 0;
  for (const ReferenceJob& r : reference_jobs()) {
    OwnedArena arena(2 * statement_memory(r.job.statement));
    const auto full = compile_sizes(r.job.statement, arena.get()),
               alone = compile_sizes(r.job.statement, arena.get(), true);
    ASSERT_TRUE(full.ok() && alone.ok()) << r.name;
    EXPECT_EQ(alone.value().opening.log_rows, full.value().opening.log_rows) << r.name;
    for (std::size_t k = 0; k < full.value().segments.size(); ++k) {
      const CompiledSegment &a = alone.value().segments[k], &b = full.value().segments[k];
      ASSERT_EQ(a.program.tables.size(), b.program.tables.size()) << r.name;
      for (TableId t = 0; t < b.program.tables.size(); ++t) {
        const Table& table = b.program.tables[t];
        for (u32 c = 0; c < table.num_columns; ++c)
          EXPECT_EQ(column_bound(a.program.tables[t], c), column_bound(table, c)) << r.name;
        for (u32 c = 1; c < table.num_columns; ++c) {
          const std::span<const i64> values(table.values[c], std::size_t{1} << table.log_size);
          EXPECT_EQ(table.low[c], std::min<i64>(0, *std::ranges::min_element(values))) << r.name;
          EXPECT_EQ(table.high[c], std::max<i64>(0, *std::ranges::max_element(values))) << r.name;
        }
        empty +=
            b.program.tables[t].values[1] != nullptr && a.program.tables[t].values[1] == nullptr;
      }
      ASSERT_EQ(a.program.tensors.size(), b.program.tensors.size()) << r.name;
      for (TensorId t = 0; t < b.program.tensors.size(); ++t)
        EXPECT_EQ(a.program.tensors[t].bound, b.program.tensors[t].bound) << r.name;
      for (ParameterId w = 0; w < b.program.parameters.size(); ++w)
        EXPECT_EQ(a.program.parameters[w].end_bound, b.program.parameters[w].end_bound) << r.name;
      for (u32 root = 0; root < b.layout.num_roots; ++root)
        EXPECT_EQ(a.layout.log_rows[root], b.layout.log_rows[root]) << r.name;
    }
  }
  EXPECT_GT(empty, 0u) << "some job has a table whose bounds are known";
}

}  // namespace
}  // namespace pedigree::harness
