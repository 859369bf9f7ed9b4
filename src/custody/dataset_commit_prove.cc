#include "base/require.h"
#include "custody/dataset_commit.h"
#include "kernel/parallel.h"
#include "proof/prove.h"
#include "transcript/randomness.h"

namespace pedigree {

namespace {

constexpr std::size_t kStripe = 64;  // records written at a time: a line of each column

void require_shape(const DatasetCells& c) {
  PEDIGREE_REQUIRE(c.x.size() == std::size_t{c.records} * c.features &&
                       c.y.size() == std::size_t{c.records} * c.labels,
                   "one cell a record and column");
}

void spread(std::span<const i32> cells, u32 columns, u32 log_records, std::size_t begin,
            std::size_t end, F* out) {
  for (std::size_t from = begin; from < end; from += kStripe)
    for (u32 c = 0; c < columns; ++c)
      for (std::size_t n = from; n < std::min(end, from + kStripe); ++n)
        out[(std::size_t{c} << log_records) + n] = F::from_int(cells[n * columns + c]);
}

}  // namespace

Digest content_digest(const DatasetCells& cells, const Digest& salt) {
  require_shape(cells);
  constexpr std::string_view domain = "pedigree rows v2";
  Keccak256 h;
  h.update({reinterpret_cast<const u8*>(domain.data()), domain.size()});
  h.update(salt.bytes);
  const auto words = [&](std::span<const i32> w) {
    h.update({reinterpret_cast<const u8*>(w.data()), w.size_bytes()});
  };
  for (const u32 size : {cells.records, cells.features, cells.labels})
    h.update({reinterpret_cast<const u8*>(&size), sizeof size});
  for (std::size_t n = 0; n < cells.records; ++n) {
    words(cells.x.subspan(n * cells.features, cells.features));
    words(cells.y.subspan(n * cells.labels, cells.labels));
  }
  return h.finish();
}

std::vector<F> dataset_message(const DatasetCells& cells, const DatasetLayout& layout,
                               const Digest& content, const Digest& seed) {
  require_shape(cells);
  PEDIGREE_REQUIRE(layout.log_rows != 0, "the dataset fits a commitment");
  std::vector<F> message(std::size_t{1} << (layout.log_rows + kLogRootColumns));
  F* labels = message.data() + (std::size_t{cells.features} << layout.log_records);
  parallel_for(cells.records, 1024, [&](std::size_t begin, std::size_t end) {
    spread(cells.x, cells.features, layout.log_records, begin, end, message.data());
    spread(cells.y, cells.labels, layout.log_records, begin, end, labels);
  });
  const Randomness random(seed, content);
  const std::span<F> words(message);
  random.fill("dataset pad", words.subspan(layout.answer_pad, kDegree));
  random.fill("dataset rows", words.subspan(layout.live_words));
  return message;
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

K dataset_answer(std::span<const F> message, const DatasetLayout& layout, const Digest& root) {
  return masked_answer(message, layout.answer_pad, root);
}

}  // namespace pedigree
