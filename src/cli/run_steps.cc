#include "cli/run_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "cli/exit.h"
#include "cli/proof_statement.h"
#include "proof/use.h"

namespace pedigree::cli {

RunSteps::RunSteps(const std::vector<u8>& proof, const std::string& path)
    : arena_(std::make_unique<OwnedArena>(verify_memory(proof) + 16 * proof.size() + 4096)) {
  statement_ = proof_statement(proof, path, arena_->get());
  auto compiled = compile_sizes(statement_, arena_->get(), true);
  if (!compiled.ok()) throw Failure(kRefused, path + ": " + check_text(compiled.why().check));
  Compiled& c = compiled.value();
  select_records(c, arena_->get());
  const u32 batch = statement_.sampling.batch;
  for (const CompiledSegment& segment : c.segments) {
    const u32 log_batch = segment.program.sizes.log_batch;
    for (u32 t = 0; t < segment.steps; ++t) {
      const auto rows = segment.selection.span().subspan(std::size_t{t} << log_batch, batch);
      selection_.insert(selection_.end(), rows.begin(), rows.end());
    }
    std::vector<u64> factors(segment.steps);
    step_factors(segment, factors, arena_->get());
    factors_.insert(factors_.end(), factors.begin(), factors.end());
  }
}

std::span<const u32> RunSteps::batch(u32 step) const {
  const std::size_t size = statement_.sampling.batch;
  const auto rows = std::span<const u32>(selection_).subspan(step * size, size);
  // Live slots come first.
  return rows.first(std::find(rows.begin(), rows.end(), kDeadSlot) - rows.begin());
}

RunSteps::Place RunSteps::place_of(u32 row) const {
  Place place{0, row};
  while (place.row >= statement_.datasets[place.dataset].records)
    place.row -= statement_.datasets[place.dataset++].records;
  return place;
}

std::vector<std::vector<u32>> RunSteps::steps_of(const std::vector<u32>& rows) const {
  std::unordered_map<u32, std::vector<u32>> found;
  for (const u32 row : rows) found[row];
  for (u32 step = 0; step < steps(); ++step)
    for (const u32 row : batch(step))
      if (const auto at = found.find(row); at != found.end()) at->second.push_back(step);
  std::vector<std::vector<u32>> out;
  for (const u32 row : rows) out.push_back(found[row]);
  return out;
}

StepRange parse_steps(const std::string& text, u32 steps) {
  if (text == "all") return {0, steps - 1};
  const std::size_t dots = text.find("..");
  const auto number = [&](const std::string& part) {
    u32 value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || end != part.data() + part.size() || part.empty())
      throw Failure(kUsage, fmt::format("--steps {}: first and last step, as in 0..99, one step, "
                                        "or all",
                                        text));
    return value;
  };
  StepRange range;
  range.first = number(text.substr(0, dots));
  range.last = dots == std::string::npos ? range.first : number(text.substr(dots + 2));
  if (range.first > range.last || range.last >= steps)
    throw Failure(kUsage,
                  fmt::format("--steps {}: the run has the steps 0 to {}", text, steps - 1));
  return range;
}

}  // namespace pedigree::cli
