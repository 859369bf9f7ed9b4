#include "custody/revocations.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "custody/keys.h"
#include "train/error.h"

namespace pedigree::custody {

bool Revocations::is_revoked(const Manifest& m) const {
  const auto has = [](const std::vector<Digest>& list, const Digest& d) {
    return std::find(list.begin(), list.end(), d) != list.end();
  };
  bool is_revoked = has(contents, m.content) || (!m.is_declared() && has(custodians, m.custodian));
  for (const Digest& key : m.signers()) is_revoked = is_revoked || has(custodians, key);
  return is_revoked;
}

Revocations parse_revocations(std::string_view text, const std::string& path) try {
  const nlohmann::json json = nlohmann::json::parse(text);
  std::vector<std::string> problems;
  const auto& version = json.at("version");
  if (!version.is_number_unsigned() || version != 1 || json.size() != 2 ||
      !json.at("revoked").is_array())
    problems.push_back(
        fmt::format("{}: \"version\" must be 1, beside a list \"revoked\" alone", path));
  Revocations out;
  for (const auto& entry : json.at("revoked")) {
    const std::string word = entry.get<std::string>();
    const std::size_t colon = std::min(word.find(':'), word.size());
    const std::string kind = word.substr(0, colon);
    Digest digest;
    if ((kind != "keccak256" && kind != "ed25519") ||
        !parse_hex(std::string_view(word).substr(std::min(colon + 1, word.size())), digest))
      problems.push_back(fmt::format(
          "{}: '{}' is neither keccak256:... nor ed25519:... with 64 hexadecimal digits", path,
          word));
    (kind == "ed25519" ? out.custodians : out.contents).push_back(digest);
  }
  if (!problems.empty()) throw train::Error(train::Exit::input, problems);
  return out;
} catch (const nlohmann::json::exception& e) {
  throw train::Error(train::Exit::input,
                     fmt::format("{}: not a list of revocations: {}", path, e.what()));
}

}  // namespace pedigree::custody
