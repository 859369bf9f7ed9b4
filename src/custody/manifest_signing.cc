#include <sodium.h>

#include <algorithm>

#include "custody/manifest.h"
#include "custody/ring_signature.h"

namespace pedigree {

void sign_manifest(Manifest& m, const u8 (&secret)[64]) {
  Digest key;
  crypto_sign_ed25519_sk_to_pk(key.bytes, secret);
  m.custodian = m.among.empty() ? key : ring_digest(m.among.span());
  const Digest digest = manifest_digest(m);
  if (m.among.empty()) {
    crypto_sign_detached(m.signature, nullptr, digest.bytes, sizeof digest.bytes, secret);
    return;
  }
  const auto place = std::find(m.among.begin(), m.among.end(), key) - m.among.begin();
  m.responses = Vec<Digest>(m.among.arena(), m.among.size() - 1);
  sign_in_ring(digest, m.among.span(), static_cast<std::size_t>(place), secret, m.signature,
               {m.responses.data(), m.responses.size()});
}

}  // namespace pedigree
