#include "cli/beacon_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/exit.h"
#include "cli/files.h"
#include "cli/hex.h"
#include "custody/manifest.h"

namespace pedigree::cli {

using nlohmann::json;

BeaconFile read_beacon(const std::string& path) {
  const json root = json::parse(read_text(path), nullptr, false);
  BeaconFile beacon;
  bool good = root.is_object() && root.value("source", json()).is_string() &&
              root.value("round", json()).is_number_unsigned() &&
              root.value("value", json()).is_string() &&
              root.value("signature", json("")).is_string();
  if (good) {
    beacon.source = root["source"].get<std::string>();
    beacon.round = root["round"].get<u64>();
    const std::string value = root["value"].get<std::string>(),
                      signature = root.value("signature", std::string(128, '0'));
    good = !beacon.source.empty() && beacon.source.size() <= kMaxNameBytes &&
           parse_digest(value, beacon.value) && parse_signature(signature, beacon.signature);
  }
  if (!good)
    throw Failure(kUnsupported,
                  fmt::format("{}: a beacon is a JSON object with \"source\", \"round\", \"value\" "
                              "(keccak256:...) and \"signature\" (128 hexadecimal digits)",
                              path));
  return beacon;
}

}  // namespace pedigree::cli
