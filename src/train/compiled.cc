#include "train/compiled.h"

#include <fmt/format.h>

#include <algorithm>

#include "train/schedule.h"

namespace pedigree::train {

namespace {

constexpr std::size_t kLeastMemory = std::size_t{16} << 20, kMostMemory = std::size_t{4} << 30;

struct Attempt {
  CompiledRun run;
  Refusal refusal;
};

Attempt compile_steps(const RunPlan& plan, u32 steps) {
  Sampling sampling = plan.sampling;
  sampling.steps = steps;
  std::vector<u32> factors = factors_of(plan.optimiser);
  factors.resize(steps);
  std::vector<Optimiser::Run> runs = runs_of(factors);
  Optimiser optimiser = plan.optimiser;
  optimiser.runs = runs.data();
  optimiser.num_runs = static_cast<u32>(runs.size());
  for (std::size_t memory = kLeastMemory; memory <= kMostMemory; memory *= 4) {
    Attempt attempt{{HeapBlock(memory), {}, runs, steps}, {}};
    const bool enough = attempt.run.block.use([&](Arena& arena) {
      auto compiled = compile(plan.model, optimiser, sampling, arena);
      if (compiled.ok())
        attempt.run.program = compiled.value();
      else
        attempt.refusal = compiled.why();
    });
    if (enough) return attempt;
  }
  throw Error(Exit::budget, "the model is too large to compile");
}

std::string sentence(const RunPlan& plan, const Refusal& why) {
  const bool has_layer =
      why.check != Check::statement_range && why.index >= 1 && why.index <= plan.layer_names.size();
  std::string text =
      has_layer ? fmt::format("layer {} ({}): ", why.index, plan.layer_names[why.index - 1]) : "";
  text += check_text(why.check);
  if (why.check == Check::bound)
    text += ": fewer steps, or coarser formats for this layer (\"formats\")";
  if (why.check == Check::statement_format) text += ": see \"formats\" of the specification";
  if (why.check == Check::statement_range) text += fmt::format(" (setting {})", why.index);
  return text;
}

}  // namespace

CompiledRun compile_run(const RunPlan& plan, bool any_length) {
  u32 steps = plan.sampling.steps;
  const u32 most =
      1u << (kMaxLogSamples - std::min(kMaxLogSamples, ceil_log2(plan.sampling.batch)));
  if (any_length) steps = std::min(steps, most);
  for (;; steps /= 2) {
    Attempt attempt = compile_steps(plan, steps);
    if (attempt.refusal.code == Code::ok) return std::move(attempt.run);
    if (!any_length || attempt.refusal.check != Check::bound || steps <= 1)
      throw Error(Exit::usage, sentence(plan, attempt.refusal));
  }
}

}  // namespace pedigree::train
