#include "cli/ticket_file.h"

#include <fmt/format.h>
#include <sodium.h>

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
  const json object = {{"version", 1},
                       {"content", digest_text(t.content)},
                       {"weights", digest_text(t.weights)},
                       {"number", t.number},
                       {"signature", signature_text(t.signature)}};
  return object.dump(2) + "\n";
}

TicketFile read_ticket(const std::string& path) {
  const json root = json::parse(read_text(path), nullptr, false);
  TicketFile t;
  const auto digest = [&](const char* name, Digest& out) {
    const json value = root.value(name, json());
    return value.is_string() && parse_digest(value.get<std::string>(), out);
  };
  bool good = root.is_object() && root.value("version", json()) == 1 &&
              digest("content", t.content) && digest("weights", t.weights) &&
              root.value("number", json()).is_number_unsigned() && root["number"] >= 1u &&
              root["number"] <= ~u32{0} && root.value("signature", json()).is_string();
  if (good) {
    t.number = root["number"].get<u32>();
    good = parse_signature(root["signature"].get<std::string>(), t.signature);
  }
  if (!good)
    throw Failure(kUnsupported,
                  fmt::format("{}: no ticket of `pedigree data ticket`: a JSON object with "
                              "\"version\", \"content\", \"weights\", \"number\", \"signature\"",
                              path));
  return t;
}

}  // namespace pedigree::cli
