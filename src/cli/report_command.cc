#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/checked_proof.h"
#include "cli/files.h"
#include "cli/options.h"
#include "cli/proof_facts.h"
#include "report/report.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

struct ReportArguments {
  ProofFiles files;
  std::vector<std::string> manifests;
  std::string run, out, check;
};

bool is_page(const std::string& path) {
  const std::string suffix = std::filesystem::path(path).extension().string();
  return suffix == ".html" || suffix == ".htm";
}

json make_twin(const ReportArguments& a) {
  const CheckedProof proof(a.files);
  proof.require_accepted("reports are of accepted proofs alone");
  const json metrics = a.run.empty() ? json(nullptr) : metrics_json(a.run, proof.claim());
  json facts = facts_json(proof);
  facts["manifests"] = manifests_json(a.manifests, proof.claim());
  return report::twin_of(facts, metrics);
}

int write(const ReportArguments& a, Session& session) {
  if (a.out.empty() || !is_page(a.out))
    throw Failure(kUsage,
                  "name the page with -o, such as -o report.html: its twin is then report.json");
  const std::string twin_file = std::filesystem::path(a.out).replace_extension(".json").string();
  require_free(a.out, "report");
  require_free(twin_file, "twin of the report");
  const json twin = make_twin(a);
  write_file(twin_file, bytes_of(report::twin_text(twin)));
  try {
    write_file(a.out, bytes_of(report::page_of(twin)));
  } catch (const Failure&) {  // one without the other is no report
    std::error_code ignored;
    std::filesystem::remove(twin_file, ignored);
    throw;
  }
  json counts = {{"proved", 0}, {"attested", 0}, {"declared", 0}, {"not applicable", 0}};
  for (const json& line : twin["lines"]) {
    json& count = counts[line["mark"].get<std::string>()];
    count = count.get<u64>() + 1;
  }
  session.result(
      {{"report", a.out}, {"twin", twin_file}, {"lines", counts}},
      fmt::format("{} and {}: {} lines proved, {} attested, {} declared, {} not applicable\n",
                  a.out, twin_file, counts["proved"].dump(), counts["attested"].dump(),
                  counts["declared"].dump(), counts["not applicable"].dump()));
  return kDone;
}

int check(const ReportArguments& a, Session& session) {
  constexpr std::size_t kMost = 20;
  if (!a.out.empty()) throw Failure(kUsage, "--check writes nothing: leave -o out");
  const std::string found = read_text(a.check);
  const json twin = make_twin(a);
  const bool page = is_page(a.check);
  const std::string expected = page ? report::page_of(twin) : report::twin_text(twin);
  const bool same = found == expected;
  std::vector<std::string> what;
  if (!same)
    what = page ? report::line_differences(expected, found, kMost)
                : report::differences(twin, found, kMost);
  std::string text = fmt::format("{}: {}: {}\n", same ? "accepted" : "refused", a.check,
                                 same ? "it is what the proof and the other files give"
                                      : "it is not what the proof and the other files give: it was "
                                        "altered, or made of other files");
  for (const std::string& difference : what) text += "  " + difference + "\n";
  session.result({{"verdict", same ? "accepted" : "refused"},
                  {"code", same ? "ok" : "report_differs"},
                  {"differences", what}},
                 text);
  return same ? kDone : kRefused;
}

}  // namespace

Command report_command(CLI::App& program) {
  auto arguments = std::make_shared<ReportArguments>();
  CLI::App* app = add_command(
      program, "report", "write what a proof shows as one page and as JSON, or check such a page",
      "pedigree report model.pedigree --run run/ --policy policy.json -o report.html");
  app->add_option("file,--proof", arguments->files.proof, "the proof")
      ->required()
      ->type_name("FILE.pedigree");
  add_proof_options(*app, arguments->files);
  app->add_option("--run", arguments->run,
                  "add the scores that the trainer wrote down, as declared")
      ->type_name("RUN/");
  app->add_option("--manifest", arguments->manifests,
                  "manifests as custodians handed them out: that the proof has the same is said")
      ->type_name("FILE...");
  app->add_option("-o,--out", arguments->out, "the new page; its twin gets the suffix .json")
      ->type_name("FILE.html");
  app->add_option("--check", arguments->check,
                  "write nothing: make the page or its twin anew and say where this one differs")
      ->type_name("FILE");
  add_json(*app);
  return {app, [arguments](Session& session) {
            return arguments->check.empty() ? write(*arguments, session)
                                            : check(*arguments, session);
          }};
}

}  // namespace pedigree::cli
