#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "claim/rows.h"
#include "claim/score/score_prove.h"
#include "cli/beacon_file.h"
#include "cli/claim_context.h"
#include "cli/claim_result.h"
#include "cli/exit.h"
#include "cli/files.h"
#include "cli/hex.h"
#include "cli/options.h"
#include "cli/run_directory.h"
#include "cli/ticket_file.h"
#include "cli/weights_folder.h"
#include "train/exact_run.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

struct ScoreArguments {
  std::string run, proof, test, out, ticket, beacon;
  u64 at_least = 0;
  double at_most = 0;
  bool has_at_least = false, has_at_most = false, confusion = false, apart = false;
  u32 draw = 0;
  bool shows_range = false;
  ContextArguments context;
};

class Scoring {
 public:
  Scoring(const ScoreArguments& arguments, Session& session) : a_(arguments), session_(session) {}

  int run() {
    require_free(a_.out, "claim");
    if ((a_.draw != 0) != !a_.beacon.empty())
      throw Failure(kUsage, "--draw and --beacon go together");
    kept_ = read_weights(a_.run, a_.proof, a_.shows_range);
    run_ = read_run(a_.run);
    test_ = custody::open_dataset(a_.test);
    check_test();
    if (a_.apart) check_apart();
    set_metric();
    set_beacon();
    set_ticket();
    const Score score = prove_it();
    write_file(a_.out, score.proof.bytes);
    report(score);
    return kDone;
  }

 private:
  const Model& model() const { return kept_.run.model; }
  u32 frac() const { return model().layers[model().num_layers - 1].frac_q; }

  // Whatever a verifier would refuse, in words of who can mend it.
  void check_test() const {
    const Manifest &m = test_.manifest, &of_run = kept_.run.datasets[0];
    std::vector<std::string> problems;
    const auto problem = [&](const std::string& what) {
      problems.push_back(a_.test + ": " + what);
    };
    if (!(m.schema == of_run.schema))
      problem(
          "its schema is not that of the run's records: commit it with `pedigree data commit "
          "--schema` and the schema.json of one of them");
    if (m.labels != of_run.labels)
      problem("its labels are not committed as the run's are: see `data commit --labels-as`");
    if (m.features != of_run.features) problem("it has another number of features than the run");
    if (m.input_bits > model().input_bits)
      problem(fmt::format("its inputs have {} bits, the model reads {}", m.input_bits,
                          model().input_bits));
    if (m.profile != kept_.run.profile)
      problem("it is committed for another profile: commit it with the run's --profile");
    if (samples() > kMaxScored)
      problem(fmt::format("{} records: an evaluation has at most {}; --draw some", samples(),
                          kMaxScored));
    if (a_.draw > m.records)
      problem(fmt::format("--draw {}: it has {} records", a_.draw, m.records));
    if (!problems.empty()) throw Failure(kUsage, problems);
  }

  // Before anything is spent.
  void check_apart() const {
    std::vector<Rows> training;
    for (const custody::DatasetFolder& d : run_.data.datasets)
      training.push_back({d.data.records, d.data.x});
    const std::vector<RowHit> common = find_hits(training, {test_.data.records, test_.data.x});
    if (!common.empty())
      throw Failure(kUsage,
                    fmt::format("{}: row {} has the inputs of row {} of the run's records, "
                                "and {} more are in both: a test set without them can be "
                                "apart",
                                a_.test, common[0].position, common[0].row, common.size() - 1));
  }

  u32 samples() const { return a_.draw != 0 ? a_.draw : test_.manifest.records; }

  void set_metric() {
    const bool regression = model().loss == Loss::mean_squared;
    const u32 wanted = a_.has_at_least + a_.has_at_most + a_.confusion;
    if (wanted > 1)
      throw Failure(kUsage, "--at-least, --at-most and --confusion: one of them at most");
    if (regression && (a_.has_at_least || a_.confusion))
      throw Failure(kUsage, "the run is a regression: its squared errors are summed up; --at-most");
    if (!regression && a_.has_at_most)
      throw Failure(kUsage, "the run classifies: --at-least, or --confusion");
    if (!regression && model().outputs > kMaxClasses)
      throw Failure(kUnsupported, fmt::format("{} classes: an evaluation has at most {}",
                                              model().outputs, kMaxClasses));
    input_.metric = regression     ? Metric::squared_error
                    : a_.confusion ? Metric::confusion
                                   : Metric::correct;
    if (a_.has_at_least) {
      if (a_.at_least > samples())
        throw Failure(kUsage, fmt::format("--at-least {}: of {} records", a_.at_least, samples()));
      input_.bound = a_.at_least;
    }
    if (a_.has_at_most) {
      const double units = std::floor(std::ldexp(a_.at_most, 2 * static_cast<int>(frac())));
      if (!(units >= 0 && units < std::ldexp(1.0, kMaxErrorBits)))
        throw Failure(kUsage,
                      "--at-most: a sum of squared errors, not negative and below 2^61 units");
      input_.bound = static_cast<u64>(units);
    }
  }

  void set_beacon() {
    input_.drawn = a_.draw;
    Beacon& b = input_.beacon;
    Arena& arena = kept_.arena->get();
    b.source = Vec<u8>(arena);
    if (a_.beacon.empty()) return;
    const BeaconFile file = read_beacon(a_.beacon);
    b.source = Vec<u8>(arena, bytes_of(file.source));
    b.round = file.round;
    b.value = file.value;
    std::memcpy(b.signature, file.signature, sizeof b.signature);
  }

  void set_ticket() {
    const bool is_signed = !test_.manifest.is_declared();
    if (is_signed && a_.ticket.empty())
      throw Failure(kUsage, fmt::format("{}: its owner counts attempts: ask for a ticket of "
                                        "`pedigree data ticket`, and give it with --ticket",
                                        a_.test));
    if (!is_signed && !a_.ticket.empty())
      throw Failure(kUsage, a_.test + ": a declared test set has no owner who gives tickets");
    if (!is_signed) return;
    const TicketFile ticket = read_ticket(a_.ticket);
    if (!(ticket.content == test_.manifest.content))
      throw Failure(kUsage,
                    fmt::format("{}: a ticket for other records than {}", a_.ticket, a_.test));
    input_.ticket_number = ticket.number;
    std::memcpy(input_.ticket, ticket.signature, sizeof input_.ticket);
  }

  Score prove_it() {
    DatasetRoot root(test_, kCosetWords);
    input_.test = test_.manifest;
    input_.labels = test_.labels;
    input_.context = context_of(a_.context, kept_.arena->get());
    input_.datasets = {&root};
    std::vector<std::unique_ptr<DatasetRoot>> training;
    for (const custody::DatasetFolder& d : run_.data.datasets) {
      if (!a_.apart) break;
      input_.training.push_back(d.manifest);
      input_.datasets.push_back(
          training.emplace_back(std::make_unique<DatasetRoot>(d, kCosetWords)).get());
    }
    train::Cells cells;
    cells.append(test_.data.records, test_.data.x, test_.labels);
    input_.fill_trace = [&](const CompiledSegment& segment, TraceSinks& sinks) {
      train::Trace trace{sinks.tensors};
      train::run_forward(segment.program, model(), cells,
                         segment.selection.span().subspan(0, samples()), kept_.weights.entries,
                         run_.layer_names, trace);
    };
    // Counted before anything that an opening shows can leave. There is no resuming: each try is one.
    input_.before_opening = [&] {
      const Digest attempt = custody::fresh_digest();
      std::vector<custody::OpeningBudget> budgets{kept_.budget, custody::budget_of(test_)};
      if (a_.apart)
        for (const custody::DatasetFolder& d : run_.data.datasets)
          budgets.push_back(custody::budget_of(d));
      custody::spend_openings(budgets, attempt);
    };
    ProveOptions options;
    options.progress = [this](const char* stage, double share) { session_.progress(stage, share); };
    try {
      return prove_score(kept_.weights, input_, options);
    } catch (const ScoreRefused& refused) {
      const bool ticket = refused.check == Check::score_ticket;
      throw Failure(refused.check == Check::none || ticket ? kUsage : kRefused,
                    ticket ? fmt::format("{}: a ticket for other weights, or not signed by the "
                                         "owner of {}",
                                         a_.ticket, a_.test)
                           : std::string(refused.what()));
    }
  }

  json confusion_of(const Score& score) const {
    if (input_.metric != Metric::confusion) return nullptr;
    const std::size_t classes = model().loss == Loss::logistic ? 2 : model().outputs;
    json rows = json::array();
    for (std::size_t i = 0; i < classes; ++i)
      rows.push_back(std::vector<u32>(
          score.confusion.begin() + static_cast<std::ptrdiff_t>(i * classes),
          score.confusion.begin() + static_cast<std::ptrdiff_t>((i + 1) * classes)));
    return rows;
  }

  void report(const Score& score) {
    const bool regression = input_.metric == Metric::squared_error;
    const double sum = std::ldexp(static_cast<double>(score.value), -2 * static_cast<int>(frac()));
    json object = claim_facts(a_.out, score.proof.bytes);
    object.update({
        {"samples", samples()},
        {"value", score.value},
        {"sum", regression ? json(sum) : json(nullptr)},
        {"confusion", confusion_of(score)},
        {"stated", input_.bound ? json(*input_.bound) : json(nullptr)},
        {"ticket", input_.ticket_number != 0 ? json(input_.ticket_number) : json(nullptr)},
        {"openings_spent", custody::openings_spent(kept_.budget)},
        {"openings", kept_.budget.openings},
        {"test_openings_spent", custody::openings_spent(custody::budget_of(test_))},
    });
    const std::string result =
        regression
            ? fmt::format("squared errors of {:.6g} together over {} records", sum, samples())
            : fmt::format("{} of {} records are classified as labelled", score.value, samples());
    const std::string stated = !input_.bound ? std::string()
                               : regression  ? fmt::format("; stated is at most {:g}", a_.at_most)
                                            : fmt::format("; stated is at least {}", *input_.bound);
    session_.result(
        object,
        fmt::format(
            "proved: {}{}; the claim was verified before it was written\n{}  opening {} of {} "
            "of the weights, {} of {} of the test set\n",
            result, stated, claim_lines(a_.out, score.proof.bytes),
            custody::openings_spent(kept_.budget), kept_.budget.openings,
            custody::openings_spent(custody::budget_of(test_)), test_.manifest.opening_budget));
  }

  const ScoreArguments& a_;
  Session& session_;
  KeptWeights kept_;
  Run run_;
  custody::DatasetFolder test_;
  ScoreInput input_;
};

}  // namespace

Command score_command(CLI::App& program) {
  auto arguments = std::make_shared<ScoreArguments>();
  CLI::App* app =
      add_command(program, "score", "prove how good the proven weights are on a test set",
                  "pedigree score run/ --proof model.pedigree --test test/ --ticket "
                  "ticket.json -o score.pedigree");
  app->add_option("run", arguments->run, "run directory of `pedigree train`")
      ->required()
      ->type_name("RUN/");
  app->add_option("--proof", arguments->proof, "a proof of the run, made with --openings")
      ->required()
      ->type_name("FILE.pedigree");
  app->add_option("--test", arguments->test, "the test set, of `data commit` or `data grant`")
      ->required()
      ->type_name("TEST/");
  app->add_option("--ticket", arguments->ticket,
                  "of a signed test set: its owner's ticket for this attempt (`data ticket`)")
      ->type_name("TICKET.json");
  CLI::Option* at_least =
      app->add_option("--at-least", arguments->at_least,
                      "say only that so many records are classified as labelled")
          ->type_name("N");
  CLI::Option* at_most =
      app->add_option("--at-most", arguments->at_most,
                      "of a regression: say only that the squared errors add up to no more")
          ->type_name("X");
  app->add_flag("--confusion", arguments->confusion,
                "state the counts by label and class, not only how many are right");
  app->add_flag("--apart", arguments->apart,
                "also prove that no record of the test set is one of the run's datasets");
  app->add_option("--draw", arguments->draw, "only so many records, which a beacon draws")
      ->check(CLI::Range(1u, kMaxScored))
      ->type_name("N");
  app->add_option("--beacon", arguments->beacon, "the beacon that draws them (JSON)")
      ->type_name("BEACON.json");
  app->add_flag(
      "--show-range", arguments->shows_range,
      "prove the range of the weights too: the claim can be checked without the run's proof");
  app->add_option("-o,--out", arguments->out, "the claim, a new file")
      ->required()
      ->type_name("FILE.pedigree");
  add_context_options(*app, arguments->context);
  add_work_options(*app);
  add_json(*app);
  return {app, [arguments, at_least, at_most](Session& session) {
            arguments->has_at_least = at_least->count() > 0;
            arguments->has_at_most = at_most->count() > 0;
            return Scoring(*arguments, session).run();
          }};
}

}  // namespace pedigree::cli
