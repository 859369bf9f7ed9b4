#include "cli/ticket_file.h"

#include <fmt/format.h>
#include <sodium.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "claim/score/score.h"
#include "cli/exit.h"
#include "cli/files.h"
#include "cli/hex.h"

namespace pedigree::cli {

using nlohmann::json;

void sign_ticket(TicketFile& t, const custody::SigningKey& key) {
  const Digest digest = ticket_digest(t.content, t.weights, t.number);
  crypto_sign_detached(t.signature, nullptr, digest.bytes, sizeof digest.bytes, key.secret);
}

std::string ticket_text(const TicketFile& t) {
  Digest halves[2];
  for (u32 h = 0; h < 2; ++h) std::memcpy(halves[h].bytes, t.signature + 32 * h, 32);
  const json object = {{"version", 1},
                       {"content", digest_text(t.content.bytes)},
                       {"weights", digest_text(t.weights.bytes)},
                       {"number", t.number},
                       {"signature", custody::hex_text(halves[0]) + custody::hex_text(halves[1])}};
  return object.dump(2) + "\n";
}

TicketFile read_ticket(const std::string& path) {
  const json root = json::parse(read_text(path), nullptr, false);
  TicketFile t;
  const std::string prefix = "keccak256:";
  const auto digest = [&](const char* name, Digest& out) {
    const json value = root.value(name, json());
    if (!value.is_string()) return false;
    const std::string text = value.get<std::string>();
    return text.starts_with(prefix) && custody::parse_hex(text.substr(prefix.size()), out);
  };
  bool good = root.is_object() && root.value("version", json()) == 1 &&
              digest("content", t.content) && digest("weights", t.weights) &&
              root.value("number", json()).is_number_unsigned() && root["number"] >= 1u &&
              root["number"] <= ~u32{0} && root.value("signature", json()).is_string();
  if (good) {
    t.number = root["number"].get<u32>();
    const std::string signature = root["signature"].get<std::string>();
    Digest halves[2];
    good = signature.size() == 128 && custody::parse_hex(signature.substr(0, 64), halves[0]) &&
           custody::parse_hex(signature.substr(64), halves[1]);
    for (u32 h = 0; h < 2; ++h) std::memcpy(t.signature + 32 * h, halves[h].bytes, 32);
  }
  if (!good)
    throw Failure(kUnsupported,
                  fmt::format("{}: no ticket of `pedigree data ticket`: a JSON object with "
                              "\"version\", \"content\", \"weights\", \"number\", \"signature\"",
                              path));
  return t;
}

}  // namespace pedigree::cli
