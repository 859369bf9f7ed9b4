#include "proof/segment.h"
#include "proof/segment_protocol.h"

namespace pedigree {

void expand_schedule(const Optimiser& o, std::span<u32> out) noexcept {
  std::size_t at = 0;
  for (u32 i = 0; i < o.num_runs; ++i)
    for (u32 j = 0; j < o.runs[i].count && at < out.size(); ++j) out[at++] = o.runs[i].c;
  for (; at < out.size(); ++at) out[at] = 0;
}

K out_of_domain_point(const Digest& root) noexcept {
  HashChain chain;
  chain.absorb('B', "out of domain", root.bytes);
  return chain.challenge("z");
}

void time_weights(std::span<const u32> schedule, const Optimiser& o, u32 steps, bool end,
                  std::span<const K> at_time, std::span<K> out, Arena& arena) noexcept {
  // after[v] = sum over t >= v of eq(at_time, t); for the end weights every step counts in full.
  const std::size_t n = out.size(), mark = arena.mark();
  K* after = arena.allocate<K>(n + 1);
  if (end) {
    for (std::size_t v = 0; v <= n; ++v) after[v] = K(kOne);
  } else {
    eq_fill(at_time, K(kOne), {after, n});
    for (std::size_t v = n; v-- > 0;) after[v] += after[v + 1];
  }
  for (std::size_t s = 0; s < n; ++s) {
    K sum;
    const std::size_t stop = o.period == 0 ? steps : (s / o.period + 1) * o.period;
    std::size_t j = 0;
    for (; j < o.num_impulse && s + j < stop && s + j < steps; ++j)
      sum += after[s + j + 1] * F(static_cast<u64>(schedule[s + j]) * o.impulse[j]);
    if (o.period != 0 && stop <= steps && j < o.num_impulse)
      sum += after[stop] * F(static_cast<u64>(schedule[stop - 1]) * impulse_from(o, j));
    out[s] = sum;
  }
  arena.release(mark);
}

u64 impulse_from(const Optimiser& o, std::size_t first) noexcept {
  u64 sum = 0;
  for (std::size_t j = first; j < o.num_impulse; ++j) sum += o.impulse[j];
  return sum;
}

K live_samples_at(std::span<const u32> selection, std::span<const K> point, Arena& arena) noexcept {
  const std::size_t mark = arena.mark();
  K* eq = arena.allocate<K>(selection.size());
  eq_fill(point, K(kOne), {eq, selection.size()});
  K sum;
  for (std::size_t i = 0; i < selection.size(); ++i)
    if (selection[i] != kDeadSlot) sum += eq[i];
  arena.release(mark);
  return sum;
}

K start_at(std::span<const i64> entries, std::span<const K> at_in,
           std::span<const K> at_out) noexcept {
  KSum sum;
  for (std::size_t i = 0; i < at_in.size(); ++i) {
    KSum row;
    for (std::size_t j = 0; j < at_out.size(); ++j)
      row.add_product(F::from_int(entries[i * at_out.size() + j]), at_out[j]);
    sum.add_product(at_in[i], row.value());
  }
  return sum.value();
}

K table_column_at(const Table& t, u32 column, std::span<const K> point, Arena& arena) noexcept {
  if (column == 0) {  // the row number is linear in the bits
    K sum;
    for (std::size_t i = 0; i < point.size(); ++i) sum += point[i] * pow2(static_cast<u32>(i));
    return sum;
  }
  return column_at({t.values[column], std::size_t{1} << t.log_size}, point, arena);
}

MaskedChannel::MaskedChannel(VerifierTranscript& transcript, const Layout& layout, u32 num_pads,
                             Arena& arena) noexcept
    : transcript_(transcript),
      arena_(arena),
      num_pads_(num_pads),
      keys_(arena),
      equations_(arena),
      gates_(arena) {
  for (u32 i = 0; i < num_pads; ++i) {
    FormKey pad;
    pad.kind = KeyKind::element;
    pad.block.root = layout.pads.root;
    pad.block.offset = layout.pads.offset + u64{kDegree} * i;
    keys_.push_back(pad);
  }
}

Affine MaskedChannel::fresh_pad() noexcept {
  Affine pad;
  pad.terms = Vec<FormTerm>(arena_);
  pad.terms.push_back({next_pad_ < num_pads_ ? next_pad_ : num_pads_ - 1, K(kOne)});
  ++next_pad_;
  return pad;
}

Result<Affine> MaskedChannel::receive(std::string_view label) noexcept {
  PEDIGREE_LET(sent, transcript_.receive(label));
  return Affine(sent) - fresh_pad();
}

Result<Affine> MaskedChannel::receive_clear(std::string_view label) noexcept {
  PEDIGREE_LET(sent, transcript_.receive(label));
  return Affine(sent);
}

Result<Digest> MaskedChannel::receive_root(std::string_view label) noexcept {
  return transcript_.receive_digest(label);
}

Affine MaskedChannel::key(const FormKey& key) noexcept {
  keys_.push_back(key);
  Affine value;
  value.terms = Vec<FormTerm>(arena_);
  value.terms.push_back({static_cast<u32>(keys_.size() - 1), K(kOne)});
  return value;
}

Result<void> MaskedChannel::require(Check id, u32 index, const Affine& linear,
                                    std::span<const Gate<Affine>> gates) noexcept {
  (void)index;
  // A check that is switched off (harness) leaves an empty equation of the same shape, so that messages stay as planned.
  const bool alive = check_alive(id);
  Equation e;
  if (alive) e.linear = linear;
  e.first_gate = static_cast<u32>(gates_.size());
  for (Gate<Affine> g : gates) {
    if (!alive) g.coef = K();
    if (g.a.is_public())
      e.linear = e.linear + g.b * (g.coef * g.a.constant);
    else if (g.b.is_public())
      e.linear = e.linear + g.a * (g.coef * g.b.constant);
    else
      gates_.push_back(g);
  }
  e.num_gates = static_cast<u32>(gates_.size()) - e.first_gate;
  equations_.push_back(e);
  return {};
}

Result<SegmentClaims> verify_segment(MaskedChannel& channel, const SegmentPublic& s,
                                     Arena& arena) noexcept {
  return SegmentVerifier<MaskedChannel>(channel, s, arena).run();
}

namespace {

// A sum of many affine values, dense over the keys.
class DenseSum {
 public:
  DenseSum(std::size_t num_keys, Arena& arena) noexcept : coef_(arena, num_keys) {}
  void add(const Affine& a, const K& scale) noexcept {
    constant_ += a.constant * scale;
    for (const FormTerm& t : a.terms) coef_[t.key] += t.coef * scale;
  }
  Affine value() const noexcept {
    Affine r(constant_);
    r.terms = Vec<FormTerm>(coef_.arena());
    r.terms.reserve(coef_.size());
    for (std::size_t i = 0; i < coef_.size(); ++i)
      if (!coef_[i].is_zero()) r.terms.push_back({static_cast<u32>(i), coef_[i]});
    return r;
  }

 private:
  K constant_;
  Vec<K> coef_;
};

}  // namespace

GateTable join_equations(MaskedChannel& channel, const K& eta) noexcept {
  Arena& arena = channel.arena();
  GateTable t;
  t.weight = Vec<K>(arena);
  t.a = Vec<Affine>(arena);
  t.b = Vec<Affine>(arena);
  K power(kOne);
  DenseSum linear(channel.keys().size(), arena);
  for (const MaskedChannel::Equation& e : channel.equations()) {
    linear.add(e.linear, power);
    for (u32 g = e.first_gate; g < e.first_gate + e.num_gates; ++g) {
      t.weight.push_back(power * channel.gates()[g].coef);
      t.a.push_back(channel.gates()[g].a);
      t.b.push_back(channel.gates()[g].b);
    }
    power *= eta;
  }
  t.linear = linear.value();
  t.weight.push_back(K());  // the free gate
  t.a.push_back(channel.fresh_pad());
  t.b.push_back(channel.fresh_pad());
  t.rounds = ceil_log2(t.weight.size());
  while (t.weight.size() < std::size_t{1} << t.rounds) {
    t.weight.push_back(K());
    t.a.push_back(Affine(K()));
    t.b.push_back(Affine(K()));
  }
  return t;
}

Result<FormClaim> verify_gates(MaskedChannel& channel) noexcept {
  Arena& arena = channel.arena();
  const K eta = channel.challenge("eta");
  const GateTable t = join_equations(channel, eta);
  const std::size_t size = t.weight.size();
  Vec<K> point(arena, t.rounds);
  // The gates sum to minus the linear part.
  PEDIGREE_LET(sum, verify_sumcheck(channel, t.linear * (-inverse_pow2(t.rounds)), t.rounds, 3, {},
                                    std::span<K>(point.data(), t.rounds)));
  PEDIGREE_LET(l, channel.receive_clear("gate_a"));
  PEDIGREE_LET(r, channel.receive_clear("gate_b"));
  Vec<K> eq(arena, size);
  eq_fill(point.span(), K(kOne), std::span<K>(eq.data(), size));
  const K mu = channel.challenge("mu");
  K weight;
  DenseSum joined(channel.keys().size(), arena);
  for (std::size_t i = 0; i < size; ++i) {
    weight += eq[i] * t.weight[i];
    joined.add(t.a[i], mu * eq[i]);
    joined.add(t.b[i], mu * mu * eq[i]);
  }
  joined.add(sum - Affine(weight * l.constant * r.constant), K(kOne));
  joined.add(l, -mu);
  joined.add(r, -(mu * mu));
  const Affine all = joined.value();
  FormClaim claim;
  claim.form = all.terms;
  claim.value = -all.constant;
  return claim;
}

}  // namespace pedigree
