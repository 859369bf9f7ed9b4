#include <fmt/format.h>
#include <malloc.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/give_back.h"
#include "cli/attempt_folder.h"
#include "cli/claim_context.h"
#include "cli/cut.h"
#include "cli/exact_trace.h"
#include "cli/exit.h"
#include "cli/files.h"
#include "cli/hex.h"
#include "cli/options.h"
#include "cli/prove_memory.h"
#include "cli/run_directory.h"
#include "cli/weights_folder.h"
#include "kernel/profile.h"
#include "proof/weights_file.h"

namespace pedigree::cli {

namespace {

constexpr std::size_t kMostFreed = std::size_t{4} << 20;  // of blocks between others

using nlohmann::json;

struct ProveArguments {
  std::string run, out, publish, max_memory, test;
  ContextArguments context;
  u32 segment_steps = 0, openings = 0;
  bool profile_time = false;
};

// The weights of a run before any step: from the nearest checkpoint on.
class Replay {
 public:
  Replay(const Run& run, const train::Cells& cells, const std::string& path)
      : run_(run),
        cells_(cells),
        checkpoints_(path + "/checkpoints", run.digest),
        sampling_(run.statement.sampling),
        memory_(2 * statement_memory(run.statement) + (std::size_t{64} << 20)) {
    sampling_.seed = run_seed(run.statement);
    // Any program of the run's batch computes its steps.
    Statement s = run.statement;
    SegmentStatement segment;
    segment.steps = 1;
    segment.check_bits = s.has_named_start() ? 20 : 0;
    s.segments = Vec<SegmentStatement>(memory_.get());
    s.segments.push_back(segment);
    Compiled c = begin_compile(s, memory_.get());
    auto compiled = compile_segment(s, c, 0, memory_.get());
    if (!compiled.ok()) throw Failure(kRefused, check_text(compiled.why().check));
    program_ = c.segments[0].program;
  }

  const Sampling& sampling() const { return sampling_; }

  // Those after the last step are as the run keeps them: whoever takes them compares.
  WeightEntries at(u32 step) {
    if (step == sampling_.steps)
      return end_.empty() ? read_all(run_.weights, "weights") : std::exchange(end_, {});
    if (const auto known = known_.find(step); known != known_.end()) return known->second;
    Checkpoints::Found nearest = checkpoints_.newest(step);
    if (const auto behind = known_.lower_bound(step);
        behind != known_.begin() && std::prev(behind)->first > nearest.step)
      nearest = {std::prev(behind)->first, {std::prev(behind)->second, {}}};
    const bool goes_on = exact_ && exact_->next_step() <= step;
    if (nearest.step > (goes_on ? exact_->next_step() : 0))
      resume(nearest);
    else if (!goes_on)
      restart();
    exact_->run(step);
    return known_[step] = exact_->weights().all_entries();
  }

  // Weights before the first step of a segment: no gradient acts across it.
  void keep(u32 step, WeightEntries entries) { known_.try_emplace(step, std::move(entries)); }

  // Whether the run keeps these weights after its last step.
  bool ends_in(const WeightEntries& entries) const {
    OwnedArena memory(std::size_t{1} << 20);
    return check_weights_header(run_.weights, program_.parameters.span(), memory.get()).ok() &&
           read_all(run_.weights, "weights") == entries;
  }
  // Those, for who takes them next.
  void keep_end(WeightEntries entries) { end_ = std::move(entries); }

  // The start on the run's grid; none for a seeded one.
  WeightEntries named_start() const {
    if (!run_.statement.has_named_start()) return {};
    return read_all(run_.start, "start");
  }

  u32 bits_at(u32 step) {
    i64 most = 1;
    for (const std::vector<i64>& part : step == 0 ? named_start() : at(step))
      for (const i64 x : part) most = std::max(most, x < 0 ? -x : x + 1);
    return ceil_log2(static_cast<u64>(most));
  }

 private:
  WeightEntries read_all(std::span<const u8> file, const char* name) const {
    WeightEntries all;
    u64 size = 0;
    for (const Parameter& p : program_.parameters) size += 8 * entries_of(p);
    u64 offset = file.size() - std::min<u64>(size, file.size());
    for (const Parameter& p : program_.parameters) {
      std::vector<i64>& entries = all.emplace_back(entries_of(p));
      if (file.size() < size || !read_weights(file, offset, p, entries).ok())
        throw Failure(
            kRefused,
            fmt::format("{}.safetensors: not on the run's grid: the run was altered", name));
      offset += 8 * entries_of(p);
    }
    return all;
  }

  void restart() {
    if (run_.statement.has_named_start())
      resume({0, {named_start(), {}}});
    else
      exact_.emplace(program_, run_.statement.model, run_.statement.optimiser, sampling_, cells_,
                     run_.layer_names);
  }
  void resume(const Checkpoints::Found& found) {
    exact_.emplace(program_, run_.statement.model, run_.statement.optimiser, sampling_, cells_,
                   run_.layer_names, found.step, found.state);
  }

  const Run& run_;
  const train::Cells& cells_;
  Checkpoints checkpoints_;
  Sampling sampling_;
  OwnedArena memory_;
  Program program_;
  std::optional<train::ExactRun> exact_;
  std::map<u32, WeightEntries> known_;
  WeightEntries end_;
};

class Proving {
 public:
  Proving(const ProveArguments& arguments, Session& session) : a_(arguments), session_(session) {}

  int run() {
    const u64 budget = a_.max_memory.empty() ? 0 : parse_size(a_.max_memory);
    require_free(a_.out, "proof");
    session_.progress("reading", 0);
    run_ = read_run(a_.run);
    set_context();
    cells_ = run_.data.cells();
    replay_.emplace(run_, cells_, a_.run);
    cut(budget);
    Proof proof = prove_run();
    session_.progress("writing", 1);
    // First: a proof whose weights are lost could not be built on.
    if (a_.openings > 0) keep_weights(a_.run, proof.bytes, proof.end_message);
    write_file(a_.out, proof.bytes);
    attempt_->remove();
    report(proof);
    return kDone;
  }

 private:
  void set_context() {
    Statement& s = run_.statement;
    Arena& arena = run_.arena->get();
    s.publish_weights = a_.publish == "weights";
    if (s.publish_weights) s.weights = keccak256(run_.weights);
    s.openings = a_.openings;
    if (s.openings > 0) s.kind = ClaimKind::reusable_run;
    ContextArguments context = a_.context;
    // Whoever evaluates these weights on it later shows that it was fixed before.
    if (!a_.test.empty())
      context.text += (context.text.empty() ? "" : " ") +
                      custody::hex_text(manifest_digest(custody::read_manifest(a_.test).manifest));
    s.context = context_of(context, arena);
  }

  // Segments that memory can hold. Refuses a job that none could, before its first step.
  void cut(u64 budget) {
    CutOptions options;
    options.most_steps = a_.segment_steps;
    options.weight_bits = [this](u32 step) { return replay_->bits_at(step); };
    const u64 most =
        cut_segments_to(budget, run_.statement, run_.arena->get(), run_.layer_names, options);
    OwnedArena memory(2 * statement_memory(run_.statement) +
                      64 * encode_statement(run_.statement).size());
    const auto sizes = compile_sizes(run_.statement, memory.get(), true);
    if (!sizes.ok()) throw Failure(kRefused, check_text(sizes.why().check));
    room_ = room_of(run_.statement, sizes.value(), most);
    if (run_.statement.segments.size() > 1)
      session_.say(fmt::format("proving {} segments", run_.statement.segments.size()));
  }

  Proof prove_run() {
    Statement& s = run_.statement;
    const u32 n = static_cast<u32>(s.segments.size());
    attempt_.emplace(a_.run + "/attempt", keccak256(encode_statement(s)));
    if (attempt_->resumed()) session_.say("going on with the attempt that was interrupted");
    // Counted before anything that an opening shows can leave.
    custody::spend_openings(run_.data.budgets(), attempt_->id());
    std::vector<u32> first_step{0};
    for (const SegmentStatement& segment : s.segments)
      first_step.push_back(first_step.back() + segment.steps);
    std::vector<std::unique_ptr<DatasetRoot>> roots;
    ProveInput input;
    input.statement = s;
    for (const custody::DatasetFolder& d : run_.data.datasets)
      input.datasets.push_back(
          roots.emplace_back(std::make_unique<DatasetRoot>(d, room_.coset_words)).get());
    input.weights = [&](u32 k) {
      return k == 0 ? replay_->named_start() : replay_->at(first_step[k]);
    };
    input.fill_trace = [&](u32 k, const CompiledSegment& segment, WeightEntries before,
                           TraceSinks& sinks) {
      WeightEntries end = fill_exact_trace(
          s, replay_->sampling(), cells_, run_.layer_names, segment, std::move(before), sinks,
          [&](u32 done) { session_.progress("exact training", 0.75 * done / s.sampling.steps); });
      if (k + 1 == n)
        check_weights(std::move(end));
      else
        replay_->keep(first_step[k + 1], std::move(end));
    };
    ProveOptions options;
    options.attempt = &attempt_->seed();
    options.coset_words = room_.coset_words;
    options.keep_mask_leaves = room_.keep_mask_leaves;
    options.keep_traces = room_.keep_traces;
    options.store = n > 1 ? &*attempt_ : nullptr;
    options.progress = [this](const char* stage, double share) {
      // What one stage freed must not lie beside the next, where it is much.
      const struct mallinfo2 heap = mallinfo2();
      if (heap.fordblks - heap.keepcost > kMostFreed) malloc_trim(kMostFreed);
      session_.progress(stage, share);
    };
    return prove(std::move(input), options);
  }

  // They must come out as they were: they are a function of the run directory.
  void check_weights(WeightEntries entries) {
    if (!replay_->ends_in(entries))
      throw Failure(kRefused,
                    fmt::format("{}/weights.safetensors: these are not the weights that the "
                                "settings and records of the "
                                "run give: the run was altered after training; train again",
                                a_.run));
    if (run_.statement.segments.size() > 1) return;  // committed before, as the file has them
    replay_->keep_end(std::move(entries));
    give_back(run_.weights);  // nobody reads the file again
  }

  // Stages by name; what no stage covers (reading, replays, writing) comes last.
  static json profile() {
    json stages = json::array();
    double rest = cpu_seconds();
    for (const StageCost& c : stage_costs()) {
      stages.push_back({{"stage", c.name},
                        {"cpu_seconds", c.cpu_seconds},
                        {"elements", c.elements},
                        {"bytes", c.bytes}});
      rest -= c.cpu_seconds;
    }
    stages.push_back({{"stage", "other"}, {"cpu_seconds", rest}, {"elements", 0}, {"bytes", 0}});
    return stages;
  }

  static std::string profile_text(const json& stages) {
    std::string text =
        fmt::format("  {:<18} {:>9} {:>14} {:>10}\n", "stage", "CPU s", "elements", "bytes");
    for (const json& s : stages)
      text += fmt::format("  {:<18} {:>9.3f} {:>14} {:>10}\n", s["stage"].get<std::string>(),
                          s["cpu_seconds"].get<double>(), s["elements"].get<u64>(),
                          size_text(s["bytes"].get<u64>()));
    return text;
  }

  void report(const Proof& proof) {
    const Digest digest = keccak256(proof.bytes);
    const std::size_t segments = run_.statement.segments.size();
    json object = {{"proof", a_.out},
                   {"bytes", proof.bytes.size()},
                   {"digest", digest_text(digest.bytes)},
                   {"segments", segments},
                   {"published_weights", run_.statement.publish_weights
                                             ? json(digest_text(run_.statement.weights.bytes))
                                             : json(nullptr)},
                   {"plain_cpu_seconds", run_.plain_cpu_seconds},
                   {"cpu_seconds", cpu_seconds()},
                   {"peak_bytes", peak_bytes()}};
    std::string text = fmt::format(
        "proved {} steps in {} segment{}; the proof was verified before it was written\n  {}: {}\n "
        " CPU {:.2f} s "
        "(the training alone {:.2f} s), peak memory {}\n",
        run_.statement.sampling.steps, segments, segments == 1 ? "" : "s", a_.out,
        size_text(proof.bytes.size()), cpu_seconds(), run_.plain_cpu_seconds,
        size_text(peak_bytes()));
    if (a_.profile_time) {
      object["profile"] = profile();
      text += profile_text(object["profile"]);
    }
    if (a_.openings > 0) {
      object["openings"] = a_.openings;
      text += fmt::format(
          "  its weights can be opened for {} claims: `pedigree infer {} --proof {} ...`\n",
          a_.openings, a_.run, a_.out);
    }
    if (run_.statement.publish_weights)
      text += fmt::format("  hand out {}/weights.safetensors with it: the proof binds that file\n",
                          a_.run);
    session_.result(object, text);
  }

  const ProveArguments& a_;
  Session& session_;
  Run run_;
  train::Cells cells_;
  std::optional<Replay> replay_;
  std::optional<AttemptFolder> attempt_;
  Room room_;
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
                  "cut the run into segments that take no more; never changes the weights")
      ->type_name("SIZE");
  app->add_option("--segment", arguments->segment_steps, "most steps of a segment")
      ->type_name("STEPS");
  app->add_option("--openings", arguments->openings,
                  "so many claims about the weights can be proven later (`infer`, `score`)")
      ->check(CLI::Range(1u, kMaxOpenings))
      ->type_name("N");
  app->add_option("--test", arguments->test,
                  "a test set, or its manifest: its digest goes into the context, so that it is "
                  "fixed before the run is proven")
      ->type_name("TEST/");
  app->add_flag("--profile-time", arguments->profile_time,
                "say where the CPU time went: stages, elements, bytes");
  add_context_options(*app, arguments->context);
  add_work_options(*app);
  add_json(*app);
  return {app, [arguments](Session& session) { return Proving(*arguments, session).run(); }};
}

}  // namespace pedigree::cli
