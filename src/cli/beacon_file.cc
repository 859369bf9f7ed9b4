#include "cli/beacon_file.h"

#include <fmt/format.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "cli/exit.h"
#include "cli/files.h"
#include "custody/dataset_folder.h"

namespace pedigree::cli {

using nlohmann::json;

BeaconFile read_beacon(const std::string& path) {
  const json root = json::parse(read_text(path), nullptr, false);
  BeaconFile beacon;
  const std::string prefix = "keccak256:";
  bool good = root.is_object() && root.value("source", json()).is_string() &&
              root.value("round", json()).is_number_unsigned() &&
              root.value("value", json()).is_string() &&
              root.value("signature", json("")).is_string();
  if (good) {
    beacon.source = root["source"].get<std::string>();
    beacon.round = root["round"].get<u64>();
    const std::string value = root["value"].get<std::string>(),
                      signature = root.value("signature", std::string(128, '0'));
    Digest halves[2];
    good = !beacon.source.empty() && beacon.source.size() <= kMaxNameBytes &&
           value.starts_with(prefix) &&
           custody::parse_hex(value.substr(prefix.size()), beacon.value) &&
           signature.size() == 128 && custody::parse_hex(signature.substr(0, 64), halves[0]) &&
           custody::parse_hex(signature.substr(64), halves[1]);
    for (u32 h = 0; h < 2; ++h) std::memcpy(beacon.signature + 32 * h, halves[h].bytes, 32);
  }
  if (!good)
    throw Failure(kUnsupported,
                  fmt::format("{}: a beacon is a JSON object with \"source\", \"round\", \"value\" "
                              "(keccak256:...) and \"signature\" (128 hexadecimal digits)",
                              path));
  return beacon;
}

}  // namespace pedigree::cli
