// A claim: something that is proven of the weights that a run ended in. Each kind is a folder with its statement, the check of
// it, its program and its texts, and a line in the list of claims_verify.cc; nothing else knows it.
//
//   file       as of a run (proof/statement.h); the statement begins with the kind
//   proof      one segment without a training step (proof/segment.h: no ends, no updates), then the opening of its root, the
//              root of the weights unless the claim is about records alone, and those of datasets
#pragma once

#include "claim/weights.h"
#include "proof/decode.h"

struct pedigree_policy;
struct pedigree_claim;

namespace pedigree {

// A hashed matrix of a claim, and where the proof shows it.
struct HashedCells {
  Digest digest;
  ShownPoint at;
};

struct VerifiedClaim {
  ClaimKind kind{};
  bool has_weights =
      true;  // false: about records alone; of `weights` arithmetic and profile are meant
  WeightsStatement weights;
  Context context;
  Digest identity;  // of the weights
  Vec<Parameter> parameters;
  Vec<HashedCells> hashed;    // in the order of the claim
  const void* own = nullptr;  // the kind's own statement
  bool rests_on_run =
      false;                // what it says, or a policy asks of it, only the run's proof can answer
  bool asks_named = false;  // so does a policy for a test set that the run names
  SecurityTerm terms[kMaxProofTerms];
  u32 num_terms = 0;
};

struct ClaimRules {
  ClaimKind kind;
  const char* name;
  // Enough arena to verify such a statement; 0 where it cannot be read.
  std::size_t (*memory)(std::span<const u8> statement) noexcept;
  Result<VerifiedClaim> (*read)(std::span<const u8> statement, Arena& arena) noexcept;
  Result<VerifiedClaim> (*verify)(const FileParts& file, Arena& arena) noexcept;
  // Whether it is about what an accepted run is about.
  Result<void> (*link)(const Verified& run, const VerifiedClaim& claim) noexcept;
  // What a policy asks of this kind by itself; may note what the run is to answer. Null: nothing.
  Result<void> (*judge)(const pedigree_policy& policy, VerifiedClaim& claim) noexcept;
  // Its part of what the C interface says of a claim that was read or verified. Null: nothing.
  void (*describe)(const VerifiedClaim& claim, pedigree_claim& out,
                   Arena& arena) noexcept = nullptr;
  // What is asked of hashed cells beside their digest. Null: nothing.
  Result<void> (*judge_cells)(const VerifiedClaim& claim, std::span<const i32> cells,
                              Arena& arena) noexcept = nullptr;
  // What is known once it is linked to its run. Null: nothing.
  void (*describe_link)(const Verified& run, const VerifiedClaim& claim,
                        pedigree_claim& out) noexcept = nullptr;
};

// Null: no claim (a run, or nothing that is known).
const ClaimRules* claim_rules(std::span<const u8> statement) noexcept;
const ClaimRules* claim_rules(ClaimKind kind) noexcept;

// Bytes of memory for a file that is a claim; 0 for any other.
std::size_t claim_memory(std::span<const u8> file) noexcept;

// The conversation and the opening of a compiled claim; fills in identity, terms, parameters and hashed cells, whose digests
// are those of the hashed shows in their order.
Result<void> verify_compiled(Compiled& c, const FileParts& file, std::span<const Digest> digests,
                             VerifiedClaim& v, Arena& arena) noexcept;

// The link of every claim on weights: they are those that the run ended in, read by its model, within bounds that the claim may
// rely on.
Result<void> verify_weights_link(const Verified& run, const VerifiedClaim& claim) noexcept;

// Whether these are the cells that a claim hashes.
Result<void> verify_cells(const HashedCells& hashed, const Salt& salt, std::span<const i32> cells,
                          Arena& arena) noexcept;

}  // namespace pedigree
