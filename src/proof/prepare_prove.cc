// What a segment's witness holds before it is committed: weights and trace where the layout wants them.
#include <algorithm>

#include "proof/prove.h"
#include "tensor/start.h"

namespace pedigree {

TraceSinks sinks_of(const CompiledSegment& c, Witness& w) {
  const Program& p = c.program;
  TraceSinks sinks;
  sinks.tensors.resize(p.tensors.size());
  sinks.cells.resize(p.tensors.size());
  w.contractions.resize(p.tensors.size());
  for (TensorId t = 0; t < p.tensors.size(); ++t) {
    const Tensor& x = p.tensors[t];
    if (x.kind == TensorKind::contraction) {
      w.contractions[t].resize(p.cells_there(t));
      sinks.tensors[t] = w.contractions[t].data();
    } else if (x.kind == TensorKind::committed && x.root == Root::segment &&
               x.domain == Domain::samples) {
      sinks.tensors[t] = w.cells(c.layout.tensors[t]);
    } else if (x.kind == TensorKind::committed && x.root == Root::segment &&
               x.domain == Domain::cells && x.advice == Advice::input) {
      sinks.cells[t] = w.cells(c.layout.tensors[t]);
    }
  }
  return sinks;
}

namespace {

WeightEntries seeded_weights(const Compiled& c) {
  WeightEntries all;
  for (const Parameter& p : c.segments[0].program.parameters) {
    std::vector<i64>& entries = all.emplace_back(static_cast<std::size_t>(p.in) * p.out);
    if (p.start_bound != 0)
      seeded_start(c.seed, p.start_index, static_cast<i64>(p.start_bound), entries);
  }
  return all;
}

}  // namespace

void place_weights(const CompiledSegment& c, const WeightEntries& entries, std::span<F> message) {
  for (ParameterId w = 0; w < c.program.parameters.size(); ++w) {
    const Parameter& p = c.program.parameters[w];
    F* out = message.data() + c.layout.end_weights[w].offset;
    for (std::size_t i = 0; i < p.in; ++i)
      for (std::size_t o = 0; o < p.out; ++o)
        out[(i << p.log_out) + o] = F::from_int(entries[w][i * p.out + o]);
  }
}

void trace_witness(const ProveInput& input, const Compiled& c, u32 k, Witness& w) {
  const CompiledSegment& segment = c.segments[k];
  for (const u32 root : {kSegmentRoot, kSecondRoot})
    if (segment.layout.has(root)) w.messages[root].resize(message_words(segment.layout, root));
  const bool seeded = k == 0 && !c.committed_start;
  WeightEntries before = seeded ? seeded_weights(c) : input.weights(k);
  if (seeded)
    for (const std::vector<i64>& entries : before) {
      std::vector<F>& out = w.start.emplace_back(entries.size());
      std::transform(entries.begin(), entries.end(), out.begin(), F::from_int);
    }
#ifdef PEDIGREE_HARNESS
  if (input.alter_start) input.alter_start(k, w.start);
#endif
  TraceSinks sinks = sinks_of(segment, w);
  input.fill_trace(k, segment, std::move(before), sinks);
}

void finish_witness(const Compiled& c, u32 k, Witness& w) {
  const SegmentPublic bare = public_of(c, k);
  TensorValues values(bare, w);
  fill_static(bare, w, values);
}

}  // namespace pedigree
