#include "claim/weights.h"
#include "wire/codec.h"

namespace pedigree {

Result<void> check_weights_statement(const WeightsStatement& w) noexcept {
  PEDIGREE_CHECK(statement_range, w.arithmetic == kArithmeticVersion, 60);
  PEDIGREE_CHECK(statement_range, is_known(w.profile), 61);
  PEDIGREE_CHECK(statement_range, w.model.num_layers <= kMaxLayers, 62);
  PEDIGREE_TRY(check_model(w.model));
  PEDIGREE_CHECK(statement_range, w.openings >= 1 && w.openings <= kMaxOpenings, 63);
  PEDIGREE_CHECK(statement_range, w.weight_bits >= 1 && w.weight_bits <= kMaxCheckBits, 64);
  return {};
}

Result<Compiled> compile_claim(const ClaimShape& shape, const Program& program,
                               Arena& arena) noexcept {
  Compiled c;
  c.profile = shape.profile;
  c.committed_start = shape.weights != nullptr;
  c.in_order = shape.order == nullptr;
  c.data = Vec<DatasetLayout>(arena);
  c.ends = Vec<RootStatement>(arena);
  c.datasets = Vec<RootStatement>(arena);
  for (const Manifest& m : shape.datasets) {
    c.data.push_back(dataset_layout(m.records, m.features, m.labels, m.profile, m.opening_budget));
    c.datasets.push_back({m.root, m.answer});
  }
  if (shape.weights != nullptr) c.start = shape.weights->root;
  c.segments = Vec<CompiledSegment>(arena, 1);
  CompiledSegment& segment = c.segments[0];
  segment.first = segment.last = true;
  segment.steps = 1;
  segment.runs = Vec<Optimiser::Run>(arena);
  segment.program = program;
  segment.plan = make_plan(segment.program, shape.shows, arena);
  const u32 openings = shape.weights != nullptr ? shape.weights->openings : 0;
  PEDIGREE_LET(layout, make_layout(segment.program, segment.plan, shape.profile, c.data.span(),
                                   {0, openings}, arena));
  segment.layout = layout;
  segment.selection = Vec<u32>(arena, std::size_t{1} << program.sizes.log_batch);
  for (u32 i = 0; i < segment.selection.size(); ++i)
    segment.selection[i] = i < program.sizes.batch ? i : kDeadSlot;
  if (shape.order != nullptr) {
    c.sampling = *shape.order;
    c.seed = c.sampling.seed;
  }
  segment.shows = Vec<Show>(arena, shape.shows);
  PEDIGREE_TRY(settle_opening(c));
  return c;
}

Digest weights_identity(const WeightsStatement& w, const Compiled& c) noexcept {
  const Layout& layout = c.segments[0].layout;
  return weights_identity(w.root, layout.answer_pad[kStartRoot], w.profile,
                          layout.log_rows[kStartRoot], c.segments[0].program.parameters);
}

Digest cells_digest(const Salt& salt, u32 samples, u32 columns,
                    std::span<const i32> cells) noexcept {
  DigestEncoder e("pedigree cells v1");
  e("nonce", salt.nonce);
  e("pad", salt.pad);
  e("samples", samples);
  e("columns", columns);
  for (const i32 cell : cells) e("cell", cell);
  return e.finish();
}

}  // namespace pedigree
