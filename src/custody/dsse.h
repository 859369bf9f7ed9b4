// A signed envelope around bytes of a stated type.
//
//   {"payload": BASE64(body), "payloadType": TYPE, "signatures": [{"keyid": "ed25519:...", "sig": BASE64(signature)}]}
//
//   signature   Ed25519 over PAE(type, body) = "DSSEv1" SP |type| SP type SP |body| SP body, lengths in decimal digits
//   source      DSSE 1.0.2, protocol.md and envelope.md
//
// The type is signed with the body, so bytes of one type never pass for another. `keyid` is a hint and not signed: which key
// counts is said by whoever opens the envelope.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "custody/keys.h"

namespace pedigree::custody {

std::string pre_authentication_encoding(std::string_view type, std::string_view body);

std::string seal(std::string_view type, std::string_view body, const SigningKey& key);

struct Envelope {
  struct Signature {
    std::string key_id;
    std::vector<u8> bytes;
  };
  std::string type, body;
  std::vector<Signature> signatures;

  // Whether one of the signatures is that of `key`.
  bool is_signed_by(const Digest& key) const;
};

// Base64 of both alphabets; fields that are not known are skipped, as the specification has it. Throws train::Error: exit 3
// where this is no envelope.
Envelope open_envelope(std::string_view text, const std::string& path);

}  // namespace pedigree::custody
