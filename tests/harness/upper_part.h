// Steps 1 to 7 of a proof under replayed challenges, taken apart: what the messages are, for which
// pads.
#pragma once

#include "harness/clear.h"

namespace pedigree::harness {

// Messages of steps 1 to 7 of one statement, in order, and what the masked verifier makes of them.
class UpperPart {
 public:
  // `segment` with the answers of the statement; the compiled job outlives this.
  // `drawn`: challenges of the segments before it. `clear`: which messages of steps 2 to 6 have no
  // pad, ascending.
  UpperPart(const CompiledSegment& c, const SegmentPublic& segment, const Statement& s, u64 seed,
            u32 index = 0, u64 drawn = 0, std::vector<std::size_t> clear = {});

  // Uniform messages: one for every pad but the free gate's two, and those that are sent in the
  // clear: two gates, and what is said to be.
  std::size_t num_messages() const { return plan_.num_pads + clear_.size(); }
  std::size_t num_early() const { return early_; }  // steps 2 to 6

  // Pads under which a witness with these values of steps 2 to 6 sends exactly `messages`; in order
  // of the layout.
  // `w`: where gates read other keys than pads.
  std::vector<K> pads_for(std::span<const K> messages, std::span<const K> values,
                          const Witness* w = nullptr) const;
  // Values of the messages of step 7 for given pads of steps 2 to 6 and of the free gate: rounds,
  // then l and r.
  std::vector<K> gate_values(std::span<const K> messages, std::span<const K> pads,
                             const Witness* w = nullptr) const;

  // The one linear form that the verifier is left with.
  struct Claim {
    std::vector<FormKey> keys;
    std::vector<FormTerm> form;
    K value;
  };
  Claim claim(std::span<const K> messages) const;
  // The form's value on the messages of a witness.
  K value_of(const Claim& claim, const Witness& w) const;
  // Challenges drawn up to and with the last of this segment; the state that the opening absorbs.
  struct End {
    u64 drawn = 0;
    Digest state;
  };
  End end(std::span<const K> messages, const OwnRoots& own) const;
  // Messages with the segment's own roots where they are sent.
  std::vector<u8> bytes_of(std::span<const K> messages, const OwnRoots& own = {}) const;
  std::vector<WeightGroup> groups(const Claim& claim) const;

 private:
  struct Gates;
  Gates gates(std::span<const K> messages) const;
  void bind(VerifierTranscript& t) const;

  const CompiledSegment& c_;
  const Plan& plan_;
  SegmentPublic segment_;
  std::vector<u8> settings_;
  u64 seed_;
  u32 index_;
  u64 drawn_;
  std::vector<std::size_t> clear_;
  std::size_t early_;
  std::shared_ptr<OwnedArena> arena_;
};

// Puts pads and answer pads into the messages of a witness.
void place_pads(const CompiledSegment& c, std::span<const K> pads, const SegmentPublic& segment,
                Witness& w);

}  // namespace pedigree::harness
