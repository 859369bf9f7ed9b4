#include "train/spec.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "record/csv.h"
#include "train/error.h"

namespace pedigree::train {

namespace {

using nlohmann::json;

// Reads one specification and collects its problems.
class Parser {
 public:
  explicit Parser(std::string where) : where_(std::move(where)) {}

  RunSpec parse(const json& root) {
    allow(root, "the specification",
          {"version", "model", "loss", "optimizer", "momentum", "batch", "epochs", "steps", "holdout", "seed", "formats",
           "security", "period", "init", "beacon"});
    if (number<u32>(root, "version", 1, 1, 0) == 0) problem("\"version\": 1 is needed");
    for (const char* key : {"period", "init", "beacon"})
      if (root.contains(key)) problem(fmt::format("\"{}\" is not supported by this version", key));
    parse_model(root);
    parse_loss(root);
    parse_optimizer(root);
    spec_.batch = number<u32>(root, "batch", 1, kMaxRecords, 0);
    if (!root.contains("batch")) problem("\"batch\" is missing");
    parse_length(root);
    parse_seed(root);
    parse_formats(root);
    parse_security(root);
    if (!problems_.empty()) throw Error(Exit::usage, problems_);
    return std::move(spec_);
  }

 private:
  void problem(const std::string& what) { problems_.push_back(where_ + ": " + what); }

  void allow(const json& object, const std::string& what, std::initializer_list<std::string_view> keys) {
    if (!object.is_object()) throw Error(Exit::usage, fmt::format("{}: {} is not a JSON object", where_, what));
    for (const auto& [key, value] : object.items()) {
      bool known = false;
      for (const std::string_view k : keys) known = known || k == key;
      if (!known) problem(fmt::format("{}: unknown key \"{}\"", what, key));
    }
  }

  template <class T>
  T number(const json& object, const char* key, T low, T high, T absent) {
    if (!object.contains(key)) return absent;
    const json& value = object.at(key);
    const bool integer_wanted = std::is_integral_v<T>;
    if (!value.is_number() || (integer_wanted && !value.is_number_integer())) {
      problem(fmt::format("\"{}\" must be a{} number", key, integer_wanted ? " whole" : ""));
      return absent;
    }
    if (value.get<double>() < static_cast<double>(low) || value.get<double>() > static_cast<double>(high)) {
      problem(fmt::format("\"{}\" is {}: it must lie in {}..{}", key, value.dump(), low, high));
      return absent;
    }
    return value.get<T>();
  }

  std::string text(const json& object, const char* key) {
    if (!object.contains(key)) return "";
    if (object.at(key).is_string()) return object.at(key).get<std::string>();
    problem(fmt::format("\"{}\" must be a text", key));
    return "";
  }

  // The id of the layer with this name.
  std::optional<u32> find(const std::string& name) const {
    if (name == "record") return 0;
    for (std::size_t i = 0; i < spec_.layers.size(); ++i)
      if (spec_.layers[i].name == name) return static_cast<u32>(i + 1);
    return std::nullopt;
  }

  // What a layer that is no activation reads when it names `id`: never a quotient, so an identity comes in between.
  u32 rounded(u32 id) {
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

  u32 named_input(const std::string& name, const std::string& reader) {
    const auto id = find(name);
    if (!id) problem(fmt::format("layer '{}' reads '{}', which no earlier layer is called", reader, name));
    return id.value_or(0);
  }

  void parse_linear(const json& entry, LayerSpec& layer) {
    allow(entry, fmt::format("layer '{}'", layer.name), {"op", "name", "input", "out", "share"});
    layer.out = number<u32>(entry, "out", 1, kMaxWidth, 0);
    layer.input = rounded(layer.input);
    if (const std::string share = text(entry, "share"); !share.empty()) {
      const auto id = find(share);
      if (!id || *id == 0 || spec_.layers[*id - 1].kind != LayerKind::linear) {
        problem(fmt::format("layer '{}' shares '{}', which is not an earlier linear layer", layer.name, share));
        return;
      }
      const LayerSpec& owner = spec_.layers[*id - 1];
      layer.share = owner.share != 0 ? owner.share : *id;
      if (layer.out == 0) layer.out = owner.out;
      if (layer.out != owner.out) problem(fmt::format("layer '{}' has another width than '{}'", layer.name, share));
    }
    if (layer.out == 0) problem(fmt::format("layer '{}': \"out\" is missing", layer.name));
  }

  void parse_add(const json& entry, LayerSpec& layer) {
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
      problem(fmt::format("layer '{}' adds the record itself: put a linear layer in between", layer.name));
    layer.input = rounded(layer.input);
    layer.second = rounded(layer.second);
  }

  void parse_activation(const json& entry, LayerSpec& layer, Activation activation) {
    layer.kind = LayerKind::activation;
    layer.activation = activation;
    allow(entry, fmt::format("layer '{}'", layer.name), {"op", "name", "input"});
    if (layer.input == 0 || spec_.layers[layer.input - 1].kind != LayerKind::linear)
      problem(fmt::format("layer '{}' must follow a linear layer", layer.name));
  }

  void parse_layer(const json& entry, std::size_t index) {
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
    layer.input = input.empty() ? static_cast<u32>(spec_.layers.size()) : named_input(input, layer.name);
    bool known = true;
    if (op == "linear") {
      parse_linear(entry, layer);
    } else if (op == "add") {
      parse_add(entry, layer);
    } else {
      known = false;
      for (const Activation a : {Activation::relu, Activation::tanh, Activation::gelu, Activation::identity})
        if (op == name_of(a)) known = true, parse_activation(entry, layer, a);
    }
    if (!known)
      problem(fmt::format("model entry {}: unknown op \"{}\": linear, relu, tanh, gelu, identity and add exist", index, op));
    spec_.layers.push_back(layer);
  }

  void parse_model(const json& root) {
    if (!root.contains("model") || !root["model"].is_array() || root["model"].empty()) {
      problem("\"model\" must be a list of layers");
      return;
    }
    std::size_t index = 0;
    for (const json& entry : root["model"]) parse_layer(entry, ++index);
    if (spec_.layers.size() > kMaxLayers) problem(fmt::format("{} layers: at most {}", spec_.layers.size(), kMaxLayers));
    if (spec_.layers.back().kind != LayerKind::linear)
      problem("the last layer must be linear: its outputs are the scores that the loss reads");
    for (u32 i = 1; i < spec_.layers.size(); ++i) {
      bool used = false;
      for (const LayerSpec& layer : spec_.layers) used = used || layer.input == i || layer.second == i;
      if (!used) problem(fmt::format("layer '{}' is read by no other layer", spec_.layers[i - 1].name));
    }
  }

  void parse_loss(const json& root) {
    const std::string loss = text(root, "loss");
    for (const Loss l : {Loss::cross_entropy, Loss::logistic, Loss::mean_squared})
      if (loss == name_of(l)) return void(spec_.loss = l);
    problem("\"loss\" must be \"cross_entropy\", \"logistic\" or \"mean_squared\"");
  }

  void parse_optimizer(const json& root) {
    const json optimizer = root.value("optimizer", json::object());
    allow(optimizer, "\"optimizer\"", {"name", "lr", "schedule", "momentum"});
    if (text(optimizer, "name") != "sgd") problem("\"optimizer\": \"name\" must be \"sgd\"");
    const double rate = number<double>(optimizer, "lr", 0, 1e6, 0);
    spec_.rates = {{0, rate}};
    if (!(rate > 0)) problem("\"optimizer\": \"lr\" must be a positive number");
    const json schedule = optimizer.value("schedule", json::array());
    for (const json& piece : schedule) {
      if (!piece.is_array() || piece.size() != 2 || !piece[0].is_number_unsigned() || !piece[1].is_number() ||
          piece[1].get<double>() < 0 || piece[0].get<u64>() <= spec_.rates.back().from || piece[0].get<u64>() >> 31 != 0) {
        problem(fmt::format("\"schedule\": {} is not [step, lr] with ascending steps", piece.dump()));
        continue;
      }
      spec_.rates.push_back({piece[0].get<u32>(), piece[1].get<double>()});
    }
    if (root.contains("momentum") && optimizer.contains("momentum")) problem("\"momentum\" is given twice");
    spec_.momentum = number<double>(root.contains("momentum") ? root : optimizer, "momentum", 0, 0.99, 0);
  }

  void parse_length(const json& root) {
    if (root.contains("epochs")) spec_.epochs = number<u32>(root, "epochs", 1, 1u << 24, 1);
    if (root.contains("steps")) spec_.steps = number<u32>(root, "steps", 1, 1u << 24, 1);
    if (spec_.epochs.has_value() == spec_.steps.has_value()) problem("one of \"epochs\" and \"steps\" is needed");
    spec_.holdout = number<double>(root, "holdout", 0, 0.999, 0);
  }

  void parse_seed(const json& root) {
    if (!root.contains("seed")) return problem("\"seed\" is missing");
    const json& seed = root["seed"];
    const std::string digits = seed.is_string() ? seed.get<std::string>() : seed.dump();
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), spec_.seed);
    if (code != std::errc() || end != digits.data() + digits.size())
      problem(fmt::format("\"seed\": {} is not a whole number below 2^64", seed.dump()));
  }

  std::optional<u32> optional_bits(const json& object, const char* key, u32 high) {
    if (!object.contains(key)) return std::nullopt;
    return number<u32>(object, key, 0, high, 0);
  }

  void parse_formats(const json& root) {
    const json formats = root.value("formats", json::object());
    allow(formats, "\"formats\"", {"frac_x", "frac_y", "range_bits", "exp_bits", "rate_bits", "layers"});
    FormatOverrides& f = spec_.formats;
    f.frac_x = optional_bits(formats, "frac_x", 16);
    f.frac_y = optional_bits(formats, "frac_y", 16);
    f.range_bits = optional_bits(formats, "range_bits", kMaxRangeBits);
    f.exp_bits = optional_bits(formats, "exp_bits", 20);
    f.rate_bits = optional_bits(formats, "rate_bits", 32);
    const json layers = formats.value("layers", json::object());
    if (layers.is_object())
      parse_layer_formats(layers);
    else
      problem("\"formats\": \"layers\" must map layer names to formats");
  }

  void parse_layer_formats(const json& layers) {
    for (const auto& [name, entry] : layers.items()) {
      if (!find(name).value_or(0)) problem(fmt::format("\"formats\": no layer is called '{}'", name));
      allow(entry, fmt::format("formats of layer '{}'", name), {"frac_a", "frac_q", "frac_e", "frac_d"});
      spec_.formats.layers[name] = {optional_bits(entry, "frac_a", 24), optional_bits(entry, "frac_q", 24),
                                    optional_bits(entry, "frac_e", 24), optional_bits(entry, "frac_d", 24)};
    }
  }

  void parse_security(const json& root) {
    const json security = root.value("security", json::object());
    allow(security, "\"security\"", {"bits", "profile"});
    spec_.security_bits = number<u32>(security, "bits", 128, 128, 128);
    if (const std::string profile = text(security, "profile"); !profile.empty()) spec_.profile = profile;
    if (spec_.profile != "fast" && spec_.profile != "small")
      problem("\"security\": \"profile\" must be \"fast\" or \"small\"");
  }

  std::string where_;
  std::vector<std::string> problems_;
  RunSpec spec_;
};

}  // namespace

const char* name_of(Loss loss) noexcept {
  return loss == Loss::cross_entropy ? "cross_entropy" : loss == Loss::logistic ? "logistic" : "mean_squared";
}

const char* name_of(Activation activation) noexcept {
  static constexpr const char* names[] = {"identity", "relu", "tanh", "gelu"};
  return names[static_cast<u8>(activation)];
}

RunSpec parse_spec(std::string_view text, const std::string& where) {
  const json root = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded()) throw Error(Exit::usage, where + ": not valid JSON");
  return Parser(where).parse(root);
}

RunSpec read_spec(const std::string& path) { return parse_spec(record::read_file(path), path); }

}  // namespace pedigree::train
