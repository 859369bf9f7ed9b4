#include "train/dump.h"

#include <nlohmann/json.hpp>

namespace pedigree::train {

namespace {

nlohmann::json describe_layer(const Layer& l) {
  if (l.kind == LayerKind::linear)
    return {{"kind", "linear"},   {"input", l.input},   {"out", l.out},      {"share", l.share},
            {"frac_q", l.frac_q}, {"frac_e", l.frac_e}, {"frac_d", l.frac_d}};
  if (l.kind == LayerKind::add)
    return {{"kind", "add"}, {"input", l.input}, {"second", l.second}, {"frac_a", l.frac_a}};
  return {{"kind", "activation"},
          {"input", l.input},
          {"activation", name_of(l.activation)},
          {"frac_a", l.frac_a}};
}

}  // namespace

nlohmann::json describe(const RunPlan& plan) {
  const Model& m = plan.model;
  const Sampling& s = plan.sampling;
  nlohmann::json layers = nlohmann::json::array(), runs = nlohmann::json::array(),
                 impulse = nlohmann::json::array();
  for (u32 i = 0; i < m.num_layers; ++i) {
    layers.push_back(describe_layer(m.layers[i]));
    layers.back()["name"] = plan.layer_names[i];
  }
  for (const Optimiser::Run& run : plan.runs) runs.push_back({run.count, run.c});
  for (u32 j = 0; j < plan.optimiser.num_impulse; ++j) impulse.push_back(plan.optimiser.impulse[j]);
  return {{"features", m.features},     {"outputs", m.outputs},
          {"frac_x", m.frac_x},         {"input_bits", m.input_bits},
          {"range_bits", m.range_bits}, {"exp_bits", m.exp_bits},
          {"rate_bits", m.rate_bits},   {"loss", name_of(m.loss)},
          {"layers", layers},           {"runs", runs},
          {"impulse", impulse},         {"records", s.records},
          {"holdout", s.holdout},       {"batch", s.batch},
          {"steps", s.steps},           {"seed", std::to_string(s.seed)},
          {"shards", s.shards},         {"period", plan.optimiser.period}};
}

nlohmann::json describe_with_data(const RunPlan& plan, const record::Dataset& data) {
  nlohmann::json json = describe(plan);
  nlohmann::json rows = nlohmann::json::array();
  for (u32 n = 0; n < data.records; ++n) {
    const auto* row = data.x.data() + std::size_t{n} * data.features;
    rows.push_back(std::vector<i32>(row, row + data.features));
  }
  json["x"] = std::move(rows);
  json["labels"] = data.label;
  return json;
}

}  // namespace pedigree::train
