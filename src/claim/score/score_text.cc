#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "claim/claims_text.h"
#include "cli/claim_text.h"
#include "custody/signer.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

const char* metric_name(u32 metric) {
  return metric == PEDIGREE_CORRECT         ? "correct"
         : metric == PEDIGREE_CONFUSION     ? "confusion"
         : metric == PEDIGREE_SQUARED_ERROR ? "squared_error"
                                            : "unknown";
}

double sum_of(const pedigree_score& s) {
  return std::ldexp(static_cast<double>(s.value), -2 * static_cast<int>(s.frac));
}

json confusion_json(const pedigree_score& s) {
  if (s.confusion == nullptr) return nullptr;
  json rows = json::array();
  for (u32 i = 0; i < s.classes; ++i) {
    json row = json::array();
    for (u32 j = 0; j < s.classes; ++j) row.push_back(s.confusion[i * s.classes + j]);
    rows.push_back(row);
  }
  return rows;
}

// Once the run was seen, by the caller; what a beacon drew needs no run.
const char* fixed_name(const pedigree_score& s) {
  return s.drawn != 0 ? "drawn" : s.named_by_run != 0 ? "named_by_run" : "not_fixed";
}

json fields(const pedigree_claim& c) {
  if (c.score == nullptr) return json::object();
  const pedigree_score& s = *c.score;
  json training = json::array();
  for (u32 d = 0; d < c.num_datasets; ++d) training.push_back(dataset_json(c.datasets[d]));
  const bool is_error = s.metric == PEDIGREE_SQUARED_ERROR;
  return {{"metric", metric_name(s.metric)},
          {"exact", s.is_exact != 0},
          {"value", s.confusion != nullptr ? json(nullptr) : json(s.value)},
          {"sum", is_error ? json(sum_of(s)) : json(nullptr)},
          {"confusion", confusion_json(s)},
          {"samples", s.samples},
          {"test", dataset_json(s.test)},
          {"test_manifest", identity_text(s.test_manifest)},
          {"fixed", fixed_name(s)},
          {"beacon", beacon_json(c)},
          {"ticket", s.ticket != 0 ? json(s.ticket) : json(nullptr)},
          {"apart_from", training}};
}

std::string value_text(const pedigree_score& s) {
  const char* bound = s.is_exact != 0                      ? ""
                      : s.metric == PEDIGREE_SQUARED_ERROR ? "at most "
                                                           : "at least ";
  if (s.metric == PEDIGREE_SQUARED_ERROR)
    return fmt::format("squared errors of {}{:.6g} together over {} records", bound, sum_of(s),
                       s.samples);
  if (s.metric == PEDIGREE_CORRECT)
    return fmt::format("{}{} of {} records are classified as labelled ({:.2f} %)", bound, s.value,
                       s.samples,
                       100.0 * static_cast<double>(s.value) / static_cast<double>(s.samples));
  u64 correct = 0;
  for (u32 i = 0; s.confusion != nullptr && i < s.classes; ++i)
    correct += s.confusion[i * s.classes + i];
  return fmt::format("{} of {} records are classified as labelled; the counts by label and class",
                     correct, s.samples);
}

std::string fixed_text(const pedigree_claim& c) {
  const pedigree_score& s = *c.score;
  if (s.drawn != 0)
    return fmt::format("drawn by {}, round {}, from {} records", text_of(c.beacon_source),
                       c.beacon_round, s.test.records);
  return s.named_by_run != 0 ? "named by the run, so before it was proven"
                             : "not fixed: neither a beacon nor a run that was shown names it";
}

std::string ticket_text(const pedigree_score& s) {
  if (s.ticket == 0) return "declared by the prover: nobody counts attempts";
  return fmt::format("ticket {} of the test set's owner: {} were given before it", s.ticket,
                     s.ticket - 1);
}

std::string lines(const pedigree_claim& c) {
  if (c.score == nullptr) return "";
  const pedigree_score& s = *c.score;
  std::string text;
  const auto line = [&](const char* name, const std::string& value) {
    text += fmt::format("  {:<12} {}\n", name, value);
  };
  line("result", value_text(s));
  for (u32 i = 0; s.confusion != nullptr && i < s.classes; ++i) {
    std::string row;
    for (u32 j = 0; j < s.classes; ++j)
      row += fmt::format(" {:>7}", s.confusion[i * s.classes + j]);
    line(fmt::format("label {}", i).c_str(), row);
  }
  line("test set", dataset_text(s.test));
  line("fixed", fixed_text(c));
  line("attempt", ticket_text(s));
  line("apart", s.apart_from == 0
                    ? "nothing is said of training records"
                    : fmt::format("no record in common with {} training sets", s.apart_from));
  return text;
}

std::string summary(const pedigree_claim& c) {
  if (c.score == nullptr) return "";
  const pedigree_score& s = *c.score;
  return fmt::format("  {}\n  test set {}: {}\n  attempt: {}\n  {}\n", value_text(s),
                     s.test.is_signed != 0
                         ? "signed by " + custody::signer_text(signer_json(s.test))
                         : "declared by the prover",
                     fixed_text(c), ticket_text(s),
                     s.apart_from > 0 ? fmt::format("none of its records is in the {} of the run",
                                                    s.apart_from == 1 ? "dataset" : "datasets")
                                      : "nothing is said of training records");
}

std::string meaning(const pedigree_claim& c) {
  if (c.score == nullptr) return "";
  std::string text =
      "This proves: whoever made the file knows weights under the stated identity that, in exact "
      "integers, reach the stated\n"
      "  result on the committed test set; of equal scores the first class wins.\n";
  if (c.score->apart_from > 0)
    text += "  No record of the test set has the inputs of a record of the listed training sets.\n";
  return text +
         "It does not prove: that the test set is like any other data, or that its labels "
         "are true: that is its owner's word.\n";
}

}  // namespace

const ClaimText kScoreText{4, "evaluation", fields, lines, meaning, summary};

}  // namespace pedigree::cli
