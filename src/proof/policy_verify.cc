#include <sodium/crypto_sign.h>

#include "proof/policy.h"
#include "wire/codec.h"

namespace pedigree {

namespace {

bool equal(const Vec<u8>& a, const char* b) noexcept {
  const std::size_t n = std::strlen(b);
  return a.size() == n && std::memcmp(a.data(), b, n) == 0;
}

bool among(const Vec<u8>& text, const char* const* list, std::size_t n) noexcept {
  for (std::size_t i = 0; i < n; ++i)
    if (equal(text, list[i])) return true;
  return false;
}

Result<void> check_dataset(const pedigree_policy& p, const Manifest& m, u64 d) noexcept {
  PEDIGREE_CHECK(policy_custodian,
                 p.num_custodians == 0 || is_signed_by(m, p.custodians, p.num_custodians), d);
  // The proof leaves the ranges of signed inputs to their signer: soundness, and not only truth, rests on the key.
  PEDIGREE_CHECK(policy_any_custodian,
                 m.is_declared() || p.num_custodians > 0 || p.any_custodian != 0, d);
  PEDIGREE_CHECK(policy_licence,
                 p.num_licences == 0 || among(m.licence, p.licences, p.num_licences), d);
  PEDIGREE_CHECK(policy_purpose,
                 p.num_purposes == 0 || among(m.purpose, p.purposes, p.num_purposes), d);
  return check_validity(p, m, d);
}

// How many of the used records differ from each other, at least: all copies of others may be among them. What a custodian
// counted is the whole dataset; of a declared one nobody did.
u64 distinct_used(const Manifest& m, u32 used) noexcept {
  if (m.is_declared() || used == 0) return 0;
  const u32 copies = m.records - m.distinct;
  return used > copies ? used - copies : 1;
}

}  // namespace

bool is_among(const Digest& digest, const pedigree_digest* list, std::size_t n) noexcept {
  for (std::size_t i = 0; i < n; ++i)
    if (std::memcmp(digest.bytes, list[i].bytes, sizeof digest.bytes) == 0) return true;
  return false;
}

bool is_signed_by(const Manifest& m, const pedigree_digest* list, std::size_t n) noexcept {
  for (const Digest& key : m.signers())
    if (!is_among(key, list, n)) return false;
  return !m.is_declared();
}

Result<void> check_validity(const pedigree_policy& p, const Manifest& m, u64 d) noexcept {
  PEDIGREE_CHECK(policy_date, p.date == 0 || (m.valid_from <= p.date && p.date <= m.valid_until),
                 d);
  bool is_revoked = is_among(m.content, p.revoked, p.num_revoked) ||
                    (!m.is_declared() && is_among(m.custodian, p.revoked, p.num_revoked));
  for (const Digest& key : m.signers())
    is_revoked = is_revoked || is_among(key, p.revoked, p.num_revoked);
  PEDIGREE_CHECK(policy_revoked, !is_revoked, d);
  return {};
}

bool is_named(const pedigree_policy& p, const Beacon& beacon) noexcept {
  for (std::size_t i = 0; i < p.num_beacons && !beacon.source.empty(); ++i)
    if (equal(beacon.source, p.beacons[i].source)) return true;
  return false;
}

Result<void> check_beacon(const pedigree_policy& p, const Beacon& beacon) noexcept {
  const Digest digest = beacon_digest(beacon);
  bool is_signed = false;  // a source may have several keys
  for (std::size_t i = 0; i < p.num_beacons && !beacon.source.empty(); ++i)
    is_signed = is_signed ||
                (equal(beacon.source, p.beacons[i].source) &&
                 crypto_sign_verify_detached(beacon.signature, digest.bytes, sizeof digest.bytes,
                                             p.beacons[i].key.bytes) == 0);
  const bool listed = is_named(p, beacon);
  PEDIGREE_CHECK(policy_beacon, p.require_beacon == 0 || listed, 0);
  PEDIGREE_CHECK(policy_beacon, !listed || is_signed, 1);
  return {};
}

Digest beacon_digest(const Beacon& beacon) noexcept {
  DigestEncoder e("pedigree beacon v1");
  e.list("source", beacon.source, 0,
         [](auto& inner, const u8& byte) noexcept { inner("byte", byte); });
  e("round", beacon.round);
  e("value", beacon.value);
  return e.finish();
}

Result<void> check_policy(const pedigree_policy& p, const Verified& v, double bits) noexcept {
  const Statement& s = v.statement;
  PEDIGREE_CHECK(policy_bits, bits >= p.required_bits, 0);
  PEDIGREE_CHECK(policy_weights, p.require_published_weights == 0 || s.publish_weights, 0);
  const RunUse& use = v.use;
  u64 records = 0, distinct = 0;
  for (u64 d = 0; d < s.datasets.size(); ++d) {
    PEDIGREE_TRY(check_dataset(p, s.datasets[d], d));
    records += use.records[d];
    distinct += distinct_used(s.datasets[d], use.records[d]);
  }
  PEDIGREE_CHECK(policy_records, records >= p.min_records, 0);
  PEDIGREE_CHECK(policy_records, distinct >= p.min_distinct, 1);
  PEDIGREE_CHECK(policy_rates, use.skipped_steps <= p.max_skipped_steps, 0);
  PEDIGREE_CHECK(
      policy_rates,
      p.max_rate_ratio == 0 || use.most_factor <= u128{p.max_rate_ratio} * use.least_factor, 1);
  const bool allowed = s.has_named_start() ? is_among(s.start_weights, p.starts, p.num_starts)
                                           : p.allow_seeded_start != 0;
  PEDIGREE_CHECK(policy_start, p.restrict_start == 0 || allowed, 0);
  PEDIGREE_TRY(check_beacon(p, s.beacon));
  // Last: all that is missing is the file itself, which shows that the weights are those of the digest.
  PEDIGREE_CHECK(policy_start_file, p.restrict_start == 0 || !s.has_named_start(), 0);
  return {};
}

}  // namespace pedigree
