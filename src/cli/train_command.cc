#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/exit.h"
#include "cli/files.h"
#include "cli/hex.h"
#include "cli/options.h"
#include "cli/planned_run.h"
#include "cli/run_directory.h"
#include "cli/training_log.h"
#include "proof/weights_file_write.h"
#include "tensor/order.h"
#include "train/exact_score.h"
#include "train/score.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

// One training, from files to a run directory.
class Training {
 public:
  Training(const TrainOptions& options, Session& session) : o_(options), session_(session) {}

  int run() {
    require_place();
    run_.read_spec();
    if (resumes_) check_resumed();
    run_.read_data(sources());
    run_.plan();
    run_.compile();
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

  // A training that goes on has its own copy of records that nobody committed.
  std::vector<std::string> sources() const {
    std::error_code ignored;
    const std::string own = o_.out + "/data";
    if (resumes_ && std::filesystem::exists(own, ignored)) return {own};
    return o_.data;
  }

  // What a training that goes on must have in common with the one that was interrupted.
  json identity() const {
    json sources = json::array();
    for (const std::string& path : o_.data) sources.push_back(path);
    return {{"spec", digest_text(keccak256(bytes_of(run_.canonical_spec())).bytes)},
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

  void train() {
    const train::Cells cells = run_.data().cells();
    const Statement& s = run_.statement();
    Sampling sampling = s.sampling;
    sampling.seed = run_seed(s);
    const u32 steps = sampling.steps;
    const Program& program = run_.program();
    const Checkpoints checkpoints(o_.out + "/checkpoints", run_digest(s));
    train::WeightState begin{run_.start(), {}};
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
    const std::vector<std::string>& names = run_.formats().layer_names;
    train::ExactRun run =
        begin.entries.empty()
            ? train::ExactRun(program, s.model, s.optimiser, sampling, cells, names)
            : train::ExactRun(program, s.model, s.optimiser, sampling, cells, names, first, begin);
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
    const Model& model = run_.statement().model;
    const record::Dataset& data = run_.data().all;
    const auto scores = train::exact_scores(model, run_.program(), run.weights(), data, rows);
    std::vector<i32> labels;
    for (const u32 row : rows) labels.push_back(data.label[row]);
    const u32 frac_y = run_.formats().frac_y;
    const double score = train::score_of(model.loss, model.outputs, scores, labels, frac_y);
    const double loss = train::loss_of(model.loss, model.outputs, scores, labels, frac_y);
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
    if (!run_.data().datasets[0].path.empty() || std::filesystem::exists(own, ignored)) return;
    std::vector<NamedBytes> files;
    for (custody::DatasetFile& file : custody::dataset_files(run_.data().datasets[0]))
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
    const u32 holdout = run_.statement().sampling.holdout;
    json metrics = {
        {"run", o_.out},
        {"steps", run_.statement().sampling.steps},
        {"records", run_.data().all.records},
        {"metric", run_.formats().model.loss == Loss::mean_squared ? "r_squared" : "accuracy"},
        {"scored_on", holdout > 0 ? "held-out records" : "training records"},
        {"scored_records", scored_records_},
        {"accuracy_exact", score_exact_},
        {"accuracy_float",
         run_.formats().has_twin ? json(run_.formats().score_float) : json(nullptr)},
        {"epochs", log_.epochs()},
        {"ranges", log_.ranges()},
        {"weights", (std::filesystem::path(o_.out) / "weights.safetensors").string()},
        {"weights_commitment", digest_text(keccak256(weights_).bytes)},
        {"notes", run_.formats().notes},
        {"prove_memory_bytes", run_.prove_memory()},
        {"plain_cpu_seconds", plain_cpu_seconds_},
        {"cpu_seconds", cpu_seconds()},
        {"peak_bytes", peak_bytes()}};
    const bool fresh = !kept_ && !resumes_;
    NewRun run;
    run.spec = run_.canonical_spec();
    run.schema = run_.canonical_schema();
    run.statement = encode_file(run_.statement(), {});
    run.start = run_.start_file();
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
        run_.statement().sampling.steps, m["metric"].get<std::string>(), scored_records_,
        m["scored_on"].get<std::string>(), score(m["accuracy_exact"]), score(m["accuracy_float"]),
        m["cpu_seconds"].get<double>(), size_text(m["peak_bytes"].get<u64>()), o_.out,
        m["weights"].get<std::string>(), size_text(run_.prove_memory()));
  }

  const TrainOptions& o_;
  Session& session_;
  PlannedRun run_{o_, session_};
  bool resumes_ = false, kept_ = false;
  std::vector<u8> weights_;
  TrainingLog log_{o_.out};
  double score_exact_ = 0, plain_cpu_seconds_ = 0;
  u32 scored_records_ = 0;
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
