// What a custodian says of a dataset: one signed record, carried whole inside the proofs that use it.
//
//   signature   Ed25519 by `custodian` over Keccak256("pedigree manifest v1" | all fields in front of it, encoded)
//   ring        `among` has keys: one of them signed, which one nobody learns (custody/ring_signature.h); `custodian` is then
//               Keccak256("pedigree ring v1" | keys), signature its first challenge and response, `responses` the other ones
//   declared    custodian and signature are zero: the trainer's own records, attested by nobody; a proof then shows itself
//               that every cell lies in its range
//   content     Keccak256("pedigree rows v3" | salt 32 bytes | records u32 | features u32 | labels u32 | Keccak256(cells i32, row by
//               row) of each 64 records): the same for every grant of the same rows that is no ring's
//   root, answer   commitment to the rows under fresh randomness (custody/dataset_layout.h), for one licensee
#pragma once

#include "base/arena.h"
#include "base/refusal.h"
#include "commit/parameters.h"
#include "field/k.h"
#include "hash/keccak.h"

namespace pedigree {

inline constexpr u32 kManifestVersion = 1;
inline constexpr u32 kMaxLicenceBytes = 64, kMaxPurposeBytes = 256, kMaxNameBytes = 128;
inline constexpr u32 kMaxOpenings = 4096;
inline constexpr u32 kMaxInputBits = 20;
inline constexpr u32 kMaxRing = 32;  // keys

struct Manifest {
  u32 version = kManifestVersion;
  Vec<u8> name;  // what the custodian calls it
  u32 records = 0;
  u32 distinct = 0;   // records that differ from each other, as the custodian counted
  u32 features = 0;   // columns that are inputs
  u32 labels = 0;     // columns that are targets: classes (one-hot), 1 (bit or number)
  u8 input_bits = 0;  // |input integer| < 2^input_bits, attested
  Digest content;
  Digest schema;    // Keccak256 of the canonical schema (JSON, RFC 8785)
  Vec<u8> licence;  // SPDX id
  Vec<u8> purpose;
  u64 valid_from = 0, valid_until = 0;  // days since 1970-01-01, both included
  Profile profile = Profile::fast;      // rate of the commitment
  u32 opening_budget = 0;               // proofs that the random rows cover
  Digest root;
  K answer;
  Digest licensee;    // the key that it was granted to; zero: anyone, or the custodian itself
  Vec<Digest> among;  // Ed25519 public keys, rising: one of them signed; empty: `custodian` did
  Digest custodian;   // Ed25519 public key, or the digest of `among`; zero: declared
  u8 signature[64] = {};
  Vec<Digest> responses;  // of a ring: those after the first

  bool is_declared() const noexcept { return custodian == Digest(); }
  // The keys that may have signed.
  std::span<const Digest> signers() const noexcept {
    if (!among.empty()) return among.span();
    return {&custodian, is_declared() ? 0u : 1u};
  }
};

// Calls io(name, field) for every field, in order; `signed_part` leaves the signature out.
template <class Io, class M>
void visit_manifest(Io& io, M& m, bool signed_part = false) noexcept {
  const auto text = [&](const char* name, auto& bytes, u32 most) noexcept {
    io.list(name, bytes, most, [](auto& inner, auto& byte) noexcept { inner("byte", byte); });
  };
  io("manifest.version", m.version);
  text("manifest.name", m.name, kMaxNameBytes);
  io("manifest.records", m.records);
  io("manifest.distinct", m.distinct);
  io("manifest.features", m.features);
  io("manifest.labels", m.labels);
  io("manifest.input_bits", m.input_bits);
  io("manifest.content", m.content);
  io("manifest.schema", m.schema);
  text("manifest.licence", m.licence, kMaxLicenceBytes);
  text("manifest.purpose", m.purpose, kMaxPurposeBytes);
  io("manifest.valid_from", m.valid_from);
  io("manifest.valid_until", m.valid_until);
  io("manifest.profile", m.profile);
  io("manifest.opening_budget", m.opening_budget);
  io("manifest.root", m.root);
  io("manifest.answer", m.answer);
  io("manifest.licensee", m.licensee);
  const auto digest = [](auto& inner, auto& key) noexcept { inner("manifest.ring", key); };
  io.list("manifest.among", m.among, kMaxRing, digest);
  io("manifest.custodian", m.custodian);
  if (signed_part) return;
  for (auto& byte : m.signature) io("manifest.signature", byte);
  io.list("manifest.responses", m.responses, kMaxRing - 1, digest);
}

// What `custodian` is where one of several keys signs.
Digest ring_digest(std::span<const Digest> keys) noexcept;

// What is signed.
Digest manifest_digest(const Manifest& m) noexcept;

// Fills custodian, signature and responses: by this secret key of libsodium, as one of `among` if there are any, whose arena then
// takes the responses.
void sign_manifest(Manifest& m, const u8 (&secret)[64]);

// Sizes and the signature of a manifest that is not declared. Refuses manifest_fields, manifest_signature.
Result<void> verify_manifest(const Manifest& m) noexcept;

}  // namespace pedigree
