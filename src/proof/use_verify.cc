#include "proof/use.h"

namespace pedigree {

void step_factors(const CompiledSegment& segment, std::span<u64> out, Arena& arena) noexcept {
  const Optimiser& o = segment.optimiser;
  const std::size_t steps = out.size(), mark = arena.mark();
  const std::span<u32> c(arena.allocate<u32>(steps), steps);
  std::size_t at = 0;
  for (const Optimiser::Run& run : segment.runs)
    for (u32 i = 0; i < run.count; ++i) c[at++] = run.c;
  for (std::size_t s = 0; s < steps; ++s) {
    out[s] = 0;
    const std::size_t stop = o.period == 0 ? steps : (s / o.period + 1) * o.period;
    std::size_t j = 0;
    for (; j < o.num_impulse && s + j < stop && s + j < steps; ++j)
      out[s] += u64{c[s + j]} * o.impulse[j];
    if (o.period != 0 && stop <= steps && j < o.num_impulse)
      out[s] += c[stop - 1] * impulse_from(o, j);
  }
  arena.release(mark);
}

RunUse use_of(const Statement& s, const Compiled& c, Arena& arena) noexcept {
  RunUse use;
  use.records = Vec<u32>(arena, s.datasets.size());
  const std::size_t mark = arena.mark();
  const std::span<u8> seen(arena.allocate<u8>(s.sampling.records), s.sampling.records);
  for (const CompiledSegment& segment : c.segments) {
    const std::size_t inner = arena.mark();
    const std::span<u64> factors(arena.allocate<u64>(segment.steps), segment.steps);
    step_factors(segment, factors, arena);
    const u32 log_batch = segment.program.sizes.log_batch;
    for (u32 step = 0; step < segment.steps; ++step) {
      const std::span<const u32> batch =
          segment.selection.span().subspan(std::size_t{step} << log_batch, s.sampling.batch);
      use.empty_steps += batch[0] == kDeadSlot;
      use.skipped_steps += factors[step] == 0;
      if (factors[step] == 0) continue;
      if (use.least_factor == 0 || factors[step] < use.least_factor)
        use.least_factor = factors[step];
      if (factors[step] > use.most_factor) use.most_factor = factors[step];
      for (const u32 row : batch)
        if (row != kDeadSlot) seen[row] = 1;
    }
    arena.release(inner);
  }
  u64 row = 0;
  for (std::size_t d = 0; d < s.datasets.size(); ++d)
    for (u32 n = 0; n < s.datasets[d].records; ++n) use.records[d] += seen[row++];
  arena.release(mark);
  return use;
}

}  // namespace pedigree
