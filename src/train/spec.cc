#include "train/spec.h"

#include <algorithm>
#include <charconv>

#include "commit/parameters.h"
#include "record/csv.h"
#include "record/nearest.h"
#include "train/spec_parser.h"

namespace pedigree::train {

RunSpec Parser::parse(const json& root) {
  allow(root, "the specification",
        {"version", "model", "loss", "optimizer", "momentum", "batch", "epochs", "steps", "holdout",
         "seed", "formats", "security", "period", "shards", "init", "beacon"});
  if (number<u32>(root, "version", 1, 1, 0) == 0) problem("\"version\": 1 is needed");
  parse_model(root);
  parse_loss(root);
  parse_optimizer(root);
  spec_.batch = number<u32>(root, "batch", 1, kMaxRecords, 0);
  if (!root.contains("batch")) problem("\"batch\" is missing");
  parse_length(root);
  spec_.shards = number<u32>(root, "shards", 1, kMaxRecords, 1);
  spec_.period = number<u32>(root, "period", 1, 1u << 24, 0);
  if (spec_.period != 0 && spec_.momentum == 0)
    problem("\"period\" says where the response of momentum ends: it needs \"momentum\"");
  spec_.init = text(root, "init");
  spec_.beacon = text(root, "beacon");
  parse_seed(root);
  parse_formats(root);
  parse_security(root);
  if (!problems_.empty()) throw Error(Exit::usage, problems_);
  return std::move(spec_);
}

void Parser::allow(const json& object, const std::string& what,
                   std::initializer_list<std::string_view> keys) {
  if (!object.is_object())
    throw Error(Exit::usage, fmt::format("{}: {} is not a JSON object", where_, what));
  for (const auto& [key, value] : object.items()) {
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    problem(fmt::format("{}: unknown key \"{}\"{}", what, key,
                        record::did_you_mean(key, {keys.begin(), keys.end()})));
  }
}

std::string Parser::text(const json& object, const char* key) {
  if (!object.contains(key)) return "";
  if (object.at(key).is_string()) return object.at(key).get<std::string>();
  problem(fmt::format("\"{}\" must be a text", key));
  return "";
}

void Parser::parse_loss(const json& root) {
  const std::string loss = text(root, "loss");
  for (const Loss l : {Loss::cross_entropy, Loss::logistic, Loss::mean_squared})
    if (loss == name_of(l)) return void(spec_.loss = l);
  problem("\"loss\" must be \"cross_entropy\", \"logistic\" or \"mean_squared\"");
}

void Parser::parse_optimizer(const json& root) {
  const json optimizer = root.value("optimizer", json::object());
  allow(optimizer, "\"optimizer\"", {"name", "lr", "schedule", "momentum"});
  if (text(optimizer, "name") != "sgd") problem("\"optimizer\": \"name\" must be \"sgd\"");
  const double rate = number<double>(optimizer, "lr", 0, 1e6, 0);
  spec_.rates = {{0, rate}};
  if (!(rate > 0)) problem("\"optimizer\": \"lr\" must be a positive number");
  const json schedule = optimizer.value("schedule", json::array());
  for (const json& piece : schedule) {
    if (!piece.is_array() || piece.size() != 2 || !piece[0].is_number_unsigned() ||
        !piece[1].is_number() || piece[1].get<double>() < 0 ||
        piece[0].get<u64>() <= spec_.rates.back().from || piece[0].get<u64>() >> 31 != 0) {
      problem(fmt::format("\"schedule\": {} is not [step, lr] with ascending steps", piece.dump()));
      continue;
    }
    spec_.rates.push_back({piece[0].get<u32>(), piece[1].get<double>()});
  }
  if (root.contains("momentum") && optimizer.contains("momentum"))
    problem("\"momentum\" is given twice");
  spec_.momentum =
      number<double>(root.contains("momentum") ? root : optimizer, "momentum", 0, 0.99, 0);
}

void Parser::parse_length(const json& root) {
  if (root.contains("epochs")) spec_.epochs = number<u32>(root, "epochs", 1, 1u << 24, 1);
  if (root.contains("steps")) spec_.steps = number<u32>(root, "steps", 1, 1u << 24, 1);
  if (spec_.epochs.has_value() == spec_.steps.has_value())
    problem("one of \"epochs\" and \"steps\" is needed");
  spec_.holdout = number<double>(root, "holdout", 0, 0.999, 0);
}

void Parser::parse_seed(const json& root) {
  if (!root.contains("seed")) return problem("\"seed\" is missing");
  const json& seed = root["seed"];
  const std::string digits = seed.is_string() ? seed.get<std::string>() : seed.dump();
  const auto [end, code] =
      std::from_chars(digits.data(), digits.data() + digits.size(), spec_.seed);
  if (code != std::errc() || end != digits.data() + digits.size())
    problem(fmt::format("\"seed\": {} is not a whole number below 2^64", seed.dump()));
}

std::optional<u32> Parser::optional_bits(const json& object, const char* key, u32 high) {
  if (!object.contains(key)) return std::nullopt;
  return number<u32>(object, key, 0, high, 0);
}

void Parser::parse_formats(const json& root) {
  const json formats = root.value("formats", json::object());
  allow(formats, "\"formats\"",
        {"frac_x", "frac_y", "range_bits", "exp_bits", "rate_bits", "layers"});
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

void Parser::parse_layer_formats(const json& layers) {
  for (const auto& [name, entry] : layers.items()) {
    if (!find(name).value_or(0)) problem(fmt::format("\"formats\": no layer is called '{}'", name));
    allow(entry, fmt::format("formats of layer '{}'", name),
          {"frac_a", "frac_q", "frac_e", "frac_d"});
    spec_.formats.layers[name] = {
        optional_bits(entry, "frac_a", 24), optional_bits(entry, "frac_q", 24),
        optional_bits(entry, "frac_e", 24), optional_bits(entry, "frac_d", 24)};
  }
}

void Parser::parse_security(const json& root) {
  const json security = root.value("security", json::object());
  allow(security, "\"security\"", {"bits", "profile"});
  spec_.security_bits = number<u32>(security, "bits", 128, 128, 128);
  if (const std::string profile = text(security, "profile"); !profile.empty())
    spec_.profile = profile;
  if (!is_profile(spec_.profile))
    problem("\"security\": \"profile\" must be \"fast\", \"small\" or \"bulk\"");
}

const char* name_of(Loss loss) noexcept {
  return loss == Loss::cross_entropy ? "cross_entropy"
         : loss == Loss::logistic    ? "logistic"
                                     : "mean_squared";
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
