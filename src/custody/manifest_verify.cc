#include <sodium.h>

#include "custody/dataset_layout.h"
#include "custody/manifest.h"
#include "custody/ring_signature.h"
#include "model/model.h"
#include "wire/codec.h"

namespace pedigree {

namespace {

bool is_text(const Vec<u8>& bytes, u32 most) noexcept {
  bool good = !bytes.empty() && bytes.size() <= most;
  for (const u8 b : bytes) good = good && b >= 0x20 && b != 0x7f;
  return good;
}

// The letters of an SPDX expression.
bool is_licence(const Vec<u8>& bytes) noexcept {
  bool good = is_text(bytes, kMaxLicenceBytes);
  for (const u8 b : bytes)
    good = good && ((b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z') ||
                    b == '.' || b == '+' || b == '-' || b == '(' || b == ')' || b == ' ');
  return good;
}

bool is_unsigned(const Manifest& m) noexcept {
  u8 any = 0;
  for (const u8 b : m.signature) any |= b;
  return any == 0;
}

bool is_rising(std::span<const Digest> keys) noexcept {
  bool good = true;
  for (std::size_t i = 0; i + 1 < keys.size(); ++i) good = good && keys[i] < keys[i + 1];
  return good;
}

// Each key once and in one order, none without the others; no response that no key asks for.
bool is_ring(const Manifest& m) noexcept {
  if (m.among.empty()) return m.responses.empty();
  return !m.is_declared() && m.among.size() >= 2 && m.responses.size() + 1 == m.among.size() &&
         is_rising(m.among.span()) && m.custodian == ring_digest(m.among.span());
}

bool is_signed(const Manifest& m) noexcept {
  const Digest digest = manifest_digest(m);
  if (!m.among.empty())
    return is_ring_signature(digest, m.among.span(), m.signature, m.responses.span());
  return crypto_sign_verify_detached(m.signature, digest.bytes, sizeof digest.bytes,
                                     m.custodian.bytes) == 0;
}

bool within(u64 x, u64 least, u64 most) noexcept { return x >= least && x <= most; }

}  // namespace

Digest ring_digest(std::span<const Digest> keys) noexcept {
  DigestEncoder encoder("pedigree ring v1");
  for (const Digest& key : keys) encoder("key", key);
  return encoder.finish();
}

Digest manifest_digest(const Manifest& m) noexcept {
  DigestEncoder encoder("pedigree manifest v1");
  visit_manifest(encoder, m, true);
  return encoder.finish();
}

Result<void> verify_manifest(const Manifest& m) noexcept {
  PEDIGREE_CHECK(manifest_fields, m.version == kManifestVersion, 0);
  PEDIGREE_CHECK(manifest_fields, is_text(m.name, kMaxNameBytes), 1);
  PEDIGREE_CHECK(manifest_fields, within(m.records, 1, kMaxRecords), 2);
  PEDIGREE_CHECK(manifest_fields, within(m.distinct, 1, m.records), 3);
  PEDIGREE_CHECK(manifest_fields, within(m.features, 1, kMaxWidth), 4);
  PEDIGREE_CHECK(manifest_fields, within(m.labels, 1, kMaxWidth), 5);
  PEDIGREE_CHECK(manifest_fields, within(m.input_bits, 1, kMaxInputBits), 6);
  PEDIGREE_CHECK(manifest_fields, is_licence(m.licence), 9);
  PEDIGREE_CHECK(manifest_fields, is_text(m.purpose, kMaxPurposeBytes), 10);
  PEDIGREE_CHECK(manifest_fields, m.valid_from <= m.valid_until, 11);
  PEDIGREE_CHECK(manifest_fields, is_known(m.profile), 13);
  PEDIGREE_CHECK(manifest_fields, within(m.opening_budget, 1, kMaxOpenings), 14);
  const DatasetLayout layout =
      dataset_layout(m.records, m.features, m.labels, m.profile, m.opening_budget);
  PEDIGREE_CHECK(manifest_fields, layout.log_rows != 0, 14);
  PEDIGREE_CHECK(manifest_fields, is_ring(m), 18);
  if (m.is_declared()) {
    PEDIGREE_CHECK(manifest_fields, m.licensee == Digest(), 17);
    PEDIGREE_CHECK(manifest_fields, is_unsigned(m), 20);
    return {};
  }
  PEDIGREE_CHECK(manifest_signature, is_signed(m), 0);
  return {};
}

}  // namespace pedigree
