// The private side of a segment: the messages of the roots and the values that the prover derives from them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "iop/masked_send.h"
#include "proof/segment.h"

namespace pedigree {

// Values over F, so that they are defined for a false witness too.
struct Witness {
  // The segment's own, end, start (empty where the start is seeded). Pushforwards follow from challenges.
  std::vector<F> messages[kDataRoot];
  std::vector<Words> data;  // of each dataset: its message, shared by all segments
  std::vector<std::vector<F>>
      contractions;  // by TensorId, samples: what the trainer computed, cells that are there
  std::vector<std::vector<F>> start;  // of a seeded start, by ParameterId: live entries, in * out
  // Where a block of one of these lies.
  F* cells(const Block& b) { return messages[b.root].data() + b.offset; }
  const F* cells(const Block& b) const { return messages[b.root].data() + b.offset; }
  Words message(u32 root) const {
    return root < kDataRoot ? Words(messages[root]) : data[root - kDataRoot];
  }
  std::string refusal;  // why no honest prover goes on
#ifdef PEDIGREE_HARNESS
  std::vector<std::vector<F>>
      false_values;  // by TensorId: what a lying prover takes a derived tensor for; empty: the truth
#endif
};

// Tensors by id, the cells that are there: committed ones from the messages, the others computed once and kept until dropped.
class TensorValues {
 public:
  TensorValues(const SegmentPublic& s, const Witness& w)
      : s_(s), w_(w), cache_(s.program->tensors.size()) {}
  std::span<const F> get(TensorId t);
  // out[x] = sum over features f of eq(point, f) t(f, x).
  std::vector<K> bind_features(TensorId t, std::span<const K> point);
  // Gives the memory back, as assigning empty vectors would not.
  void drop() { cache_ = std::vector<std::vector<F>>(cache_.size()); }
  // The same, but for columns of lookups.
  void drop_all_but_lookups();

 private:
  std::vector<F> compute(TensorId t);
  void collect_terms(TensorId t, F scale, std::vector<std::span<const F>>& terms,
                     std::vector<F>& coefs, F& constant);
  bool is_known(TensorId t) const;
  const SegmentPublic& s_;
  const Witness& w_;
  std::vector<std::vector<F>> cache_;
};

// Committed tensors that do not depend on a step: limbs and copies over records and parameters (and over samples where no
// model runs), cofactors of sides that are apart.
void fill_static(const SegmentPublic& s, Witness& w, TensorValues& values);

// Counts how often each table row is looked up and writes the counts into the segment's message. Values outside a table
// are not counted; the first such cell, if any, is returned (an honest trainer never leaves one), of pullbacks too.
struct LookupMiss {
  bool found = false;
  TensorId tensor = 0;  // first column of the lookup
  u64 cell = 0;
};
LookupMiss fill_multiplicities(const SegmentPublic& s, Witness& w, TensorValues& values);

// Rows that are apart, and hits (proof/apart.h).
void fill_apart(const SegmentPublic& s, const Show& show, Witness& w);
void prove_apart(const SegmentPublic& s, const Show& show, const Witness& w, MaskedSender& sender);
void prove_hits(const SegmentPublic& s, const Show& show, MaskedSender& sender);

// The shows of a claim, proof/show.h.
void prove_shows(const SegmentPublic& s, const Witness& w, TensorValues& values,
                 MaskedSender& sender);

// Makes the message of the root of pushforwards, but for its random rows: `at` is the point of the products.
void fill_pushforwards(const SegmentPublic& s, const K& gamma, std::span<const K> at, Witness& w,
                       TensorValues& values);

// What whoever holds the witness does on the way.
struct SegmentHooks {
  std::function<Digest()> commit_pushforwards;  // to their message, which is filled by then
  std::function<void()> leaves_sent;            // from here on nobody reads what contractions give
};

// Steps 1 to 6 of proof/segment.h.
void prove_segment(const SegmentPublic& s, Witness& w, TensorValues& values, MaskedSender& sender,
                   const SegmentHooks& hooks = {});

// Step 7: the gates, then the one linear form of the opening. `replay` has read what was sent; `replayed` is its transcript.
FormClaim prove_gates(MaskedChannel& replay, VerifierTranscript& replayed, MaskedSender& sender,
                      std::span<const K> pads,
                      const std::function<K(const FormKey&)>& value_of_key);

}  // namespace pedigree
