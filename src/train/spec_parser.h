// How train/spec.h is read: one pass over the JSON, every problem collected. Internal to spec*.cc.
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "train/error.h"
#include "train/spec.h"

namespace pedigree::train {

using nlohmann::json;

class Parser {
 public:
  explicit Parser(std::string where) : where_(std::move(where)) {}

  RunSpec parse(const json& root);

 private:
  void problem(const std::string& what) { problems_.push_back(where_ + ": " + what); }

  void allow(const json& object, const std::string& what,
             std::initializer_list<std::string_view> keys);

  template <class T>
  T number(const json& object, const char* key, T low, T high, T absent) {
    if (!object.contains(key)) return absent;
    const json& value = object.at(key);
    const bool integer_wanted = std::is_integral_v<T>;
    if (!value.is_number() || (integer_wanted && !value.is_number_integer())) {
      problem(fmt::format("\"{}\" must be a{} number", key, integer_wanted ? " whole" : ""));
      return absent;
    }
    if (value.get<double>() < static_cast<double>(low) ||
        value.get<double>() > static_cast<double>(high)) {
      problem(fmt::format("\"{}\" is {}: it must lie in {}..{}", key, value.dump(), low, high));
      return absent;
    }
    return value.get<T>();
  }

  std::string text(const json& object, const char* key);

  // The id of the layer with this name.
  std::optional<u32> find(const std::string& name) const;

  // What a layer that is no activation reads when it names `id`: never a quotient, so an identity
  // comes in between.
  u32 rounded(u32 id);
  u32 named_input(const std::string& name, const std::string& reader);
  void parse_linear(const json& entry, LayerSpec& layer);
  void parse_add(const json& entry, LayerSpec& layer);
  void parse_activation(const json& entry, LayerSpec& layer, Activation activation);
  void parse_layer(const json& entry, std::size_t index);
  void parse_model(const json& root);
  void parse_loss(const json& root);
  void parse_optimizer(const json& root);
  void parse_length(const json& root);
  void parse_seed(const json& root);
  std::optional<u32> optional_bits(const json& object, const char* key, u32 high);
  void parse_formats(const json& root);
  void parse_layer_formats(const json& layers);
  void parse_security(const json& root);

  std::string where_;
  std::vector<std::string> problems_;
  RunSpec spec_;
};

}  // namespace pedigree::train
