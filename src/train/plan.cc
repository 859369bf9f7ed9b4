#include "train/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "model/compile.h"
#include "train/error.h"
#include "train/float_twin.h"
#include "train/formats.h"
#include "train/schedule.h"

namespace pedigree::train {

namespace {

constexpr double kLargestValue =
    512;  // beyond this the data is not standardised, or the rate is too high
constexpr u32 kLossWindow = 50;

// The dry run of one plan: the float twin with a given number of rate bits.
struct DryRun {
  std::vector<LayerStats> stats;
  double loss = 0;   // mean over the last steps
  double score = 0;  // only over a whole schedule
};

class Planner {
 public:
  Planner(const RunSpec& spec, const record::Dataset& data, const PlanOptions& options)
      : spec_(spec), data_(data), options_(options) {}

  RunPlan make() {
    check_labels();
    fill_sampling();
    fill_impulse();
    if (options_.seed_of)
      plan_.sampling.seed =
          options_.seed_of(architecture_of(spec_, data_), plan_.optimiser, plan_.sampling);
    plan_.frac_y = data_.schema.frac_y;
    for (const LayerSpec& layer : spec_.layers) plan_.layer_names.push_back(layer.name);
    const u32 all = plan_.sampling.steps;
    const u32 steps = options_.dry_run_steps == 0 ? all : std::min(options_.dry_run_steps, all);
    u32 rate_bits = rate_bits_of(kFormatAttempts[0]);
    DryRun dry = dry_run(rate_bits, steps);
    check_dead(dry);
    choose(dry);
    if (plan_.model.rate_bits != rate_bits && steps == all)
      dry = dry_run(plan_.model.rate_bits, steps);
    plan_.has_twin = steps == all;
    plan_.score_float = dry.score;
    plan_.loss_float = dry.loss;
    fill_optimiser();
    add_notes(dry, steps);
    return std::move(plan_);
  }

 private:
  void check_labels() {
    const u32 outputs = spec_.layers.back().out;
    const u32 classes = data_.classes();
    std::string why;
    if (spec_.loss == Loss::cross_entropy && outputs != std::max(classes, 2u))
      why = fmt::format("the last layer has {} outputs, the data {} labels: make them equal",
                        outputs, classes);
    if (spec_.loss == Loss::logistic && (outputs != 1 || classes != 2))
      why = fmt::format("logistic loss needs 1 output and 2 labels, here are {} and {}", outputs,
                        classes);
    if (spec_.loss == Loss::mean_squared &&
        (outputs != 1 || data_.schema.label_kind != record::LabelKind::number))
      why = "mean_squared loss needs 1 output and a numeric label column";
    if (!why.empty()) throw Error(Exit::usage, why);
  }

  void fill_sampling() {
    Sampling& s = plan_.sampling;
    s.records = data_.records;
    s.holdout = static_cast<u32>(std::floor(spec_.holdout * data_.records + 0.5));
    s.batch = spec_.batch;
    s.seed = spec_.seed;
    if (s.holdout >= s.records)
      throw Error(Exit::usage,
                  fmt::format("a holdout of {} leaves none of the {} records to train on",
                              s.holdout, s.records));
    if (s.batch > s.records - s.holdout)
      throw Error(
          Exit::usage,
          fmt::format("the batch of {} is larger than the {} records to train on: lower \"batch\"",
                      s.batch, s.records - s.holdout));
    s.shards = spec_.shards;
    if (s.shards > s.records - s.holdout)
      throw Error(Exit::usage, fmt::format("{} shards of {} records to train on: lower \"shards\"",
                                           s.shards, s.records - s.holdout));
    const u64 steps =
        spec_.steps ? u64{*spec_.steps} : u64{*spec_.epochs} * s.shards * batches_per_epoch(s);
    if (steps > (u64{1} << 24))
      throw Error(Exit::usage, fmt::format("{} steps: at most 2^24 are supported", steps));
    s.steps = static_cast<u32>(steps);
  }

  u32 rate_bits_of(const FormatAttempt& attempt) const {
    if (spec_.formats.rate_bits) return *spec_.formats.rate_bits;
    return choose_rate_bits(spec_, plan_.sampling.steps, attempt.rate_extra);
  }

  DryRun dry_run(u32 rate_bits, u32 steps) {
    const std::vector<u32> factors = step_factors(spec_, plan_.sampling.steps, rate_bits);
    FloatTwin twin(spec_, data_, plan_.sampling);
    if (!options_.start.empty()) twin.start_from(options_.start);
    DryRun dry;
    const u32 window = std::min(steps, kLossWindow);
    for (u32 t = 0; t < steps; ++t) {
      const double loss = twin.step(t, std::ldexp(factors[t], -static_cast<int>(rate_bits)));
      if (steps - t <= window) dry.loss += loss / window;
      check_magnitudes(twin.stats(), t);
      if (options_.progress) options_.progress(t + 1, steps);
    }
    dry.stats = twin.stats();
    if (steps == plan_.sampling.steps)
      dry.score = twin.score(Batches(plan_.sampling).scored_rows());
    return dry;
  }

  void check_magnitudes(const std::vector<LayerStats>& stats, u32 step) const {
    for (std::size_t i = 0; i < stats.size(); ++i) {
      const double largest = std::max(stats[i].largest, stats[i].largest_delta);
      if (largest <= kLargestValue) continue;
      const auto at = std::max_element(data_.x.begin(), data_.x.end(), [](i32 a, i32 b) {
        return std::abs(i64{a}) < std::abs(i64{b});
      });
      const auto& column =
          data_.schema.features[static_cast<std::size_t>(at - data_.x.begin()) % data_.features];
      throw Error(Exit::diverged,
                  fmt::format("layer {} ({}) reaches {:.2g} in the dry run at step {}: standardise "
                              "the data (largest column: "
                              "'{}', {:.4g}) or lower the learning rate (now {:g})",
                              i + 1, spec_.layers[i].name, largest, step, column.name,
                              std::ldexp(*at, -static_cast<int>(data_.schema.frac_x)),
                              rate_at(spec_, step)));
    }
  }

  void check_dead(const DryRun& dry) const {
    for (std::size_t i = 0; i < spec_.layers.size(); ++i)
      if (spec_.layers[i].activation == Activation::relu && dry.stats[i].nonzero == 0)
        throw Error(
            Exit::diverged,
            fmt::format("layer {} ({}) is dead in the dry run: every unit is zero on every record; "
                        "lower the rate or change the seed",
                        i + 1, spec_.layers[i].name));
  }

  // The widest remainder that one lookup covers: the proof's widest range table, where the run is large enough for the
  // difference to matter.
  u32 most_remainder_bits(const Model& model) const {
    constexpr u32 kSmallRun = 16;
    const u32 limb = program_sizes(model, plan_.sampling).limb_bits;
    return limb < kSmallRun ? kMostRemainderBits : std::min(limb, kMostRemainderBits);
  }

  // The same where a table may be as long as half of each hidden layer's tensors.
  u32 wide_remainder_bits(const Model& model) const {
    u32 log_width = 64;
    for (u32 i = 0; i + 1 < model.num_layers; ++i)
      if (model.layers[i].kind == LayerKind::linear)
        log_width = std::min(log_width, ceil_log2(model.layers[i].out));
    const u32 log_samples = ceil_log2(plan_.sampling.steps) + ceil_log2(plan_.sampling.batch);
    const u32 most = most_remainder_bits(model);
    if (log_width == 64) return most;
    return std::max(most, std::min(kWideRemainderBits, log_width + log_samples - 1));
  }

  // Tables of a map have 2^(range_bits + 1) rows: of a run that reads them a few hundred times they would be most of the proof, so
  // there quotients have two bits less. Targets of mean_squared have a grid of their own.
  u32 range_bits() const {
    constexpr u32 kLeast = 13, kRowsOfACell = 6;
    if (spec_.loss == Loss::mean_squared) return kMaxRangeBits;
    u64 cells = 0;
    for (const LayerSpec& l : spec_.layers) cells += l.kind == LayerKind::linear ? l.out : 0;
    cells *= u64{plan_.sampling.steps} * plan_.sampling.batch;
    return std::clamp(ceil_log2(cells) + kRowsOfACell, kLeast, u32{kMaxRangeBits});
  }

  void choose(const DryRun& dry) {
    std::vector<Model> fitting;  // but for their remainders
    for (const FormatAttempt& attempt : kFormatAttempts)
      if (skipped_steps(attempt) <= skipped_steps(kFormatAttempts[0]))
        fitting.push_back(choose_formats(spec_, data_, dry.stats, attempt, rate_bits_of(attempt),
                                         range_bits(), options_.margin));
    const auto first_within = [&](auto most) {
      return std::find_if(fitting.begin(), fitting.end(), [&](const Model& model) {
        return widest_remainder(model) <= (this->*most)(model);
      });
    };
    auto chosen = first_within(&Planner::most_remainder_bits);
    if (chosen == fitting.end()) chosen = first_within(&Planner::wide_remainder_bits);
    plan_.model = chosen == fitting.end() ? fitting.front() : *chosen;
    if (spec_.loss == Loss::mean_squared) check_targets(dry);
  }

  // Steps whose rate is zero on the grid of an attempt: verifiers refuse them, so a coarser grid is no bargain for them.
  std::size_t skipped_steps(const FormatAttempt& attempt) const {
    const std::vector<u32> factors =
        step_factors(spec_, plan_.sampling.steps, rate_bits_of(attempt));
    return static_cast<std::size_t>(std::count(factors.begin(), factors.end(), 0u));
  }

  void check_targets(const DryRun& dry) const {
    const double range = std::ldexp(1.0, plan_.model.range_bits - static_cast<int>(plan_.frac_y));
    const double largest = dry.stats.back().largest;
    if (largest >= range)
      throw Error(
          Exit::diverged,
          fmt::format(
              "scores reach {:.4g} in the dry run, targets with {} fractional bits allow {:g}: "
              "lower \"frac_y\" or the learning rate",
              largest, plan_.frac_y, range));
  }

  void fill_optimiser() {
    plan_.runs = runs_of(step_factors(spec_, plan_.sampling.steps, plan_.model.rate_bits));
    plan_.optimiser.num_runs = static_cast<u32>(plan_.runs.size());
    plan_.optimiser.runs = plan_.runs.data();
  }

  void fill_impulse() {
    plan_.optimiser.period = spec_.period;
    const std::vector<u16> impulse = impulse_of(spec_.momentum);
    plan_.optimiser.num_impulse = static_cast<u32>(impulse.size());
    std::copy(impulse.begin(), impulse.end(), plan_.optimiser.impulse);
  }

  void add_notes(const DryRun& dry, u32 steps) {
    const double unit = std::ldexp(
        static_cast<double>(spec_.batch) * (spec_.momentum > 0 ? 1u << kImpulseBits : 1u),
        -static_cast<int>(plan_.model.rate_bits));
    u32 smallest = ~u32{0}, largest = 0;
    for (const Optimiser::Run& run : plan_.runs) {
      smallest = std::min(smallest, run.c);
      largest = std::max(largest, run.c);
    }
    plan_.notes.push_back(smallest == largest
                              ? fmt::format("rate {:g} at every step (c = {}, k = {})",
                                            largest * unit, largest, plan_.model.rate_bits)
                              : fmt::format("rates between {:g} and {:g} (c = {}..{}, k = {}), "
                                            "their running sum as specified",
                                            smallest * unit, largest * unit, smallest, largest,
                                            plan_.model.rate_bits));
    if (const u32 skipped = skipped_steps(); skipped > 0)
      plan_.notes.push_back(fmt::format(
          "warning: the rate of {} of the {} steps is zero or rounds to it: verifiers refuse that "
          "unless their policy says so (\"max_skipped_steps\"); more \"rate_bits\" keep small "
          "rates "
          "from rounding",
          skipped, steps));
    if (const u32 bits = widest_remainder(plan_.model); bits > wide_remainder_bits(plan_.model))
      plan_.notes.push_back(fmt::format(
          "note: remainders of {} bits take two limbs per rescale: about 1.5 times the lookups; a "
          "larger rate or smaller batch avoids it",
          bits));
    const double chance = chance_loss();
    if (steps >= kLossWindow && dry.loss >= 0.995 * chance)
      plan_.notes.push_back(
          fmt::format("warning: the dry run does not learn (loss {:.3g} after {} steps, chance "
                      "{:.3g}); a proof "
                      "would be valid and worthless",
                      dry.loss, steps, chance));
  }

  // Steps none of whose response meets a rate.
  u32 skipped_steps() const {
    const std::vector<u32> factors = factors_of(plan_.optimiser);
    const u32 steps = static_cast<u32>(factors.size());
    u32 skipped = 0, zeros = 0;  // zeros: rates of zero from here on
    for (u32 t = steps; t-- > 0;) {
      if (plan_.optimiser.period != 0 && (t + 1) % plan_.optimiser.period == 0) zeros = 0;
      zeros = factors[t] == 0 ? zeros + 1 : 0;
      const u32 period_end =
          plan_.optimiser.period == 0
              ? steps
              : std::min(steps, (t / plan_.optimiser.period + 1) * plan_.optimiser.period);
      skipped += zeros >= std::min(plan_.optimiser.num_impulse, period_end - t);
    }
    return skipped;
  }

  double chance_loss() const {
    if (spec_.loss == Loss::logistic) return std::log(2.0);
    if (spec_.loss == Loss::cross_entropy)
      return std::log(static_cast<double>(spec_.layers.back().out));
    double mean = 0, squares = 0;
    for (const i32 y : data_.label) {
      const double value = std::ldexp(y, -static_cast<int>(plan_.frac_y));
      mean += value / data_.records;
      squares += value * value / data_.records;
    }
    return 0.5 * (squares - mean * mean);
  }

  const RunSpec& spec_;
  const record::Dataset& data_;
  const PlanOptions& options_;
  RunPlan plan_;
};

}  // namespace

RunPlan make_run_plan(const RunSpec& spec, const record::Dataset& data,
                      const PlanOptions& options) {
  return Planner(spec, data, options).make();
}

}  // namespace pedigree::train
