#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "base/types.h"
#include "custody/signer.h"
#include "report/report.h"

namespace pedigree::report {

namespace {

using nlohmann::json;

// A trainer may have written any number: what no axis could hold is left out.
constexpr double kLargest = 1e30;
bool is_drawn(const json& value) {
  return value.is_number() && std::abs(value.get<double>()) <= kLargest;
}

// Points of one score over steps; epochs in which it was not measured are left out. At most kMostPoints and the last one.
constexpr std::size_t kMostPoints = 400;
json series(const char* name, const json& epochs, const char* key) {
  json all = json::array(), points = json::array();
  for (const json& e : epochs)
    if (is_drawn(e["step"]) && is_drawn(e[key])) all.push_back({e["step"], e[key]});
  const std::size_t stride = all.size() / kMostPoints + 1;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (i % stride == 0 || i + 1 == all.size()) points.push_back(all[i]);
  return {{"name", name}, {"points", points}};
}

json over_steps(const char* id, std::string title, const json& metrics, json list) {
  json drawn = json::array();
  for (json& s : list)
    if (!s["points"].empty()) drawn.push_back(std::move(s));
  const bool some = !drawn.empty();
  const char* none =
      metrics.is_null() ? "no run was given: scores are not part of a proof" : "none were measured";
  return {{"id", id},
          {"kind", "lines"},
          {"title", std::move(title)},
          {"x", "steps"},
          {"mark", some ? "declared" : "not applicable"},
          {"note", some ? "the trainer's own measurement" : none},
          {"series", drawn}};
}

json bars(const char* id, const char* title, const char* mark, const char* note, json parts,
          json least, json list) {
  return {{"id", id},
          {"kind", "bars"},
          {"title", title},
          {"mark", mark},
          {"note", note},
          {"parts", std::move(parts)},
          {"least", std::move(least)},
          {"bars", std::move(list)}};
}

json records_by_custodian(const json& claim) {
  struct Count {
    u64 used = 0, rest = 0;
    std::string names;
  };
  std::map<std::string, Count> by_key;
  for (const json& d : claim["datasets"]) {
    const bool is_signed = d["attested"] == true;
    Count& c = by_key[is_signed ? custody::signer_text(d) : "declared, no custodian"];
    c.used += d["used"].get<u64>();
    c.rest += d["records"].get<u64>() - d["used"].get<u64>();
    c.names += (c.names.empty() ? "" : ", ") + d["name"].get<std::string>();
  }
  json list = json::array();
  for (const auto& [key, c] : by_key)
    list.push_back({{"name", c.names}, {"detail", key}, {"values", {c.used, c.rest}}});
  return bars("records", "Records by custodian", "proved",
              "counts are proved; whose key it is, the reader must know",
              json::array({"used by steps", "held out or not used"}), nullptr, list);
}

// Of each kind of message the worst one.
json soundness_terms(const json& soundness) {
  std::vector<std::string> order;
  std::map<std::string, const json*> worst;
  const auto total = [](const json& t) {
    return t["bits"].get<double>() + t["grinding"].get<double>();
  };
  for (const json& term : soundness["terms"]) {
    const std::string name = term["name"].get<std::string>();
    const json*& kept = worst[name];
    if (kept == nullptr) order.push_back(name);
    if (kept == nullptr || total(term) < total(*kept)) kept = &term;
  }
  json list = json::array();
  for (const std::string& name : order)
    list.push_back({{"name", name},
                    {"detail", ""},
                    {"values", {(*worst[name])["bits"], (*worst[name])["grinding"]}}});
  return bars("soundness", "Soundness: bits of each kind of message", "proved",
              "the chance that a forger passes it with one try is 2 to the power of minus so many "
              "bits; the dashed line is at 128, the least that a verifier takes",
              json::array({"from theorems", "proof of work"}), 128, list);
}

}  // namespace

json charts_of(const json& facts, const json& metrics) {
  const json epochs = metrics.is_null() ? json::array() : metrics["epochs"];
  const std::string metric = metrics.is_null() ? "accuracy" : metrics["metric"].get<std::string>();
  return json::array({over_steps("loss", "Loss over steps", metrics,
                                 json::array({series("training batches", epochs, "training_loss"),
                                              series("scored records", epochs, "loss")})),
                      over_steps("score", "Score over steps: " + metric, metrics,
                                 json::array({series("scored records", epochs, "accuracy")})),
                      records_by_custodian(facts["claim"]), soundness_terms(facts["soundness"])});
}

}  // namespace pedigree::report
