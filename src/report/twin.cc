#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/types.h"
#include "report/report.h"
#include "report/tables.h"

namespace pedigree::report {

namespace {

using nlohmann::json;

constexpr u32 kVersion = 1;

json marks() {
  return {{{"mark", "proved"}, {"meaning", "follows from the verification of the proof"}},
          {{"mark", "attested"}, {"meaning", "rests on the signature of a custodian"}},
          {{"mark", "declared"}, {"meaning", "the trainer's word"}},
          {{"mark", "not applicable"}, {"meaning", "not shown by anything here"}}};
}

json summary(const json& facts, const json& lines) {
  const json& claim = facts["claim"];
  json tiles = {
      {{"text", "provable bits, worst round"},
       {"value", fmt::format("{:.1f}", facts["soundness"]["worst_bits"].get<double>())}},
      {{"text", "records used by steps"}, {"value", claim["use"]["records"].dump()}},
      {{"text", "steps"}, {"value", claim["steps"].dump()}},
      {{"text", "signers whose word is taken"}, {"value", std::to_string(facts["trusts"].size())}}};
  for (const char* mark : {"proved", "attested", "declared"}) {
    const auto n =
        std::count_if(lines.begin(), lines.end(), [&](const json& l) { return l["mark"] == mark; });
    tiles.push_back({{"text", fmt::format("lines {}", mark)}, {"value", std::to_string(n)}});
  }
  return tiles;
}

json parts() {
  const std::pair<const char*, const char*> chapters[] = {
      {"1", "1 General information"},      {"2", "2 List of data sources"},
      {"3", "3 Data processing aspects"},  {"4", "4 Scores"},
      {"5", "5 Data protection (GDPR)"},   {"6", "6 Soundness"},
      {"7", "7 Limits: what is not shown"}};
  json out = json::array();
  for (const auto& [number, title] : chapters) {
    json inner = json::array();
    for (const Section& s : sections())
      if (s.id[0] == number[0])
        inner.push_back({{"id", s.id}, {"title", s.id == std::string_view(number) ? "" : s.title}});
    out.push_back({{"title", title}, {"sections", inner}});
  }
  return out;
}

json files(const json& facts) {
  const std::pair<const char*, const char*> names[] = {{"proof", "model.pedigree"},
                                                       {"weights", "weights.safetensors"},
                                                       {"init", "init.safetensors"},
                                                       {"policy", "policy.json"}};
  json out = json::array();
  for (const auto& [key, name] : names)
    if (facts["files"].contains(key)) {
      json file = facts["files"][key];
      file["name"] = name;
      out.push_back(file);
    }
  return out;
}

}  // namespace

std::string options_of(const json& facts) {
  std::string out;
  if (facts["files"].contains("weights")) out += " --weights weights.safetensors";
  if (facts["files"].contains("init")) out += " --init init.safetensors";
  if (facts["files"].contains("policy")) out += " --policy policy.json";
  if (facts["any_custodian"] == true) out += " --any-custodian";
  return out;
}

std::string check_command(const json& facts, const json& metrics, const char* file) {
  std::string out =
      fmt::format("pedigree report --check {} --proof model.pedigree{}", file, options_of(facts));
  if (!facts["manifests"].empty()) out += " --manifest manifest.bin";
  if (!metrics.is_null()) out += " --run run/";
  return out;
}

json twin_of(const json& facts, const json& metrics) {
  const json lines = lines_of(facts, metrics);
  return {{"report", kVersion},
          {"title", "How this model was trained, and who says so"},
          {"introduction",
           "The proof was accepted. In the order of the template for the public summary of "
           "training content, Article 53(1)(d) of "
           "Regulation (EU) 2024/1689, with the articles of the GDPR behind it. Each line says on "
           "whose word it rests."},
          {"summary", summary(facts, lines)},
          {"marks", marks()},
          {"charts", charts_of(facts, metrics)},
          {"parts", parts()},
          {"lines", lines},
          {"files", files(facts)},
          {"checking",
           "A page can be altered, and a mark can be painted. Believe this one only when the "
           "command answers that it is what "
           "the proof gives."},
          {"command", check_command(facts, metrics, "report.html")}};
}

std::string twin_text(const json& twin) {
  return twin.dump(2, ' ', true, json::error_handler_t::replace) + "\n";
}

}  // namespace pedigree::report
