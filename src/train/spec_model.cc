#include "train/spec_parser.h"

namespace pedigree::train {

std::optional<u32> Parser::find(const std::string& name) const {
  if (name == "record") return 0;
  for (std::size_t i = 0; i < spec_.layers.size(); ++i)
    if (spec_.layers[i].name == name) return static_cast<u32>(i + 1);
  return std::nullopt;
}

u32 Parser::rounded(u32 id) {
  if (id == 0 || spec_.layers[id - 1].kind != LayerKind::linear) return id;
  const std::string name = spec_.layers[id - 1].name + ".identity";
  if (const auto made = find(name)) return *made;
  LayerSpec identity;
  identity.name = name;
  identity.kind = LayerKind::activation;
  identity.input = id;
  spec_.layers.push_back(identity);
  return static_cast<u32>(spec_.layers.size());
}

u32 Parser::named_input(const std::string& name, const std::string& reader) {
  const auto id = find(name);
  if (!id)
    problem(fmt::format("layer '{}' reads '{}', which no earlier layer is called", reader, name));
  return id.value_or(0);
}

void Parser::parse_linear(const json& entry, LayerSpec& layer) {
  allow(entry, fmt::format("layer '{}'", layer.name), {"op", "name", "input", "out", "share"});
  layer.out = number<u32>(entry, "out", 1, kMaxWidth, 0);
  layer.input = rounded(layer.input);
  if (const std::string share = text(entry, "share"); !share.empty()) {
    const auto id = find(share);
    if (!id || *id == 0 || spec_.layers[*id - 1].kind != LayerKind::linear) {
      problem(fmt::format("layer '{}' shares '{}', which is not an earlier linear layer",
                          layer.name, share));
      return;
    }
    const LayerSpec& owner = spec_.layers[*id - 1];
    layer.share = owner.share != 0 ? owner.share : *id;
    if (layer.out == 0) layer.out = owner.out;
    if (layer.out != owner.out)
      problem(fmt::format("layer '{}' has another width than '{}'", layer.name, share));
  }
  if (layer.out == 0) problem(fmt::format("layer '{}': \"out\" is missing", layer.name));
}

void Parser::parse_add(const json& entry, LayerSpec& layer) {
  layer.kind = LayerKind::add;
  allow(entry, fmt::format("layer '{}'", layer.name), {"op", "name", "inputs"});
  if (!entry.contains("inputs") || !entry["inputs"].is_array() || entry["inputs"].size() != 2 ||
      !entry["inputs"][0].is_string() || !entry["inputs"][1].is_string()) {
    problem(fmt::format("layer '{}': \"inputs\" must name two earlier layers", layer.name));
    return;
  }
  layer.input = named_input(entry["inputs"][0].get<std::string>(), layer.name);
  layer.second = named_input(entry["inputs"][1].get<std::string>(), layer.name);
  if (layer.input == 0 || layer.second == 0)
    problem(fmt::format("layer '{}' adds the record itself: put a linear layer in between",
                        layer.name));
  layer.input = rounded(layer.input);
  layer.second = rounded(layer.second);
}

void Parser::parse_activation(const json& entry, LayerSpec& layer, Activation activation) {
  layer.kind = LayerKind::activation;
  layer.activation = activation;
  allow(entry, fmt::format("layer '{}'", layer.name), {"op", "name", "input"});
  if (layer.input == 0 || spec_.layers[layer.input - 1].kind != LayerKind::linear)
    problem(fmt::format("layer '{}' must follow a linear layer", layer.name));
}

void Parser::parse_layer(const json& entry, std::size_t index) {
  if (!entry.is_object() || !entry.contains("op") || !entry["op"].is_string()) {
    problem(fmt::format("model entry {}: an object with \"op\" is needed", index));
    return;
  }
  const std::string op = entry["op"].get<std::string>();
  LayerSpec layer;
  layer.name = text(entry, "name");
  if (layer.name.empty()) layer.name = fmt::format("{}{}", op, index);
  if (find(layer.name)) problem(fmt::format("two layers are called '{}'", layer.name));
  const std::string input = text(entry, "input");
  layer.input =
      input.empty() ? static_cast<u32>(spec_.layers.size()) : named_input(input, layer.name);
  bool known = true;
  if (op == "linear") {
    parse_linear(entry, layer);
  } else if (op == "add") {
    parse_add(entry, layer);
  } else {
    known = false;
    for (const Activation a :
         {Activation::relu, Activation::tanh, Activation::gelu, Activation::identity})
      if (op == name_of(a)) known = true, parse_activation(entry, layer, a);
  }
  if (!known)
    problem(fmt::format(
        "model entry {}: unknown op \"{}\": linear, relu, tanh, gelu, identity and add exist",
        index, op));
  spec_.layers.push_back(layer);
}

void Parser::parse_model(const json& root) {
  if (!root.contains("model") || !root["model"].is_array() || root["model"].empty()) {
    problem("\"model\" must be a list of layers");
    return;
  }
  std::size_t index = 0;
  for (const json& entry : root["model"]) parse_layer(entry, ++index);
  if (spec_.layers.size() > kMaxLayers)
    problem(fmt::format("{} layers: at most {}", spec_.layers.size(), kMaxLayers));
  if (spec_.layers.back().kind != LayerKind::linear)
    problem("the last layer must be linear: its outputs are the scores that the loss reads");
  for (u32 i = 1; i < spec_.layers.size(); ++i) {
    bool used = false;
    for (const LayerSpec& layer : spec_.layers)
      used = used || layer.input == i || layer.second == i;
    if (!used)
      problem(fmt::format("layer '{}' is read by no other layer", spec_.layers[i - 1].name));
  }
}

}  // namespace pedigree::train
