#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "claim/claims_text.h"
#include "cli/claim_text.h"
#include "cli/run_steps.h"
#include "custody/signer.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

constexpr std::size_t kMostShown = 12;  // steps, rows, records on one line or list for people

struct Place {
  u32 dataset = 0, row = 0;
};
Place place_of(const pedigree_claim& c, u32 row) {
  Place place{0, row};
  while (place.dataset + 1 < c.num_datasets && place.row >= c.datasets[place.dataset].records)
    place.row -= c.datasets[place.dataset++].records;
  return place;
}

// The rows of each record. Records that are equal to each other have the same rows; where the list is shown, a hit of one is
// one of all.
std::map<u32, std::set<u32>> rows_of_records(const pedigree_origins& o) {
  std::map<u32, std::set<u32>> rows;
  for (u32 k = 0; k < o.num_hits; ++k) rows[o.hits[k].record].insert(o.hits[k].row);
  if (o.records.cells == nullptr) return rows;
  const std::size_t n = o.records.columns;
  std::map<std::vector<i32>, std::set<u32>> of_cells;
  const auto cells = [&](u32 record) {
    const i32* const from = o.records.cells + record * n;
    return std::vector<i32>(from, from + n);
  };
  for (const auto& [record, own] : rows)
    if (record < o.records.samples) of_cells[cells(record)].insert(own.begin(), own.end());
  if (of_cells.empty()) return rows;
  for (u32 record = 0; record < o.records.samples; ++record)
    if (const auto at = of_cells.find(cells(record)); at != of_cells.end())
      rows[record] = at->second;
  return rows;
}

json row_json(const pedigree_claim& c, u32 row) {
  const Place place = place_of(c, row);
  json out = {{"dataset", place.dataset}, {"row", place.row}};
  if (place.dataset >= c.num_datasets) return out;
  const pedigree_dataset& d = c.datasets[place.dataset];
  out["name"] = text_of(d.name);
  out.update(signer_json(d));
  return out;
}

json records_json(const pedigree_claim& c, const RunSteps* run) {
  json records = json::array();
  const std::map<u32, std::set<u32>> all = rows_of_records(*c.origins);
  std::vector<u32> rows;
  for (const auto& [record, own] : all) rows.insert(rows.end(), own.begin(), own.end());
  const auto steps = run != nullptr ? run->steps_of(rows) : std::vector<std::vector<u32>>();
  std::size_t at = 0;
  for (const auto& [record, own] : all) {
    json list = json::array();
    for (const u32 row : own) {
      json entry = row_json(c, row);
      if (run != nullptr) {
        json skipped = json::array();
        for (const u32 step : steps[at])
          if (run->is_skipped(step)) skipped.push_back(step);
        entry["steps"] = steps[at++];
        entry["skipped_steps"] = skipped;
      }
      list.push_back(entry);
    }
    records.push_back({{"record", record}, {"rows", list}});
  }
  return records;
}

json fields(const pedigree_claim& c) {
  if (c.origins == nullptr) return json::object();
  json datasets = json::array();
  for (u32 d = 0; d < c.num_datasets; ++d) {
    const pedigree_dataset& x = c.datasets[d];
    datasets.push_back({{"name", text_of(x.name)},
                        {"records", x.records},
                        {"identity", identity_text(x.identity)}});
    datasets.back().update(signer_json(x));
  }
  return {{"datasets", datasets},
          {"records", cells_json(c.origins->records)},
          {"found", records_json(c, nullptr)},
          {"records_found", rows_of_records(*c.origins).size()}};
}

std::string lines(const pedigree_claim& c) {
  if (c.origins == nullptr) return "";
  std::string text = fmt::format("  {:<12} {}\n", "records", cells_text(c.origins->records));
  for (u32 d = 0; d < c.num_datasets; ++d)
    text += fmt::format("  {:<12} \"{}\", {} records, {}\n", "dataset", text_of(c.datasets[d].name),
                        c.datasets[d].records, custody::signer_text(signer_json(c.datasets[d])));
  return text + fmt::format("  {:<12} {} of the records, {} pairs of a row and a record\n", "found",
                            rows_of_records(*c.origins).size(), c.origins->num_hits);
}

std::string meaning(const pedigree_claim&) {
  return "This proves: of all rows of the stated datasets exactly the stated ones are equal to a "
         "record of the list, in all inputs;\n"
         "  labels are not compared. Records that are equal to each other have the same rows, and "
         "a "
         "hidden list may name only one of them.\n";
}

std::string steps_text(const json& row) {
  const json &steps = row["steps"], &skipped = row["skipped_steps"];
  if (steps.empty()) return "in no batch of the run";
  std::string text =
      fmt::format("in the batches of {} step{}:", steps.size(), steps.size() == 1 ? "" : "s");
  for (std::size_t i = 0; i < std::min(steps.size(), kMostShown); ++i) {
    const bool counts = std::find(skipped.begin(), skipped.end(), steps[i]) == skipped.end();
    text += fmt::format("{} {}{}", i > 0 ? "," : "", steps[i].get<u32>(),
                        counts ? "" : " (counts nothing)");
  }
  if (steps.size() > kMostShown)
    text += fmt::format(" and others; {} of all count nothing", skipped.size());
  return text;
}

json beside_run(const pedigree_claim& c, const std::vector<u8>& run, const std::string& path) {
  const RunSteps steps(run, path);
  return {{"found", records_json(c, &steps)}};
}

std::string beside_run_lines(const pedigree_claim& c, const json& object) {
  const json& found = object["found"];
  const u32 n = c.origins->records.samples;
  if (found.empty())
    return fmt::format("  no record of the run equals any of the {} of the list\n", n);
  std::string text;
  std::size_t shown = 0;
  for (const json& record : found)
    for (const json& row : record["rows"]) {
      if (++shown > kMostShown * kMostShown) continue;
      text +=
          fmt::format("  record {} equals row {} of \"{}\" ({}), {}\n", record["record"].get<u32>(),
                      row["row"].get<u32>(), row["name"].get<std::string>(),
                      custody::signer_text(row), steps_text(row));
    }
  if (shown > kMostShown * kMostShown)
    text += fmt::format("  and {} more: see --json\n", shown - kMostShown * kMostShown);
  text += fmt::format("  no other record of the run equals any of the {} of the list\n", n);
  if (c.origins->records.cells == nullptr)
    text += "  records of the list that are equal to each other count as one\n";
  return text;
}

}  // namespace

const ClaimText kOriginsText{.kind = 5,
                             .name = "origins",
                             .fields = fields,
                             .lines = lines,
                             .meaning = meaning,
                             .has_weights = false,
                             .beside_run = beside_run,
                             .beside_run_lines = beside_run_lines};

}  // namespace pedigree::cli
