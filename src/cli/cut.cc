#include "cli/cut.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/exit.h"
#include "cli/prove_memory.h"
#include "cli/session.h"
#include "op/op.h"

namespace pedigree::cli {

namespace {

class Cutter {
 public:
  Cutter(Statement& s, Arena& arena, const std::vector<std::string>& names, const CutOptions& o)
      : s_(s), arena_(arena), names_(names), o_(o) {}

  void run() {
    s_.segments = Vec<SegmentStatement>(arena_);
    const u32 steps = s_.sampling.steps;
    u32 longest = most_steps();
    for (u32 first = 0; first < steps;) {
      SegmentStatement next;
      next.steps = std::min(longest, steps - first);
      if (first == 0 && s_.has_named_start()) next.check_bits = bits_at(0);
      Refusal why = attempt(next);
      if (why.check == Check::bound && next.check_bits == 0 && first > 0) {
        next.check_bits = bits_at(first);
        why = attempt(next);
      }
      if (why.check == Check::none) {
        s_.segments.push_back(next);
        first += next.steps;
        continue;
      }
      if ((why.check != Check::bound && why.check != Check::statement_size && !over_memory_) ||
          next.steps <= unit())
        refuse(why, first);
      if (over_memory_ && first > 0 && longest > unit()) {
        // What all segments leave behind is too much beside the opening: shorter ones from the first on.
        longest = shorter(longest);
        s_.segments = Vec<SegmentStatement>(arena_);
        first = 0;
        continue;
      }
      longest = shorter(next.steps);
    }
  }

 private:
  u32 unit() const { return std::max(1u, s_.optimiser.period); }
  // With momentum and no period the response never ends: one segment.
  bool one_piece() const { return s_.optimiser.num_impulse > 1 && s_.optimiser.period == 0; }

  u32 most_steps() const {
    const u32 steps = s_.sampling.steps;
    if (one_piece()) return steps;
    u64 most = u64{1} << (kMaxLogSamples - std::min(kMaxLogSamples, ceil_log2(s_.sampling.batch)));
    if (o_.most_steps != 0) most = std::min<u64>(most, o_.most_steps);
    if (steps <= most) return steps;
    u64 length = unit();
    while (2 * length <= most) length *= 2;
    return static_cast<u32>(length);
  }

  u32 shorter(u32 steps) const {
    u64 length = unit();
    while (2 * length < steps) length *= 2;
    return static_cast<u32>(length);
  }

  // In steps of four: a public figure that says less about hidden weights than their exact length.
  u8 bits_at(u32 step) const { return static_cast<u8>((o_.weight_bits(step) + 4) / 4 * 4); }

  // Compiles the chain so far with one more segment.
  Refusal attempt(const SegmentStatement& next) {
    over_memory_ = false;
    s_.segments.push_back(next);
    const u32 k = static_cast<u32>(s_.segments.size() - 1);
    OwnedArena memory(2 * statement_memory(s_) + (std::size_t{1} << 20));
    Compiled c = begin_compile(s_, memory.get());
    Refusal why;
    for (u32 i = 0; i <= k && why.check == Check::none; ++i)
      if (const auto compiled = compile_segment(s_, c, i, memory.get()); !compiled.ok())
        why = compiled.why();
    if (why.check == Check::none && o_.max_memory != 0 &&
        (need_ = prove_memory(s_, c, k + 1, {})) > o_.max_memory) {
      over_memory_ = true;
      why.check = Check::memory_budget;
    }
    s_.segments.pop_back();
    return why;
  }

  [[noreturn]] void refuse(const Refusal& why, u32 step) const {
    if (over_memory_)
      throw Failure(
          kOverBudget,
          fmt::format("proving takes about {} of memory even in the shortest segments, "
                      "--max-memory allows {}: raise it, or train on fewer records or with a "
                      "smaller batch{}",
                      size_text(need_), size_text(o_.max_memory),
                      one_piece() ? ", or with \"period\", so that segments can end" : ""));
    const bool layer = why.index >= 1 && why.index <= names_.size();
    throw Failure(
        kUnsupported,
        fmt::format("step {}{}: {}: choose coarser formats for this layer, a lower rate{}", step,
                    layer ? fmt::format(", layer {} ({})", why.index, names_[why.index - 1]) : "",
                    check_text(why.check),
                    one_piece() ? ", or \"period\", so that segments can end" : ""));
  }

  Statement& s_;
  Arena& arena_;
  const std::vector<std::string>& names_;
  const CutOptions& o_;
  bool over_memory_ = false;
  u64 need_ = 0;
};

}  // namespace

namespace {

// Words that each further segment commits to, against cells of neurons and samples, whose memory is fresh in a longer one: a weight costs
// as much as two of them. Turns: 4096-4096-4096-10 took 81 CPU s and 5.9 GiB in one segment, 93 and 4.2 in two; 784-1024-1024-10
// 24.5 and 2.5 in one, 22.5 and 1.3 in two.
bool ends_are_cheap(const Statement& s, std::size_t further) {
  u64 weights = 0, neurons = 0;
  for (u32 i = 1; i <= s.model.num_layers; ++i) {
    const Layer& l = s.model.layers[i - 1];
    if (l.kind != LayerKind::linear) continue;
    neurons += l.out;
    if (l.share == 0) weights += u64{op::width_of(s.model, l.input)} * l.out;
  }
  return 2 * further * weights <= neurons * s.sampling.batch * s.sampling.steps;
}

// Segments of the least memory whose further ends cost no more than it spares.
void cut_usual(u64 most, Statement& s, Arena& arena, const std::vector<std::string>& names,
               CutOptions& options) {
  struct Cut {
    u64 memory = 0;
    Vec<SegmentStatement> segments;
  };
  std::vector<Cut> cuts;  // from the least memory on
  for (const u64 memory : {kLeanMemory, kUsualMemory, kAmpleMemory}) {
    options.max_memory = std::min(memory, most);
    try {
      cut_segments(s, arena, names, options);
    } catch (const Failure& e) {
      if (e.code() != kOverBudget || memory == kAmpleMemory) throw;
      continue;
    }
    cuts.push_back({options.max_memory, s.segments});
    if (s.segments.size() == 1) break;
  }
  Cut best = cuts.back();
  for (std::size_t i = cuts.size() - 1; i-- > 0;)
    if (ends_are_cheap(s, cuts[i].segments.size() - best.segments.size())) best = cuts[i];
  options.max_memory = best.memory;
  s.segments = best.segments;
}

}  // namespace

u64 cut_segments_to(u64 budget, Statement& s, Arena& arena,
                    const std::vector<std::string>& layer_names, CutOptions options) {
  const u64 machine = machine_memory(), most = machine / 4 * 3;
  if (budget != 0) {
    options.max_memory = std::min(budget, machine);
    cut_segments(s, arena, layer_names, options);
    return options.max_memory;
  }
  try {
    cut_usual(most, s, arena, layer_names, options);
  } catch (const Failure& e) {
    if (e.code() != kOverBudget) throw;
    options.max_memory = most;
    cut_segments(s, arena, layer_names, options);
  }
  return options.max_memory;
}

void cut_segments(Statement& s, Arena& arena, const std::vector<std::string>& layer_names,
                  const CutOptions& options) {
  Cutter(s, arena, layer_names, options).run();
}

}  // namespace pedigree::cli
