#include "custody/dsse.h"

#include <fmt/format.h>
#include <sodium.h>

#include <nlohmann/json.hpp>

#include "train/error.h"

namespace pedigree::custody {

namespace {

using nlohmann::json;

std::string base64(std::span<const u8> bytes) {
  constexpr int kVariant = sodium_base64_VARIANT_ORIGINAL;
  std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), kVariant);
  text.pop_back();  // the zero at its end
  return text;
}

bool decode(const std::string& text, std::vector<u8>& bytes) {
  bytes.resize(text.size());
  for (const int variant : {sodium_base64_VARIANT_ORIGINAL, sodium_base64_VARIANT_URLSAFE,
                            sodium_base64_VARIANT_URLSAFE_NO_PADDING}) {
    std::size_t length = 0;
    if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &length,
                          nullptr, variant) != 0)
      continue;
    bytes.resize(length);
    return true;
  }
  return false;
}

std::span<const u8> bytes_of(std::string_view text) {
  return {reinterpret_cast<const u8*>(text.data()), text.size()};
}

bool is_text(const json& object, const char* key) {
  return object.contains(key) && object[key].is_string();
}

bool read_signature(const json& entry, Envelope::Signature& out) {
  if (!entry.is_object() || !is_text(entry, "sig")) return false;
  if (is_text(entry, "keyid")) out.key_id = entry["keyid"].get<std::string>();
  return decode(entry["sig"].get<std::string>(), out.bytes);
}

}  // namespace

std::string pre_authentication_encoding(std::string_view type, std::string_view body) {
  return fmt::format("DSSEv1 {} {} {} {}", type.size(), type, body.size(), body);
}

std::string seal(std::string_view type, std::string_view body, const SigningKey& key) {
  const std::string message = pre_authentication_encoding(type, body);
  u8 signature[crypto_sign_BYTES];
  crypto_sign_detached(signature, nullptr, bytes_of(message).data(), message.size(), key.secret);
  const json envelope = {
      {"payload", base64(bytes_of(body))},
      {"payloadType", type},
      {"signatures",
       json::array({{{"keyid", public_key_text(key.public_key)}, {"sig", base64(signature)}}})}};
  return envelope.dump(2) + "\n";
}

bool Envelope::is_signed_by(const Digest& key) const {
  const std::string message = pre_authentication_encoding(type, body);
  for (const Signature& s : signatures)
    if (s.bytes.size() == crypto_sign_BYTES &&
        crypto_sign_verify_detached(s.bytes.data(), bytes_of(message).data(), message.size(),
                                    key.bytes) == 0)
      return true;
  return false;
}

Envelope open_envelope(std::string_view text, const std::string& path) {
  const json root = json::parse(text, nullptr, false);
  Envelope envelope;
  std::vector<u8> body;
  bool good = root.is_object() && is_text(root, "payload") && is_text(root, "payloadType") &&
              root.contains("signatures") && root["signatures"].is_array() &&
              decode(root["payload"].get<std::string>(), body);
  if (good) {
    envelope.type = root["payloadType"].get<std::string>();
    envelope.body.assign(body.begin(), body.end());
    for (const json& entry : root["signatures"])
      good = good && read_signature(entry, envelope.signatures.emplace_back());
  }
  if (!good)
    throw train::Error(
        train::Exit::input,
        fmt::format("{}: not a DSSE envelope: a JSON object with \"payload\", \"payloadType\" and "
                    "\"signatures\"",
                    path));
  return envelope;
}

}  // namespace pedigree::custody
