#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "claim/origins/origins_prove.h"
#include "cli/cells_file.h"
#include "cli/checked_proof.h"
#include "cli/claim_context.h"
#include "cli/claim_result.h"
#include "cli/exit.h"
#include "cli/files.h"
#include "cli/hex.h"
#include "cli/options.h"
#include "cli/proof_statement.h"
#include "cli/run_directory.h"
#include "cli/run_origins.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

struct OriginsArguments {
  std::string run, proof, records, out, steps;
  bool shown = false;
  ContextArguments context;
};

class FindingOrigins {
 public:
  FindingOrigins(const OriginsArguments& arguments, Session& session)
      : a_(arguments), session_(session) {}

  int run() {
    require_free(a_.out, "claim");
    require_free(records_file(), "file of cells");
    run_ = read_run(a_.run);
    check_proof();
    read_records();
    find();
    // Counted before anything that an opening shows can leave. There is no resuming: each try is one.
    custody::spend_openings(run_.data.budgets(), custody::fresh_digest());
    const Origins origins = prove();
    // First: a claim whose salt is lost could be checked by nobody.
    if (!a_.shown) write_cells(records_file(), origins.salt, list_.features, list_.x);
    write_file(a_.out, origins.proof.bytes);
    report(origins);
    return kDone;
  }

 private:
  std::string records_file() const { return a_.out + ".records.json"; }
  const std::vector<custody::DatasetFolder>& datasets() const { return run_.data.datasets; }

  // The claim is about the datasets of this proof, and is linked to it alone.
  void check_proof() const {
    const std::vector<u8> file = read_bytes(a_.proof);
    OwnedArena arena(proof_statement_memory(file.size()));
    const Statement s = proof_statement(file, a_.proof, arena.get());
    bool same = s.datasets.size() == datasets().size();
    for (std::size_t d = 0; same && d < datasets().size(); ++d)
      same = s.datasets[d].root == datasets()[d].manifest.root;
    if (!same)
      throw Failure(kUsage,
                    fmt::format("{}: not a proof of {}: it has other datasets", a_.proof, a_.run));
  }

  void read_records() {
    u8 bits = 0;
    for (const custody::DatasetFolder& d : datasets()) bits = std::max(bits, d.manifest.input_bits);
    list_ = read_inputs(a_.records, run_.schema, bits);
    if (a_.shown && list_.x.size() > kMaxShownCells)
      throw Failure(kUnsupported,
                    fmt::format("{}: {} cells: a claim shows at most {}; leave out --shown",
                                a_.records, list_.x.size(), kMaxShownCells));
  }

  void find() {
    std::vector<Rows> rows;
    for (const custody::DatasetFolder& d : datasets()) rows.push_back({d.data.records, d.data.x});
    hits_ = find_hits(rows, {list_.records, list_.x});
    if (hits_.size() > kMaxHits)
      throw Failure(kUnsupported,
                    fmt::format("{}: {} pairs of a row and a record are equal: a claim states at "
                                "most {}; make one of each part of the list",
                                a_.records, hits_.size(), kMaxHits));
  }

  Origins prove() {
    OwnedArena arena(std::size_t{1} << 16);
    std::vector<Manifest> manifests;
    std::vector<std::unique_ptr<DatasetRoot>> roots;
    OriginsInput input;
    for (const custody::DatasetFolder& d : datasets()) {
      manifests.push_back(d.manifest);
      input.roots.push_back(
          roots.emplace_back(std::make_unique<DatasetRoot>(d, kCosetWords)).get());
    }
    input.datasets = manifests;
    input.records = {list_.records, list_.x};
    input.show = a_.shown ? Visibility::shown : Visibility::hashed;
    input.hits = hits_;
    input.context = context_of(a_.context, arena.get());
    ProveOptions options;
    options.progress = [this](const char* stage, double share) { session_.progress(stage, share); };
    return prove_origins(input, options);
  }

  void report(const Origins& origins) {
    json hits = json::array(), budgets = json::array();
    std::vector<bool> found(list_.records);
    for (const RowHit& hit : hits_) {
      u32 d = 0, row = hit.row;
      while (row >= datasets()[d].data.records) row -= datasets()[d++].data.records;
      hits.push_back({{"record", hit.position}, {"dataset", d}, {"row", row}});
      found[hit.position] = true;
    }
    std::string text = fmt::format(
        "proved which rows of {} equal the {} of the list: {} of them are in it; the claim was "
        "verified before it was written\n{}",
        a_.run, list_.records, std::count(found.begin(), found.end(), true),
        claim_lines(a_.out, origins.proof.bytes));
    for (const custody::DatasetFolder& d : datasets()) {
      const custody::OpeningBudget budget = custody::budget_of(d);
      const u32 spent = custody::openings_spent(budget);
      budgets.push_back({{"dataset", d.path}, {"spent", spent}, {"openings", budget.openings}});
      text += fmt::format("  opening {} of {} of {}\n", spent, budget.openings, d.path);
    }
    if (!a_.shown)
      text += fmt::format("  {}: hand it to whoever is to check the hashed records; private\n",
                          records_file());
    json object = claim_facts(a_.out, origins.proof.bytes);
    object.update({{"records", list_.records},
                   {"records_found", std::count(found.begin(), found.end(), true)},
                   {"hits", hits},
                   {"records_file", a_.shown ? json(nullptr) : json(records_file())},
                   {"openings", budgets}});
    session_.result(object, text);
  }

  const OriginsArguments& a_;
  Session& session_;
  Run run_;
  record::Dataset list_;
  std::vector<RowHit> hits_;
};

// Without a claim: what the statement of a proven run says of its steps.
int show_steps(const OriginsArguments& a, Session& session) {
  const std::vector<u8> file = read_bytes(a.proof);
  pedigree_policy policy{};
  policy.any_custodian = 1;  // whose word it is, the table says
  policy.max_skipped_steps = ~u64{0};
  Verifier verifier;
  if (!verifier.verify(file, policy))
    throw Failure(kUnfinished, a.proof + ": verifying needs more memory than there is");
  if (verifier.result().status != PEDIGREE_OK)
    throw Failure(kRefused, fmt::format("{}: refused: {}: {}", a.proof, verifier.result().code,
                                        verifier.result().reason));
  const RunSteps run(file, a.proof);
  const json object = run_origins_json(run, parse_steps(a.steps, run.steps()));
  session.result(object, run_origins_text(object));
  return kDone;
}

int run(const OriginsArguments& a, Session& session) {
  if (!a.steps.empty()) {
    if (!a.run.empty() || !a.records.empty() || !a.out.empty() || a.shown)
      throw Failure(kUsage, "--steps goes with --proof alone: it makes no claim");
    return show_steps(a, session);
  }
  if (a.run.empty() || a.records.empty() || a.out.empty())
    throw Failure(kUsage, "a claim needs RUN/, --records and -o; counts alone need --steps");
  return FindingOrigins(a, session).run();
}

}  // namespace

Command origins_command(CLI::App& program) {
  auto arguments = std::make_shared<OriginsArguments>();
  CLI::App* app = add_command(
      program, "origins", "prove which records of a list a run was trained on, and that no others",
      "pedigree origins run/ --proof model.pedigree --records rows.csv -o origins.pedigree");
  app->add_option("run", arguments->run, "run directory of `pedigree train`")->type_name("RUN/");
  app->add_option("--proof", arguments->proof, "a proof of the run")
      ->required()
      ->type_name("FILE.pedigree");
  app->add_option("--records", arguments->records,
                  "rows as the run's datasets have them; a column of labels is not read")
      ->type_name("FILE");
  app->add_option("-o,--out", arguments->out, "the claim, a new file")->type_name("FILE.pedigree");
  app->add_flag("--shown", arguments->shown, "state the records themselves, not their digest");
  app->add_option("--steps", arguments->steps,
                  "no claim: count records, batches and steps of each custodian, licence and "
                  "purpose in these steps: A..B, one, or all")
      ->type_name("STEPS");
  add_context_options(*app, arguments->context);
  add_work_options(*app);
  add_json(*app);
  return {app, [arguments](Session& session) { return run(*arguments, session); }};
}

}  // namespace pedigree::cli
