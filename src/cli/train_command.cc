#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/cut.h"
#include "cli/exit.h"
#include "cli/files.h"
#include "cli/hex.h"
#include "cli/options.h"
#include "cli/prove_memory.h"
#include "cli/run_directory.h"
#include "cli/training_log.h"
#include "kernel/parallel.h"
#include "op/op.h"
#include "proof/weights_file_write.h"
#include "tensor/order.h"
#include "train/blas.h"
#include "train/exact_score.h"
#include "train/formats.h"
#include "train/plan.h"
#include "train/score.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

struct TrainOptions {
  std::string spec, label, labels, out;
  std::vector<std::string> data;
  u32 dry_run = 0, margin = 3, checkpoint_every = 0;
};

struct Beacons {
  std::string source;
  u64 round = 0;
  Digest value;
  u8 signature[64] = {};
};

// {"source": "...", "round": 7, "value": "keccak256:...", "signature": "128 hexadecimal digits"}
Beacons read_beacon(const std::string& path) {
  const json root = json::parse(read_text(path), nullptr, false);
  Beacons beacon;
  const std::string prefix = "keccak256:";
  bool good = root.is_object() && root.value("source", json()).is_string() &&
              root.value("round", json()).is_number_unsigned() &&
              root.value("value", json()).is_string() &&
              root.value("signature", json("")).is_string();
  if (good) {
    beacon.source = root["source"].get<std::string>();
    beacon.round = root["round"].get<u64>();
    const std::string value = root["value"].get<std::string>(),
                      signature = root.value("signature", std::string(128, '0'));
    Digest halves[2];
    good = !beacon.source.empty() && beacon.source.size() <= kMaxNameBytes &&
           value.starts_with(prefix) &&
           custody::parse_hex(value.substr(prefix.size()), beacon.value) &&
           signature.size() == 128 && custody::parse_hex(signature.substr(0, 64), halves[0]) &&
           custody::parse_hex(signature.substr(64), halves[1]);
    for (u32 h = 0; h < 2; ++h) std::memcpy(beacon.signature + 32 * h, halves[h].bytes, 32);
  }
  if (!good)
    throw Failure(kUnsupported,
                  fmt::format("{}: a beacon is a JSON object with \"source\", \"round\", \"value\" "
                              "(keccak256:...) and \"signature\" (128 hexadecimal digits)",
                              path));
  return beacon;
}

// One training, from files to a run directory.
class Training {
 public:
  Training(const TrainOptions& options, Session& session) : o_(options), session_(session) {}

  int run() {
    require_place();
    read();
    plan();
    compile();
    train();
    const json metrics = write();
    session_.result(metrics, summary(metrics));
    return kDone;
  }

 private:
  // A new folder, or the one of a training that was interrupted.
  void require_place() {
    std::error_code ignored;
    resumes_ = std::filesystem::exists(o_.out + "/training.json", ignored) &&
               !std::filesystem::exists(o_.out + "/run.json", ignored);
    if (resumes_) {
      remove_leftovers(o_.out);
      remove_leftovers(o_.out + "/checkpoints");
      return;
    }
    // Killed before its first file was whole: an empty folder is as good as none.
    if (std::filesystem::is_directory(o_.out, ignored)) {
      remove_leftovers(o_.out, "training.json");
      if (std::filesystem::is_empty(o_.out, ignored)) return;
    }
    require_free(o_.out, "run directory");
  }

  void read() {
    const std::string text = read_text(o_.spec);
    spec_ = train::parse_spec(text, o_.spec);
    canonical_spec_ = json::parse(text).dump();
    if (!spec_.beacon.empty()) beacon_ = read_beacon(beside_spec(spec_.beacon));
    std::vector<std::string> data = o_.data;
    if (resumes_) check_resumed();
    std::error_code ignored;
    const std::string own = o_.out + "/data";
    if (resumes_ && std::filesystem::exists(own, ignored)) data = {own};
    if (data.size() == 1 && !std::filesystem::is_directory(data[0], ignored) && o_.label.empty() &&
        o_.labels.empty())
      throw Failure(kUsage, "--label COL is needed with a file of records");
    data_ = read_training_data(spec_, data, o_.label, o_.labels);
    canonical_schema_ = data_.datasets[0].schema_text;
  }

  std::string beside_spec(const std::string& file) const {
    return (std::filesystem::path(o_.spec).parent_path() / file).string();
  }

  // What a training that goes on must have in common with the one that was interrupted.
  json identity() const {
    json sources = json::array();
    for (const std::string& path : o_.data) sources.push_back(path);
    return {{"spec", digest_text(keccak256(bytes_of(canonical_spec_)).bytes)},
            {"data", sources},
            {"label", o_.label},
            {"dry_run", o_.dry_run},
            {"margin", o_.margin}};
  }
  void check_resumed() const {
    if (json::parse(read_text(o_.out + "/training.json"), nullptr, false) != identity())
      throw Failure(kUsage, fmt::format("{} holds an interrupted training with other settings or "
                                        "records: remove it or choose another name",
                                        o_.out));
  }

  // What the program made of the columns, for the user to see.
  void print_schema() const {
    constexpr std::size_t kShown = 6;
    const record::Schema& schema = data_.all.schema;
    std::string text = fmt::format(
        "{}: {} records, {} features; integer = (value - offset) * 2^scale:", o_.data[0],
        data_.all.records, data_.all.features);
    for (std::size_t i = 0; i < schema.features.size() && i < kShown; ++i) {
      const record::Column& c = schema.features[i];
      text +=
          fmt::format("\n  {:<24} offset {}, scale {}", c.name, record::to_text(c.offset), c.scale);
    }
    if (schema.features.size() > kShown)
      text +=
          fmt::format("\n  and {} more: {}/schema.json", schema.features.size() - kShown, o_.out);
    session_.say(text);
  }

  void plan() {
    arena_ = std::make_unique<OwnedArena>((std::size_t{1} << 22) + 4096 * data_.datasets.size());
    begin_statement();
    train::PlanOptions options;
    options.dry_run_steps = o_.dry_run;
    options.margin = o_.margin;
    options.progress = [this](u32 done, u32 all) {
      session_.progress("dry run", 0.5 * done / all);
    };
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
  void begin_statement() {
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
  std::vector<std::pair<u32, u32>> shapes() const {
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

  // The statement of the proof to come: whatever it would refuse is refused here, before the
  // training.
  void compile() {
    Statement& s = statement_;
    s.model = plan_.model;
    s.optimiser = plan_.optimiser;
    s.sampling = plan_.sampling;
    s.sampling.seed = spec_.seed;
    s.runs = Vec<Optimiser::Run>(arena_->get(), std::span<const Optimiser::Run>(plan_.runs));
    settle(s);
    CutOptions cut;
    cut.max_memory = machine_memory();
    cut.weight_bits = [](u32) { return kUsualWeightBits; };  // found out when it is proven
    Statement trial = s;
    try {
      cut_segments(trial, arena_->get(), plan_.layer_names, cut);
    } catch (const Failure& e) {
      if (e.code() != kOverBudget) throw;
      session_.say(fmt::format("warning: {}", e.what()));
      cut.max_memory = 0;
      cut_segments(trial, arena_->get(), plan_.layer_names, cut);
    }
    compiled_memory_ = std::make_unique<OwnedArena>(2 * statement_memory(trial) +
                                                    64 * encode_statement(trial).size());
    auto compiled = compile_statement(trial, compiled_memory_->get());
    if (!compiled.ok()) refuse_statement(compiled.why());
    compiled_ = compiled.value();
    prove_memory_ = prove_memory(compiled_, static_cast<u32>(compiled_.segments.size()));
    round_start();
  }

  // A named start lies on the run's grid; the file on it is what the statement names.
  void round_start() {
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

  [[noreturn]] void refuse_statement(const Refusal& why) const {
    const bool names_layer = why.check == Check::bound || why.check == Check::statement_layer ||
                             why.check == Check::statement_format;
    std::string text =
        names_layer && why.index >= 1 && why.index <= plan_.layer_names.size()
            ? fmt::format("layer {} ({}): ", why.index, plan_.layer_names[why.index - 1])
            : "";
    text += check_text(why.check);
    if (why.check == Check::statement_size || why.check == Check::bound)
      throw Failure(kUnsupported,
                    text + ": lower the steps, the batch or the widths of the layers");
    throw Failure(kUsage, fmt::format("{} (setting {}): see \"formats\" of the specification", text,
                                      why.index));
  }

  void train() {
    const train::Cells cells = data_.cells();
    Sampling sampling = statement_.sampling;
    sampling.seed = run_seed(statement_);
    const u32 steps = sampling.steps;
    const Program& program = compiled_.segments[0].program;
    const Checkpoints checkpoints(o_.out + "/checkpoints", run_digest(statement_));
    train::WeightState begin{start_, {}};
    u32 first = 0;
    if (resumes_) {
      std::vector<std::string> skipped;
      if (auto found = checkpoints.newest(steps, &skipped); found.step > 0) {
        first = found.step;
        begin = std::move(found.state);
        if (!log_.recall(first, plain_cpu_seconds_))
          session_.say("note: the losses and accuracies of earlier epochs are lost");
        session_.say(fmt::format("going on from step {}", first));
      }
      for (const std::string& sentence : skipped) session_.say("note: " + sentence);
    }
    const double before = cpu_seconds();
    train::ExactRun run = begin.entries.empty()
                              ? train::ExactRun(program, statement_.model, statement_.optimiser,
                                                sampling, cells, plan_.layer_names)
                              : train::ExactRun(program, statement_.model, statement_.optimiser,
                                                sampling, cells, plan_.layer_names, first, begin);
    run.watch_loss();
    const u32 every =
        o_.checkpoint_every != 0 ? o_.checkpoint_every : std::max(256u, (steps + 15) / 16);
    u32 epoch = 0;
    for (u32 step = 0; step < steps && epoch_end(sampling, step) <= first;
         step = epoch_end(sampling, step))
      ++epoch;
    while (run.next_step() < steps) {
      const u32 next = run.next_step(), end = epoch_end(sampling, next),
                stop = std::min((next / every + 1) * every, end);
      run.run(stop, nullptr, [&](u32 done) {
        session_.progress("exact training", 0.5 + 0.5 * done / steps);
        for (const std::string& sentence : log_.follow(run)) session_.say(sentence);
      });
      if (stop == end && ++epoch != 0 && stop < steps) score_epoch(run, sampling, epoch);
      if (stop % every == 0 && stop < steps) {
        keep_folder();
        log_.keep(stop, plain_cpu_seconds_ + cpu_seconds() - before);
        checkpoints.write(stop, run.weights().save());
      }
    }
    plain_cpu_seconds_ += cpu_seconds() - before;
    score_epoch(run, sampling, epoch);
    score_exact_ = log_.epochs().back()["accuracy"].get<double>();
    weights_ = write_weights_file(program.parameters.span(), run.weights().all_entries());
  }

  // The end of the epoch that `step` lies in: with shards, that of its shard at the latest.
  static u32 epoch_end(const Sampling& s, u32 step) {
    const u32 shard = static_cast<u32>(u64{step} * s.shards / s.steps),
              begin = first_step_of_shard(s, shard), per_epoch = batches_per_epoch(s);
    return std::min(begin + ((step - begin) / per_epoch + 1) * per_epoch,
                    first_step_of_shard(s, shard + 1));
  }

  // Loss and accuracy on the held-out records, or on a sample of those of the training, after an epoch.
  void score_epoch(train::ExactRun& run, const Sampling& sampling, u32 epoch) {
    const bool last = run.next_step() == sampling.steps;
    std::vector<u32> rows = train::Batches(sampling).scored_rows();
    constexpr std::size_t kMostBetween = 2048;
    if (!last && rows.size() > kMostBetween) rows.resize(kMostBetween);
    const auto scores = train::exact_scores(plan_.model, compiled_.segments[0].program,
                                            run.weights(), data_.all, rows);
    std::vector<i32> labels;
    for (const u32 row : rows) labels.push_back(data_.all.label[row]);
    const double score =
        train::score_of(plan_.model.loss, plan_.model.outputs, scores, labels, plan_.frac_y);
    const double loss =
        train::loss_of(plan_.model.loss, plan_.model.outputs, scores, labels, plan_.frac_y);
    log_.end_epoch({{"epoch", epoch},
                    {"step", run.next_step()},
                    {"loss", loss},
                    {"accuracy", score},
                    {"records", rows.size()}});
    if (last) scored_records_ = static_cast<u32>(rows.size());
  }

  // The run directory appears with the first state that is worth keeping.
  void keep_folder() {
    if (kept_) return;
    kept_ = true;
    make_folder(o_.out);
    replace_file(o_.out + "/training.json", bytes_of(identity().dump(2) + "\n"), false);
    const std::string own = o_.out + "/data";
    std::error_code ignored;
    if (!data_.datasets[0].path.empty() || std::filesystem::exists(own, ignored)) return;
    std::vector<NamedBytes> files;
    for (custody::DatasetFile& file : custody::dataset_files(data_.datasets[0]))
      files.push_back({std::move(file.name), std::move(file.bytes), file.is_private});
    write_folder(own, files);
  }

  // Folders of the datasets: the run's own by its name within, others by their absolute place.
  std::vector<std::string> dataset_folders() const {
    if (std::filesystem::exists(o_.out + "/data")) return {"data"};
    std::vector<std::string> all;
    for (const std::string& path : o_.data)
      all.push_back(std::filesystem::absolute(path).lexically_normal().string());
    return all;
  }

  json write() {
    const u32 holdout = statement_.sampling.holdout;
    json metrics = {{"run", o_.out},
                    {"steps", statement_.sampling.steps},
                    {"records", data_.all.records},
                    {"metric", plan_.model.loss == Loss::mean_squared ? "r_squared" : "accuracy"},
                    {"scored_on", holdout > 0 ? "held-out records" : "training records"},
                    {"scored_records", scored_records_},
                    {"accuracy_exact", score_exact_},
                    {"accuracy_float", plan_.has_twin ? json(plan_.score_float) : json(nullptr)},
                    {"epochs", log_.epochs()},
                    {"ranges", log_.ranges()},
                    {"weights", (std::filesystem::path(o_.out) / "weights.safetensors").string()},
                    {"weights_commitment", digest_text(keccak256(weights_).bytes)},
                    {"notes", plan_.notes},
                    {"prove_memory_bytes", prove_memory_},
                    {"plain_cpu_seconds", plain_cpu_seconds_},
                    {"cpu_seconds", cpu_seconds()},
                    {"peak_bytes", peak_bytes()}};
    const bool fresh = !kept_ && !resumes_;
    NewRun run;
    run.spec = canonical_spec_;
    run.schema = canonical_schema_;
    run.statement = encode_file(statement_, {});
    run.start = start_file_;
    run.weights = weights_;
    run.metrics = metrics.dump(2) + "\n";
    try {
      keep_folder();
      run.datasets = dataset_folders();
      write_run(o_.out, run);
    } catch (const Failure&) {  // states of the training stay, a half-written run does not
      std::error_code ignored;
      if (fresh) std::filesystem::remove_all(o_.out, ignored);
      throw;
    }
    return metrics;
  }

  std::string summary(const json& m) const {
    const auto score = [](const json& x) {
      return x.is_null() ? std::string("not run (--dry-run)")
                         : fmt::format("{:.4f}", x.get<double>());
    };
    return fmt::format(
        "trained {} steps in exact integers\n  {} on {} {}: exact {}, float twin {}\n"
        "  CPU {:.2f} s, peak memory {}\n  run {}, weights {}\n  proving it will take about {} of "
        "memory\n",
        statement_.sampling.steps, m["metric"].get<std::string>(), scored_records_,
        m["scored_on"].get<std::string>(), score(m["accuracy_exact"]), score(m["accuracy_float"]),
        m["cpu_seconds"].get<double>(), size_text(m["peak_bytes"].get<u64>()), o_.out,
        m["weights"].get<std::string>(), size_text(prove_memory_));
  }

  static constexpr u32 kUsualWeightBits = 32;

  const TrainOptions& o_;
  Session& session_;
  bool resumes_ = false, kept_ = false;
  train::RunSpec spec_;
  TrainingData data_;
  Beacons beacon_;
  train::RunPlan plan_;
  std::string canonical_spec_, canonical_schema_;
  std::unique_ptr<OwnedArena> arena_, compiled_memory_;
  Statement statement_;
  Compiled compiled_;
  std::vector<std::vector<double>> start_values_;
  WeightEntries start_;
  std::vector<u8> weights_, start_file_;
  TrainingLog log_{o_.out};
  double score_exact_ = 0, plain_cpu_seconds_ = 0;
  u32 scored_records_ = 0;
  u64 prove_memory_ = 0;
};

}  // namespace

Command train_command(CLI::App& program) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App* app =
      add_command(program, "train", "train in exact integers and keep what a proof needs",
                  "pedigree train examples/breast_cancer.json --data "
                  "examples/data/breast_cancer.csv --label label -o run/");
  app->add_option("spec", options->spec, "run specification (JSON)")->required()->type_name("SPEC");
  app->add_option("--data", options->data,
                  "datasets of `pedigree data`, or one file of records (CSV, NPY, NPZ, IDX)")
      ->required()
      ->type_name("DIR...");
  app->add_option("--label", options->label, "with a file: name of the label column")
      ->type_name("COL");
  app->add_option("--labels", options->labels, "with an IDX or NPY file: the file of its labels")
      ->type_name("FILE");
  app->add_option(
         "--checkpoint-every", options->checkpoint_every,
         "steps between the states that are kept (default: a sixteenth of the run, at least 256)")
      ->type_name("STEPS");
  app->add_option("-o,--out", options->out,
                  "run directory, made new; or that of an interrupted training")
      ->required()
      ->type_name("RUN/");
  app->add_option("--dry-run", options->dry_run,
                  "steps of the float run from which number formats are chosen (default: all)")
      ->type_name("STEPS");
  app->add_option("--margin", options->margin,
                  "bits of room above the largest value of that run (default 3)")
      ->check(CLI::Range(0, 12))
      ->type_name("BITS");
  add_work_options(*app);
  add_json(*app);
  return {app, [options](Session& session) { return Training(*options, session).run(); }};
}

}  // namespace pedigree::cli
