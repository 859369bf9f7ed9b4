// What a proof in the making keeps between the proof of a segment and the opening of the file: roots, and what the linear forms make
// of the messages. In memory; with a store on disk, and made or read again when it is asked for.
#pragma once

#include <optional>

#include "proof/prove.h"

namespace pedigree {

// A root that was committed. Held: its message stays in memory, with its codeword and tree, or where that is much with the hashes of
// the leaves. Stored: nothing does.
class AttemptRoot : public OpenableRoot {
 public:
  // Commits; held where there is no store. Store and mask must outlive the root.
  AttemptRoot(std::vector<F> message, std::span<const K> mask, const OpeningParameters& p,
              AttemptStore* store, std::string name, u64 coset_words);
  // One of an earlier process, in the store.
  AttemptRoot(const OpenedRoot& opened, std::span<const K> mask, const OpeningParameters& p,
              AttemptStore& store, std::string name, u64 coset_words);

  // The message while its segment is proven, and back.
  std::vector<F> lend();
  void take_back(std::vector<F> message);

  OpenedRoot opened() const override { return opened_; }
  Words message() override;
  void use_masks() override;
  void open(std::span<const u64> positions, ProverTranscript& t) override;
  void release() override;

 private:
  std::vector<Digest> take_leaves(const Encoding& e);

  std::vector<F> message_;
  std::span<const K> mask_;
  OpeningParameters p_;
  AttemptStore* store_;
  std::string name_;
  u64 coset_words_;
  std::optional<CommittedRoot> held_;  // where the codeword is kept whole
  std::vector<Digest> leaves_;         // else, where there is no store
  OpenedRoot opened_;
  bool masks_used_ = false;
};

// Groups as bytes, for the store that wrote them.
std::vector<u8> encode_groups(std::span<const WeightGroup> groups);
std::vector<WeightGroup> decode_groups(std::span<const u8> bytes);

}  // namespace pedigree
