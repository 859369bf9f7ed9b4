#include "cli/policy.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/exit.h"
#include "cli/files.h"
#include "cli/options.h"
#include "cli/verify_call.h"
#include "record/nearest.h"

namespace pedigree::cli {

pedigree_policy read_policy(const std::string& path) {
  const auto root = nlohmann::json::parse(read_text(path), nullptr, false);
  if (!root.is_object())
    throw Failure(kUsage,
                  path + ": a policy is a JSON object, such as {\"version\": 1, \"bits\": 128}");
  std::vector<std::string> problems;
  pedigree_policy policy{kDefaultMaxMemory, 128, 0};
  if (root.value("version", nlohmann::json()) != 1)
    problems.push_back(path + ": \"version\": 1 is needed");
  for (const auto& [key, value] : root.items()) {
    if (key == "version") continue;
    if (key == "bits") {
      if (value.is_number_unsigned() && value >= 128 && value <= 512)
        policy.required_bits = value.get<u32>();
      else
        problems.push_back(
            fmt::format("{}: \"bits\" must be a whole number from 128 to 512", path));
    } else if (key == "max_memory") {
      if (value.is_string())
        policy.max_memory = parse_size(value.get<std::string>());
      else
        problems.push_back(fmt::format("{}: \"max_memory\" must be a text such as \"4GiB\"", path));
    } else if (key == "published_weights") {
      if (value.is_boolean())
        policy.require_published_weights = value.get<bool>() ? 1 : 0;
      else
        problems.push_back(fmt::format("{}: \"published_weights\" must be true or false", path));
    } else {
      problems.push_back(fmt::format(
          "{}: unknown key \"{}\"{}", path, key,
          record::did_you_mean(key, {"version", "bits", "max_memory", "published_weights"})));
    }
  }
  if (!problems.empty()) throw Failure(kUsage, problems);
  return policy;
}

}  // namespace pedigree::cli
