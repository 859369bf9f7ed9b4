#include <algorithm>

#include "base/require.h"
#include "custody/dataset_commit.h"
#include "kernel/keccak_many.h"
#include "proof/prove.h"
#include "transcript/randomness.h"

namespace pedigree {

namespace {

void require_shape(const DatasetCells& c) {
  PEDIGREE_REQUIRE(c.x.size() == std::size_t{c.records} * c.features &&
                       c.y.size() == std::size_t{c.records} * c.labels,
                   "one cell a record and column");
}

}  // namespace

namespace {

// Cells of records [begin, end), row by row, inputs then labels.
void copy_rows(const DatasetCells& c, std::size_t begin, std::size_t end, i32* out) {
  for (std::size_t n = begin; n < end; ++n) {
    out = std::copy_n(c.x.data() + n * c.features, c.features, out);
    out = std::copy_n(c.y.data() + n * c.labels, c.labels, out);
  }
}

// Of runs of kRecordsOfRun records, the last as long as they go.
std::vector<Digest> run_digests(const DatasetCells& c) {
  constexpr std::size_t kRecordsOfRun = 64, kRunsAtATime = 64;
  const std::size_t width = std::size_t{c.features} + c.labels, cells = kRecordsOfRun * width,
                    whole = c.records / kRecordsOfRun, left = c.records % kRecordsOfRun;
  std::vector<Digest> digests(whole + (left > 0 ? 1 : 0));
  std::vector<i32> rows(std::min(kRunsAtATime, digests.size()) * cells);
  const auto* const bytes = reinterpret_cast<const u8*>(rows.data());
  for (std::size_t run = 0; run < whole; run += kRunsAtATime) {
    const std::size_t n = std::min(kRunsAtATime, whole - run);
    copy_rows(c, run * kRecordsOfRun, (run + n) * kRecordsOfRun, rows.data());
    keccak256_many(bytes, cells * sizeof(i32), cells * sizeof(i32), n, digests.data() + run);
  }
  if (left > 0) {
    copy_rows(c, whole * kRecordsOfRun, c.records, rows.data());
    digests.back() = keccak256({bytes, left * width * sizeof(i32)});
  }
  return digests;
}

}  // namespace

Digest content_digest(const DatasetCells& cells, const Digest& salt) {
  require_shape(cells);
  constexpr std::string_view domain = "pedigree rows v3";
  Keccak256 h;
  h.update({reinterpret_cast<const u8*>(domain.data()), domain.size()});
  h.update(salt.bytes);
  for (const u32 size : {cells.records, cells.features, cells.labels})
    h.update({reinterpret_cast<const u8*>(&size), sizeof size});
  for (const Digest& run : run_digests(cells)) h.update(run.bytes);
  return h.finish();
}

DatasetMessage::DatasetMessage(const DatasetCells& cells, const DatasetLayout& layout,
                               const Digest& content, const Digest& seed)
    : cells_(cells), layout_(layout), random_(size() - layout.live_words) {
  require_shape(cells);
  PEDIGREE_REQUIRE(layout.log_rows != 0, "the dataset fits a commitment");
  const Randomness random(seed, content);
  random.fill("dataset pad", pad_);
  random.fill("dataset rows", random_);
}

u64 DatasetMessage::stride() const {
  return std::max(u64{1} << layout_.log_records, u64{1} << kLogRootColumns);
}

void DatasetMessage::read(u64 begin, std::span<F> out) const {
  while (!out.empty()) {
    std::size_t n = out.size();
    if (begin < layout_.answer_pad) {
      const u64 first = begin & ((u64{1} << layout_.log_records) - 1);
      n = std::min<u64>(n, (u64{1} << layout_.log_records) - first);
      read_column(begin >> layout_.log_records, first, out.first(n));
    } else {
      read_tail(begin, out);
    }
    out = out.subspan(n);
    begin += n;
  }
}

// Columns of one record, mostly.
void DatasetMessage::read_apart(u64 begin, u64 step, std::span<F> out) const {
  const u64 column = begin >> layout_.log_records,
            record = begin & ((u64{1} << layout_.log_records) - 1);
  if (step != u64{1} << layout_.log_records || record >= cells_.records ||
      column + out.size() > u64{cells_.features} + cells_.labels)
    return WordSource::read_apart(begin, step, out);
  const i32 *const x = cells_.x.data() + record * cells_.features, *const y =
                                                                       cells_.y.data() +
                                                                       record * cells_.labels;
  const std::size_t inputs =
      column < cells_.features ? std::min<u64>(out.size(), cells_.features - column) : 0;
  for (std::size_t i = 0; i < inputs; ++i) out[i] = F::from_int(x[column + i]);
  for (std::size_t i = inputs; i < out.size(); ++i)
    out[i] = F::from_int(y[column + i - cells_.features]);
}

// Cells of records first, first + 1, ... in one column; padded records are zero, and columns up to the pad.
void DatasetMessage::read_column(u64 column, u64 first, std::span<F> out) const {
  const bool none = column >= u64{cells_.features} + cells_.labels || first >= cells_.records;
  const std::size_t live = none ? 0 : std::min<u64>(out.size(), cells_.records - first);
  const bool label = column >= cells_.features;
  const u64 width = label ? cells_.labels : cells_.features,
            at = first * width + (label ? column - cells_.features : column);
  const i32* const cells = label ? cells_.y.data() : cells_.x.data();
  for (std::size_t n = 0; n < live; ++n) out[n] = F::from_int(cells[at + n * width]);
  std::fill(out.begin() + static_cast<std::ptrdiff_t>(live), out.end(), F());
}

// The pad, zeros, and the random rows.
void DatasetMessage::read_tail(u64 begin, std::span<F> out) const {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const u64 at = begin + i;
    out[i] = at < layout_.answer_pad + kDegree ? pad_[at - layout_.answer_pad]
             : at < layout_.live_words         ? F()
                                               : random_[at - layout_.live_words];
  }
}

OpeningParameters dataset_parameters(const DatasetLayout& layout, Profile profile) noexcept {
  OpeningParameters p;
  p.log_rows = layout.log_rows;
  p.num_roots = 1;
  p.num_levels = 1;
  p.levels[0].log_columns = kLogRootColumns;
  p.levels[0].log_inv_rate = file_log_inv_rate(profile);
  p.levels[0].queries = most_queries(profile);
  return p;
}

K dataset_answer(const Words& message, const DatasetLayout& layout, const Digest& root) {
  return masked_answer(message, layout.answer_pad, root);
}

}  // namespace pedigree
