#include "custody/signer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "custody/keys.h"

namespace pedigree::custody {

using nlohmann::json;

json signer_json(const Manifest& m) {
  json among = json::array();
  for (const Digest& key : m.among) among.push_back(public_key_text(key));
  const bool is_one = !m.is_declared() && m.among.empty();
  return {{"custodian", is_one ? json(public_key_text(m.custodian)) : json(nullptr)},
          {"among", among}};
}

std::string signer_text(const json& dataset) {
  const json& key = dataset.at("custodian");
  if (key.is_string()) return key.get<std::string>();
  const auto among = dataset.at("among").get<std::vector<std::string>>();
  return among.empty() ? "declared by the trainer"
                       : fmt::format("one of {}", fmt::join(among, ", "));
}

}  // namespace pedigree::custody
