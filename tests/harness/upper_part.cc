#include "harness/upper_part.h"

#include <algorithm>

#include "base/require.h"
#include "iop/cubic.h"

namespace pedigree::harness {

// The table of step 7 and the challenges that its rounds draw.
struct UpperPart::Gates {
  GateTable table;
  std::vector<K> point;
  u64 drawn = 0;  // challenges drawn up to and with eta
  std::vector<FormKey> keys;

  // Keys that are no pads are read on the witness.
  K value(const Affine& a, std::span<const K> pads, const SegmentPublic& s,
          const Witness* w) const {
    K sum = a.constant;
    for (const FormTerm& t : a.terms)
      sum += t.coef * (t.key < pads.size() ? pads[t.key] : key_value(keys[t.key], s, *w));
    return sum;
  }
  std::size_t free_gate() const {
    std::size_t i = table.weight.size();
    while (i-- > 0)
      if (!table.a[i].is_public()) return i;
    return 0;
  }
};

UpperPart::UpperPart(const CompiledSegment& c, const SegmentPublic& segment, const Statement& s,
                     u64 seed, u32 index, u64 drawn, std::vector<std::size_t> clear)
    : c_(c),
      plan_(c.plan),
      segment_(segment),
      settings_(encode_statement(s)),
      seed_(seed),
      index_(index),
      drawn_(drawn),
      clear_(std::move(clear)),
      early_(c.plan.num_pads + clear_.size() - 3 * c.plan.gate_rounds - 2),
      arena_(std::make_shared<OwnedArena>(8 * statement_memory(s))) {
  segment_.publish_weights = false;
}

void UpperPart::bind(VerifierTranscript& t) const {
  t.chain().frozen_seed = seed_;
  t.chain().challenges_drawn = drawn_;
  bind_segment(t, settings_, index_);
  PEDIGREE_REQUIRE(receive_first_roots(t, c_.layout).ok(), "the segment's roots");
}

std::vector<u8> UpperPart::bytes_of(std::span<const K> messages, const OwnRoots& own) const {
  ProverTranscript t;
  for (const u32 root : {kSegmentRoot, kSecondRoot})
    if (c_.layout.has(root)) t.send_digest(kOwnLabels[root], own.root[root]);
  if (!c_.layout.has(kPushforwardRoot)) {
    t.hint_elements(messages);
    return t.proof();
  }
  std::size_t before = plan_.pads_before_pushforward;
  for (const std::size_t at : clear_) before += at <= before;
  t.hint_elements(messages.first(before));
  t.send_digest(kOwnLabels[kPushforwardRoot], own.root[kPushforwardRoot]);
  t.hint_elements(messages.subspan(before));
  return t.proof();
}

UpperPart::Gates UpperPart::gates(std::span<const K> messages) const {
  const std::vector<u8> bytes = bytes_of(messages.first(early_));
  VerifierTranscript t(bytes);
  bind(t);
  MaskedChannel channel(t, c_.layout, plan_.num_pads, arena_->get());
  PEDIGREE_REQUIRE(verify_segment(channel, segment_, arena_->get()).ok(), "messages are read");
  Gates g;
  g.table = join_equations(channel, channel.challenge("eta"));
  g.drawn = t.chain().challenges_drawn;
  g.keys.assign(channel.keys().begin(), channel.keys().end());
  HashChain ahead;
  ahead.frozen_seed = seed_;
  ahead.challenges_drawn = g.drawn;
  g.point.resize(g.table.rounds);
  for (u32 i = g.table.rounds; i-- > 0;) g.point[i] = ahead.challenge("bind");
  return g;
}

std::vector<K> UpperPart::gate_values(std::span<const K> messages, std::span<const K> pads,
                                      const Witness* w) const {
  const Gates g = gates(messages);
  std::vector<CubicTerm> terms(1);
  for (std::size_t i = 0; i < g.table.weight.size(); ++i) {
    terms[0].e.push_back(g.table.weight[i]);
    terms[0].x.push_back(g.value(g.table.a[i], pads, segment_, w));
    terms[0].y.push_back(g.value(g.table.b[i], pads, segment_, w));
  }
  ProverTranscript t;
  t.chain().frozen_seed = seed_;
  t.chain().challenges_drawn = g.drawn;
  const std::vector<K> none(3 * g.table.rounds);
  MaskedSender sender(t, none);
  prove_cubic(terms, g.table.rounds, sender);
  t.send("l", terms[0].x[0]);
  t.send("r", terms[0].y[0]);
  std::vector<K> values(t.proof().size() / sizeof(K));
  std::memcpy(values.data(), t.proof().data(), t.proof().size());
  return values;
}

std::vector<K> UpperPart::pads_for(std::span<const K> messages, std::span<const K> values,
                                   const Witness* w) const {
  std::vector<K> pads;
  for (std::size_t i = 0; i < early_; ++i) {
    if (!std::binary_search(clear_.begin(), clear_.end(), i))
      pads.push_back(messages[i] - values[i]);
    else
      PEDIGREE_REQUIRE(messages[i] == values[i], "a message without a pad is its value");
  }
  const std::size_t free_gate = pads.size();
  pads.resize(plan_.num_pads);
  // l and r are affine in the pads of the free gate: 0 gives the rest, the gate's weight at the
  // point the slope.
  const Gates g = gates(messages);
  const std::vector<K> rest = gate_values(messages, pads, w);
  const K slope = inverse(eq_at(g.point, g.free_gate()));
  const std::size_t rounds = 3 * plan_.gate_rounds;
  pads[free_gate] = (messages[early_ + rounds] - rest[rounds]) * slope;
  pads[free_gate + 1] = (messages[early_ + rounds + 1] - rest[rounds + 1]) * slope;
  const std::vector<K> gate = gate_values(messages, pads, w);
  for (std::size_t i = 0; i < rounds; ++i) pads[free_gate + 2 + i] = messages[early_ + i] - gate[i];
  return pads;
}

UpperPart::Claim UpperPart::claim(std::span<const K> messages) const {
  const std::vector<u8> bytes = bytes_of(messages);
  VerifierTranscript t(bytes);
  bind(t);
  MaskedChannel channel(t, c_.layout, plan_.num_pads, arena_->get());
  PEDIGREE_REQUIRE(verify_segment(channel, segment_, arena_->get()).ok(), "messages are read");
  const auto form = verify_gates(channel);
  PEDIGREE_REQUIRE(form.ok() && t.finish().ok() && channel.pads_used() == plan_.num_pads,
                   "all messages are read");
  return {{channel.keys().begin(), channel.keys().end()},
          {form.value().form.begin(), form.value().form.end()},
          form.value().value};
}

K UpperPart::value_of(const Claim& claim, const Witness& w) const {
  K sum;
  for (WeightGroup& group : groups(claim)) {
    contract_message(group, w.message(group.root), kLogRootColumns);
    sum += group_value(group);
  }
  return sum;
}

std::vector<WeightGroup> UpperPart::groups(const Claim& claim) const {
  return form_groups(claim.keys, claim.form, c_.layout.num_roots, segment_.selection);
}

UpperPart::End UpperPart::end(std::span<const K> messages, const OwnRoots& own) const {
  const std::vector<u8> bytes = bytes_of(messages, own);
  VerifierTranscript t(bytes);
  bind(t);
  MaskedChannel channel(t, c_.layout, plan_.num_pads, arena_->get());
  PEDIGREE_REQUIRE(
      verify_segment(channel, segment_, arena_->get()).ok() && verify_gates(channel).ok(),
      "messages are read");
  return {t.chain().challenges_drawn, t.chain().state()};
}

void place_pads(const CompiledSegment& c, std::span<const K> pads, const SegmentPublic& segment,
                Witness& w) {
  for (std::size_t i = 0; i < pads.size(); ++i)
    for (u32 l = 0; l < kDegree; ++l) w.cells(c.layout.pads)[kDegree * i + l] = pads[i].c[l];
  for (u32 root = kEndRoot; root < c.layout.num_roots; ++root) {
    if (w.message(root).empty()) continue;
    F* const pad = &word_of(w, root, c.layout.answer_pad[root]);
    for (u32 l = 0; l < kDegree; ++l) pad[l] = F();
    const K value = masked_answer(w.message(root), c.layout.answer_pad[root], segment.roots[root]);
    for (u32 l = 0; l < kDegree; ++l) pad[l] = (segment.answers[root] - value).c[l];
  }
}

}  // namespace pedigree::harness
