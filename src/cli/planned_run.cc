#include "cli/planned_run.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/cut.h"
#include "cli/exit.h"
#include "cli/files.h"
#include "cli/prove_memory.h"
#include "cli/run_directory.h"
#include "op/op.h"
#include "proof/weights_file_write.h"
#include "train/formats.h"

namespace pedigree::cli {

namespace {

constexpr u32 kUsualWeightBits = 32;

}  // namespace

void PlannedRun::read_spec() {
  const std::string text = read_text(o_.spec);
  spec_ = train::parse_spec(text, o_.spec);
  canonical_spec_ = nlohmann::json::parse(text).dump();
  if (!spec_.beacon.empty()) beacon_ = read_beacon(beside_spec(spec_.beacon));
}

void PlannedRun::read_data(const std::vector<std::string>& paths) {
  std::error_code ignored;
  if (paths.size() == 1 && !std::filesystem::is_directory(paths[0], ignored) && o_.label.empty() &&
      o_.labels.empty())
    throw Failure(kUsage, "--label COL is needed with a file of records");
  data_ = read_training_data(spec_, paths, o_.label, o_.labels);
}

std::string PlannedRun::beside_spec(const std::string& file) const {
  return (std::filesystem::path(o_.spec).parent_path() / file).string();
}

// What the program made of the columns, for the user to see.
void PlannedRun::print_schema() const {
  constexpr std::size_t kShown = 6;
  const record::Schema& schema = data_.all.schema;
  std::string text =
      fmt::format("{}: {} records, {} features; integer = (value - offset) * 2^scale:", o_.data[0],
                  data_.all.records, data_.all.features);
  for (std::size_t i = 0; i < schema.features.size() && i < kShown; ++i) {
    const record::Column& c = schema.features[i];
    text +=
        fmt::format("\n  {:<24} offset {}, scale {}", c.name, record::to_text(c.offset), c.scale);
  }
  if (schema.features.size() > kShown)
    text += fmt::format("\n  and {} more: {}/schema.json", schema.features.size() - kShown, o_.out);
  session_.say(text);
}

void PlannedRun::plan() {
  arena_ = std::make_unique<OwnedArena>((std::size_t{1} << 22) + 4096 * data_.datasets.size());
  begin_statement();
  train::PlanOptions options;
  options.dry_run_steps = o_.dry_run;
  options.margin = o_.margin;
  options.progress = [this](u32 done, u32 all) { session_.progress("dry run", 0.5 * done / all); };
  options.seed_of = [this](const Model& model, const Optimiser& optimiser,
                           const Sampling& sampling) {
    Statement s = statement_;
    s.model = model;
    s.optimiser = optimiser;
    s.sampling = sampling;
    return run_seed(s);
  };
  if (!spec_.init.empty()) options.start = start_values_;
  plan_ = train::make_run_plan(spec_, data_.all, options);
  print_schema();
  for (const std::string& note : plan_.notes) session_.say(note);
}

// Datasets, beacon and start: what the seed is bound to.
void PlannedRun::begin_statement() {
  Statement& s = statement_;
  Arena& arena = arena_->get();
  const auto bytes = [&](std::string_view text) { return Vec<u8>(arena, bytes_of(text)); };
  s.profile = data_.datasets[0].manifest.profile;
  s.datasets = Vec<Manifest>(arena);
  for (const custody::DatasetFolder& d : data_.datasets) s.datasets.push_back(d.manifest);
  s.segments = Vec<SegmentStatement>(arena);
  s.runs = Vec<Optimiser::Run>(arena);
  for (Vec<u8>* text : {&s.context.purpose, &s.context.text}) *text = Vec<u8>(arena);
  s.beacon.source = bytes(beacon_.source);
  s.beacon.round = beacon_.round;
  s.beacon.value = beacon_.value;
  std::memcpy(s.beacon.signature, beacon_.signature, sizeof s.beacon.signature);
  if (spec_.init.empty()) return;
  const std::string path = beside_spec(spec_.init);
  const std::vector<u8> file = read_bytes(path);
  s.start_kind = StartKind::named;
  s.start_weights = keccak256(file);
  start_values_ = read_start(file, path, shapes());
}

// Inputs and outputs of each parameter, weight then bias, layer by layer.
std::vector<std::pair<u32, u32>> PlannedRun::shapes() const {
  std::vector<std::pair<u32, u32>> all;
  const Model model = train::architecture_of(spec_, data_.all);
  for (u32 i = 1; i <= model.num_layers; ++i) {
    const Layer& l = model.layers[i - 1];
    if (l.kind != LayerKind::linear || l.share != 0) continue;
    all.push_back({op::width_of(model, l.input), l.out});
    all.push_back({1, l.out});
  }
  return all;
}

void PlannedRun::compile() {
  Statement& s = statement_;
  s.model = plan_.model;
  s.optimiser = plan_.optimiser;
  s.sampling = plan_.sampling;
  s.sampling.seed = spec_.seed;
  s.runs = Vec<Optimiser::Run>(arena_->get(), std::span<const Optimiser::Run>(plan_.runs));
  settle(s);
  CutOptions cut;
  cut.weight_bits = [](u32) { return kUsualWeightBits; };  // found out when it is proven
  Statement trial = s;
  u64 most = 0;
  try {
    most = cut_segments_to(0, trial, arena_->get(), plan_.layer_names, cut);
  } catch (const Failure& e) {
    if (e.code() != kOverBudget) throw;
    session_.say(fmt::format("warning: {}", e.what()));
    cut_segments(trial, arena_->get(), plan_.layer_names, cut);
  }
  compiled_memory_ = std::make_unique<OwnedArena>(2 * statement_memory(trial) +
                                                  64 * encode_statement(trial).size());
  auto compiled = compile_statement(trial, compiled_memory_->get());
  if (!compiled.ok()) refuse_statement(compiled.why());
  compiled_ = compiled.value();
  prove_memory_ = cli::prove_memory(trial, compiled_, static_cast<u32>(compiled_.segments.size()),
                                    room_of(trial, compiled_, most));
  round_start();
}

// A named start lies on the run's grid; the file on it is what the statement names.
void PlannedRun::round_start() {
  if (spec_.init.empty()) return;
  const auto& parameters = compiled_.segments[0].program.parameters;
  bool rounded = false;
  for (ParameterId w = 0; w < parameters.size(); ++w) {
    std::vector<i64>& out = start_.emplace_back();
    for (const double x : start_values_[w]) {
      const double scaled = std::ldexp(x, static_cast<int>(parameters[w].frac));
      if (!(std::fabs(scaled) < 9007199254740992.0))
        throw Failure(kUnsupported,
                      fmt::format("{}: a weight of {} is out of range", spec_.init, x));
      rounded = rounded || std::nearbyint(scaled) != scaled;
      out.push_back(static_cast<i64>(std::nearbyint(scaled)));
    }
  }
  start_file_ = write_weights_file(parameters.span(), start_);
  const Digest on_grid = keccak256(start_file_);
  if (on_grid == statement_.start_weights) return;
  // The seed is bound to the name that the user gave; the statement needs the one on the grid, so start and order follow from it.
  session_.say(
      fmt::format("note: {} is brought to the run's grid of 2^-{}{}; the proof names "
                  "{}/start.safetensors",
                  spec_.init, parameters[0].frac, rounded ? ", rounded" : "", o_.out));
  statement_.start_weights = on_grid;
}

void PlannedRun::refuse_statement(const Refusal& why) const {
  const bool names_layer = why.check == Check::bound || why.check == Check::statement_layer ||
                           why.check == Check::statement_format;
  std::string text =
      names_layer && why.index >= 1 && why.index <= plan_.layer_names.size()
          ? fmt::format("layer {} ({}): ", why.index, plan_.layer_names[why.index - 1])
          : "";
  text += check_text(why.check);
  if (why.check == Check::statement_size || why.check == Check::bound)
    throw Failure(kUnsupported, text + ": lower the steps, the batch or the widths of the layers");
  throw Failure(kUsage, fmt::format("{} (setting {}): see \"formats\" of the specification", text,
                                    why.index));
}

}  // namespace pedigree::cli
