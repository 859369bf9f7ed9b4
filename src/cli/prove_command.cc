#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/exact_trace.h"
#include "cli/exit.h"
#include "cli/files.h"
#include "cli/hex.h"
#include "cli/options.h"
#include "cli/prove_memory.h"
#include "cli/run_directory.h"
#include "proof/weights_file_write.h"
#include "train/plan.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

struct ProveArguments {
  std::string run, out, publish, context, max_memory;
};

class Proving {
 public:
  Proving(const ProveArguments& arguments, Session& session) : a_(arguments), session_(session) {}

  int run() {
    const u64 budget = a_.max_memory.empty() ? 0 : parse_size(a_.max_memory);
    require_free(a_.out, "proof");
    session_.progress("reading", 0);
    run_ = read_run(a_.run);
    Statement& s = run_.statement;
    s.publish_weights = a_.publish == "weights";
    s.context = Vec<u8>(run_.arena->get());
    if (a_.context.size() > kMaxContextBytes)
      throw Failure(kUsage, fmt::format("--context: {} bytes, at most {} fit", a_.context.size(),
                                        kMaxContextBytes));
    for (const char c : a_.context) s.context.push_back(static_cast<u8>(c));
    require_memory(budget);
    cells_ = train::cells_of(run_.data, s.model);
    Proof proof = prove_run();
    session_.progress("writing", 1);
    write_file(a_.out, proof.bytes);
    report(proof);
    return kDone;
  }

 private:
  // Refuses a job that memory could not hold before its first step.
  void require_memory(u64 budget) const {
    const Statement& s = run_.statement;
    OwnedArena arena(2 * statement_memory(s) + 64 * encode_statement(s).size());
    const auto compiled = compile_statement(s, arena.get());
    if (!compiled.ok())
      throw Failure(
          kRefused,
          fmt::format("{}/statement.bin: {}: the run was altered after training; train again",
                      a_.run, check_text(compiled.why().check)));
    const u64 need = prove_memory(compiled.value().layout), machine = machine_memory();
    if (budget != 0 && need > budget)
      throw Failure(kOverBudget, fmt::format("proving this run takes about {} of memory, "
                                             "--max-memory allows {}: raise it, or train "
                                             "with fewer steps or a smaller batch",
                                             size_text(need), size_text(budget)));
    if (need > machine)
      throw Failure(kUnfinished, fmt::format("proving this run takes about {} of memory, this "
                                             "machine has {}: take a larger one, or "
                                             "train with fewer steps or a smaller batch",
                                             size_text(need), size_text(machine)));
  }

  Proof prove_run() {
    ProveInput input;
    input.statement = run_.statement;
    input.x = cells_.x;
    input.y = cells_.y;
    input.fill_trace = [this](const Compiled& c, TraceSinks& sinks) { fill(c, sinks); };
    input.weights_digest = [this](const Compiled&, const TraceSinks&) {
      return keccak256(run_.weights);
    };
    ProveOptions options;
    options.progress = [this](const char* stage, double share) { session_.progress(stage, share); };
    return prove(std::move(input), options);
  }

  // Trains again, into the trace. The weights must come out as they were: they are a function of
  // the run directory.
  void fill(const Compiled& c, TraceSinks& sinks) {
    const Statement& s = run_.statement;
    const auto entries = fill_exact_trace(s, cells_, run_.layer_names, c, sinks, [&](u32 done) {
      session_.progress("exact training", 0.1 * done / s.sampling.steps);
    });
    if (write_weights_file(c.program.parameters.span(), entries) != run_.weights)
      throw Failure(kRefused,
                    fmt::format("{}/weights.safetensors: these are not the weights that the "
                                "settings and records of the "
                                "run give: the run was altered after training; train again",
                                a_.run));
  }

  void report(const Proof& proof) {
    const Digest digest = keccak256(proof.bytes);
    const json object = {
        {"proof", a_.out},
        {"bytes", proof.bytes.size()},
        {"digest", digest_text(digest.bytes)},
        {"segments", 1},
        {"published_weights", run_.statement.publish_weights
                                  ? json(digest_text(keccak256(run_.weights).bytes))
                                  : json(nullptr)},
        {"plain_cpu_seconds", run_.plain_cpu_seconds},
        {"cpu_seconds", cpu_seconds()},
        {"peak_bytes", peak_bytes()}};
    std::string text = fmt::format(
        "proved {} steps; the proof was verified before it was written\n  {}: {}\n  CPU {:.2f} s "
        "(the training alone {:.2f} s), peak memory {}\n",
        run_.statement.sampling.steps, a_.out, size_text(proof.bytes.size()), cpu_seconds(),
        run_.plain_cpu_seconds, size_text(peak_bytes()));
    if (run_.statement.publish_weights)
      text += fmt::format("  hand out {}/weights.safetensors with it: the proof binds that file\n",
                          a_.run);
    session_.result(object, text);
  }

  const ProveArguments& a_;
  Session& session_;
  Run run_;
  train::Cells cells_;
};

}  // namespace

Command prove_command(CLI::App& program) {
  auto arguments = std::make_shared<ProveArguments>();
  CLI::App* app = add_command(program, "prove", "prove a run without showing its records",
                              "pedigree prove run/ -o model.pedigree --publish weights");
  app->add_option("run", arguments->run, "run directory of `pedigree train`")
      ->required()
      ->type_name("RUN/");
  app->add_option("-o,--out", arguments->out, "the proof, a new file")
      ->required()
      ->type_name("FILE.pedigree");
  app->add_option("--publish", arguments->publish,
                  "bind RUN/weights.safetensors, so that anybody who has it can check it")
      ->check(CLI::IsMember({"weights"}))
      ->type_name("weights");
  app->add_option("--max-memory", arguments->max_memory,
                  "refuse at once a run whose proof takes more")
      ->type_name("SIZE");
  app->add_option("--context", arguments->context,
                  "text that the proof binds, such as its purpose or a challenge")
      ->type_name("TEXT");
  add_work_options(*app);
  add_json(*app);
  return {app, [arguments](Session& session) { return Proving(*arguments, session).run(); }};
}

}  // namespace pedigree::cli
