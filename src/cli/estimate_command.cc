#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/cut.h"
#include "cli/estimate.h"
#include "cli/exit.h"
#include "cli/files.h"
#include "cli/options.h"
#include "cli/prove_memory.h"
#include "cli/run_directory.h"
#include "train/plan.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

struct EstimateArguments {
  std::string what, label, labels, max_memory;
  std::vector<std::string> data;
  u32 segment_steps = 0;
  bool publish = false;
};

// The statement of a specification before its training: formats from a short dry run.
class Draft {
 public:
  Draft(const EstimateArguments& a, Session& session) : arena_(std::size_t{1} << 22) {
    const train::RunSpec spec = train::parse_spec(read_text(a.what), a.what);
    if (a.data.empty())
      throw Failure(kUsage, "--data is needed to estimate a specification: records decide sizes");
    const TrainingData data = read_training_data(spec, a.data, a.label, a.labels);
    train::PlanOptions options;
    options.dry_run_steps = 50;
    options.progress = [&](u32 done, u32 all) { session.progress("dry run", 0.9 * done / all); };
    plan_ = train::make_run_plan(spec, data.all, options);
    Arena& arena = arena_.get();
    for (Vec<u8>* text : {&s.context.purpose, &s.context.text, &s.beacon.source})
      *text = Vec<u8>(arena);
    s.profile = data.datasets[0].manifest.profile;
    s.datasets = Vec<Manifest>(arena);
    for (const custody::DatasetFolder& d : data.datasets) {
      Manifest m = d.manifest;
      for (Vec<u8>* text : {&m.name, &m.licence, &m.purpose}) *text = Vec<u8>(arena, text->span());
      s.datasets.push_back(m);
    }
    s.model = plan_.model;
    s.optimiser = plan_.optimiser;
    s.sampling = plan_.sampling;
    s.runs = Vec<Optimiser::Run>(arena, std::span<const Optimiser::Run>(plan_.runs));
    if (!spec.init.empty()) s.start_kind = StartKind::named;
    settle(s);
  }
  const std::vector<std::string>& layer_names() const { return plan_.layer_names; }
  Arena& arena() { return arena_.get(); }
  Statement s;

 private:
  OwnedArena arena_;
  train::RunPlan plan_;
};

json cut_and_estimate(Statement& s, Arena& arena, const std::vector<std::string>& names,
                      const EstimateArguments& a) {
  s.publish_weights = a.publish;
  CutOptions options;
  const u64 budget = a.max_memory.empty() ? 0 : parse_size(a.max_memory);
  options.most_steps = a.segment_steps;
  options.weight_bits = [](u32) { return 32u; };
  const u64 most = cut_segments_to(budget, s, arena, names, options);
  OwnedArena memory(2 * statement_memory(s) + (std::size_t{1} << 20));
  const auto compiled = compile_statement(s, memory.get());
  if (!compiled.ok()) throw Failure(kRefused, check_text(compiled.why().check));
  const Compiled& c = compiled.value();
  const Room room = room_of(s, c, most);
  const Estimate e = estimate(s, c, room, machine_speed());
  const Work w = work_of(s, c);
  return {{"segments", c.segments.size()},
          {"cpu_seconds", e.cpu_seconds},
          {"peak_bytes", e.peak_bytes},
          {"disk_bytes", e.disk_bytes},
          {"bytes", e.proof_bytes},
          {"work",
           {{"segment_words", w.segment_words},
            {"leaves", w.leaves},
            {"contraction_cells", w.contraction_cells},
            {"dataset_cells", w.dataset_cells},
            {"declared_words", w.declared_words},
            {"weight_words", w.weight_words},
            {"training", w.training},
            {"again", w.again},
            {"codeword_words", w.codeword_words}}}};
}

int run(const EstimateArguments& a, Session& session) {
  json object;
  std::error_code ignored;
  if (std::filesystem::is_directory(a.what, ignored)) {
    Run run = read_run(a.what);
    object = cut_and_estimate(run.statement, run.arena->get(), run.layer_names, a);
  } else {
    Draft draft(a, session);
    object = cut_and_estimate(draft.s, draft.arena(), draft.layer_names(), a);
  }
  session.result(
      object,
      fmt::format(
          "proving takes about {:.1f} CPU s, {} of memory, {} of disk, in {} segments; the proof "
          "will have about {}\n",
          object["cpu_seconds"].get<double>(), size_text(object["peak_bytes"].get<u64>()),
          size_text(object["disk_bytes"].get<u64>()), object["segments"].get<u64>(),
          size_text(object["bytes"].get<u64>())));
  return kDone;
}

}  // namespace

Command estimate_command(CLI::App& program) {
  auto a = std::make_shared<EstimateArguments>();
  CLI::App* app = add_command(program, "estimate",
                              "what a proof will take: time, memory, disk, bytes; before any work",
                              "pedigree estimate run/ --max-memory 1GiB");
  app->add_option("what", a->what, "run directory, or a specification")
      ->required()
      ->type_name("RUN/|SPEC");
  app->add_option("--data", a->data, "with a specification: its records")->type_name("DIR...");
  app->add_option("--label", a->label, "with a file of records: name of the label column")
      ->type_name("COL");
  app->add_option("--labels", a->labels, "with an IDX or NPY file: the file of its labels")
      ->type_name("FILE");
  app->add_option("--max-memory", a->max_memory, "as for `prove`")->type_name("SIZE");
  app->add_option("--segment", a->segment_steps, "as for `prove`")->type_name("STEPS");
  app->add_flag("--publish", a->publish, "as for `prove --publish weights`");
  add_work_options(*app);
  add_json(*app);
  return {app, [a](Session& session) { return run(*a, session); }};
}

}  // namespace pedigree::cli
