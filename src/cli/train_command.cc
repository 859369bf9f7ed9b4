#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/exit.h"
#include "cli/files.h"
#include "cli/hex.h"
#include "cli/options.h"
#include "cli/prove_memory.h"
#include "cli/run_directory.h"
#include "kernel/parallel.h"
#include "proof/weights_file_write.h"
#include "train/blas.h"
#include "train/exact_score.h"
#include "train/plan.h"
#include "train/score.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

struct TrainOptions {
  std::string spec, data, label, out;
  u32 dry_run = 0, margin = 3;
};

// One training, from files to a run directory.
class Training {
 public:
  Training(const TrainOptions& options, Session& session) : o_(options), session_(session) {}

  int run() {
    require_free(o_.out, "run directory");
    read();
    plan();
    compile();
    train();
    const json metrics = write();
    session_.result(metrics, summary(metrics));
    return kDone;
  }

 private:
  void read() {
    const std::string text = read_text(o_.spec);
    spec_ = train::parse_spec(text, o_.spec);
    canonical_spec_ = json::parse(text).dump();
    source_digest_ = keccak256(bytes_of(read_text(o_.data)));
    data_ = train::read_records(spec_, o_.data, o_.label);
    try {
      canonical_schema_ = record::to_json(data_.schema).dump();
    } catch (const json::exception&) {
      throw Failure(
          kUnsupported,
          fmt::format(
              "{}: a column or a label is not UTF-8 text: convert the file, as with iconv -t UTF-8",
              o_.data));
    }
  }

  // What the program made of the columns, for the user to see.
  void print_schema() const {
    constexpr std::size_t kShown = 6;
    std::string text =
        fmt::format("{}: {} records, {} features; integer = (value - offset) * 2^scale:", o_.data,
                    data_.records, data_.features);
    for (std::size_t i = 0; i < data_.schema.features.size() && i < kShown; ++i) {
      const record::Column& c = data_.schema.features[i];
      text +=
          fmt::format("\n  {:<24} offset {}, scale {}", c.name, record::to_text(c.offset), c.scale);
    }
    if (data_.schema.features.size() > kShown)
      text += fmt::format("\n  and {} more: {}/schema.json", data_.schema.features.size() - kShown,
                          o_.out);
    session_.say(text);
  }

  void plan() {
    train::PlanOptions options;
    options.dry_run_steps = o_.dry_run;
    options.margin = o_.margin;
    options.progress = [this](u32 done, u32 all) {
      session_.progress("dry run", 0.5 * done / all);
    };
    plan_ = train::make_run_plan(spec_, data_, options);
    print_schema();
    for (const std::string& note : plan_.notes) session_.say(note);
  }

  // The statement of the proof to come: whatever it would refuse is refused here, before the
  // training.
  void compile() {
    arena_ = std::make_unique<OwnedArena>(16 * plan_.runs.size() + (std::size_t{1} << 16));
    Statement& s = statement_;
    s.profile = spec_.profile == "small" ? Profile::small : Profile::fast;
    s.model = plan_.model;
    s.optimiser = plan_.optimiser;
    s.sampling = plan_.sampling;
    s.schema = keccak256(bytes_of(canonical_schema_));
    s.runs = Vec<Optimiser::Run>(arena_->get(), std::span<const Optimiser::Run>(plan_.runs));
    s.optimiser.runs = s.runs.data();
    s.context = Vec<u8>(arena_->get());
    compiled_memory_ =
        std::make_unique<OwnedArena>(2 * statement_memory(s) + 64 * encode_statement(s).size());
    const u64 slots = u64{1} << (ceil_log2(s.sampling.steps) + ceil_log2(s.sampling.batch));
    if (slots > u64{1} << kMaxLogSamples)
      throw Failure(kUnsupported,
                    fmt::format("{} steps with batches of {} are more than one proof holds (2^{} "
                                "slots, each number rounded up to a power of two): lower the steps",
                                s.sampling.steps, s.sampling.batch, kMaxLogSamples));
    auto compiled = compile_statement(s, compiled_memory_->get());
    if (!compiled.ok()) refuse_statement(compiled.why());
    compiled_ = compiled.value();
    prove_memory_ = prove_memory(compiled_.layout);
    if (prove_memory_ > machine_memory())
      session_.say(
          fmt::format("warning: proving this run will take about {} of memory, this machine has {}",
                      size_text(prove_memory_), size_text(machine_memory())));
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
    const train::Cells cells = train::cells_of(data_, plan_.model);
    const double before = cpu_seconds();
    train::ExactRun run(compiled_.program, statement_.model, statement_.optimiser,
                        statement_.sampling, cells, plan_.layer_names);
    const u32 steps = statement_.sampling.steps;
    run.run(steps, nullptr,
            [&](u32 done) { session_.progress("exact training", 0.5 + 0.5 * done / steps); });
    plain_cpu_seconds_ = cpu_seconds() - before;
    const std::vector<u32> rows = train::Batches(statement_.sampling).scored_rows();
    const auto scores =
        train::exact_scores(plan_.model, compiled_.program, run.weights(), data_, rows);
    std::vector<i32> labels;
    for (const u32 row : rows) labels.push_back(data_.label[row]);
    score_exact_ =
        train::score_of(plan_.model.loss, plan_.model.outputs, scores, labels, plan_.frac_y);
    scored_records_ = static_cast<u32>(rows.size());
    std::vector<std::vector<i64>> entries;
    for (ParameterId w = 0; w < compiled_.program.parameters.size(); ++w)
      entries.push_back(run.weights().entries(w));
    weights_ = write_weights_file(compiled_.program.parameters.span(), entries);
  }

  json write() {
    const u32 holdout = statement_.sampling.holdout;
    json metrics = {{"run", o_.out},
                    {"steps", statement_.sampling.steps},
                    {"records", data_.records},
                    {"metric", plan_.model.loss == Loss::mean_squared ? "r_squared" : "accuracy"},
                    {"scored_on", holdout > 0 ? "held-out records" : "training records"},
                    {"scored_records", scored_records_},
                    {"accuracy_exact", score_exact_},
                    {"accuracy_float", plan_.has_twin ? json(plan_.score_float) : json(nullptr)},
                    {"weights", (std::filesystem::path(o_.out) / "weights.safetensors").string()},
                    {"weights_commitment", digest_text(keccak256(weights_).bytes)},
                    {"notes", plan_.notes},
                    {"prove_memory_bytes", prove_memory_},
                    {"plain_cpu_seconds", plain_cpu_seconds_},
                    {"cpu_seconds", cpu_seconds()},
                    {"peak_bytes", peak_bytes()}};
    NewRun run;
    run.spec = canonical_spec_;
    run.schema = canonical_schema_;
    run.statement = statement_file(statement_);
    run.data = &data_;
    run.weights = weights_;
    run.metrics = metrics.dump(2) + "\n";
    run.source = std::filesystem::path(o_.data).filename().string();
    run.label = o_.label;
    run.source_digest = source_digest_;
    write_run(o_.out, run);
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

  const TrainOptions& o_;
  Session& session_;
  train::RunSpec spec_;
  record::Dataset data_;
  train::RunPlan plan_;
  std::string canonical_spec_, canonical_schema_;
  Digest source_digest_;
  std::unique_ptr<OwnedArena> arena_, compiled_memory_;
  Statement statement_;
  Compiled compiled_;
  std::vector<u8> weights_;
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
  app->add_option("--data", options->data, "records, one a row, with a header (CSV)")
      ->required()
      ->type_name("FILE.csv");
  app->add_option("--label", options->label, "name of the label column")
      ->required()
      ->type_name("COL");
  app->add_option("-o,--out", options->out, "run directory, made new")
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
