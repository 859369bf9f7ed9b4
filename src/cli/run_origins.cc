#include "cli/run_origins.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/claim_text.h"
#include "custody/signer.h"
#include "hash/keccak.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

// What a group of datasets gave to the chosen steps.
struct Group {
  std::vector<bool> holds;  // by dataset
  std::set<u32> records;
  std::set<std::string> batches;  // digests of their rows
  u32 steps = 0, skipped = 0;
};

std::string batch_digest(std::vector<u32> rows) {
  std::sort(rows.begin(), rows.end());
  const Digest d = keccak256({reinterpret_cast<const u8*>(rows.data()), rows.size() * sizeof(u32)});
  return std::string(reinterpret_cast<const char*>(d.bytes), sizeof d.bytes);
}

using Name = std::function<std::string(u32 dataset)>;

json groups_json(const RunSteps& run, const StepRange& range, const char* key, const Name& name) {
  const std::size_t n = run.statement().datasets.size();
  std::map<std::string, Group> groups;
  std::vector<Group*> of(n);
  for (u32 d = 0; d < n; ++d) of[d] = &groups[name(d)];
  for (u32 step = range.first; step <= range.last; ++step) {
    const std::span<const u32> batch = run.batch(step);
    std::set<Group*> here;
    for (const u32 row : batch) {
      Group* const group = of[run.place_of(row).dataset];
      group->records.insert(row);
      here.insert(group);
    }
    if (here.empty()) continue;
    const std::string digest = batch_digest({batch.begin(), batch.end()});
    for (Group* const group : here) {
      group->batches.insert(digest);
      ++group->steps;
      group->skipped += run.is_skipped(step);
    }
  }
  json out = json::array();
  for (const auto& [what, group] : groups)
    out.push_back({{key, what},
                   {"records", group.records.size()},
                   {"distinct_batches", group.batches.size()},
                   {"steps", group.steps},
                   {"skipped_steps", group.skipped}});
  return out;
}

std::string plain(const Vec<u8>& bytes) {
  return text_of(pedigree_text{bytes.data(), static_cast<u32>(bytes.size())});
}

std::string table(const json& groups, const char* key, const char* title) {
  std::string text = fmt::format("by {}\n  {:>9} {:>9} {:>9} {:>9}\n", title, "records", "batches",
                                 "steps", "skipped");
  for (const json& g : groups)
    text += fmt::format("  {:>9} {:>9} {:>9} {:>9}  {}\n", g["records"].get<u64>(),
                        g["distinct_batches"].get<u64>(), g["steps"].get<u64>(),
                        g["skipped_steps"].get<u64>(), g[key].get<std::string>());
  return text;
}

}  // namespace

json run_origins_json(const RunSteps& run, const StepRange& range) {
  const Vec<Manifest>& manifests = run.statement().datasets;
  u32 skipped = 0, empty = 0;
  for (u32 step = range.first; step <= range.last; ++step) {
    skipped += run.is_skipped(step);
    empty += run.batch(step).empty();
  }
  return {{"steps",
           {{"first", range.first},
            {"last", range.last},
            {"number", range.last - range.first + 1},
            {"skipped", skipped},
            {"empty", empty},
            {"of_the_run", run.steps()}}},
          {"by_custodian",
           groups_json(
               run, range, "custodian",
               [&](u32 d) { return custody::signer_text(custody::signer_json(manifests[d])); })},
          {"by_licence",
           groups_json(run, range, "licence", [&](u32 d) { return plain(manifests[d].licence); })},
          {"by_purpose",
           groups_json(run, range, "purpose", [&](u32 d) { return plain(manifests[d].purpose); })}};
}

std::string run_origins_text(const json& origins) {
  const json& steps = origins["steps"];
  std::string text = fmt::format("steps {} to {} of {}: {} in all, {} of them count nothing\n",
                                 steps["first"].get<u32>(), steps["last"].get<u32>(),
                                 steps["of_the_run"].get<u32>(), steps["number"].get<u32>(),
                                 steps["skipped"].get<u32>());
  text += table(origins["by_custodian"], "custodian", "custodian");
  text += table(origins["by_licence"], "licence", "licence");
  text += table(origins["by_purpose"], "purpose", "purpose");
  return text;
}

}  // namespace pedigree::cli
