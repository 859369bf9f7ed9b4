// Steps 1 to 6 of proof/segment.h for any channel: masked (shipped) or over clear values (tests). One code, two readings.
#pragma once

#include "poly/eq.h"
#include "proof/pullbacks_protocol.h"
#include "proof/shows_protocol.h"
#include "tensor/start.h"

namespace pedigree {

// Weights over time of one claim on a parameter, segment.h step 4: L_t for the point `at_time`, or L_end.
void time_weights(std::span<const u32> schedule, const Optimiser& optimiser, u32 steps, bool end,
                  std::span<const K> at_time, std::span<K> out, Arena& arena) noexcept;

// sum over i and j of at_in[i] at_out[j] entries[i, j]; entries [at_in.size(), at_out.size()].
K start_at(std::span<const i64> entries, std::span<const K> at_in,
           std::span<const K> at_out) noexcept;

// A sum of many values, added two by two: each holds all terms of what it is the sum of, and the arena takes nothing back.
template <class Value>
class PairwiseSum {
 public:
  void add(Value value) noexcept {
    u32 i = 0;
    for (; count_ >> i & 1; ++i) value = value + part_[i];
    part_[i] = value;
    ++count_;
  }
  Value total() const noexcept {
    Value sum{K()};
    for (u32 i = 0; count_ >> i != 0; ++i)
      if (count_ >> i & 1) sum = sum + part_[i];
    return sum;
  }

 private:
  u32 count_ = 0;
  Value part_[32];  // of 2^i values where that bit of the count is set
};

template <class Channel>
class SegmentVerifier : private PullbackVerifier<Channel> {
  using Base = PullbackVerifier<Channel>;

 public:
  using Value = typename Channel::Value;

  SegmentVerifier(Channel& channel, const SegmentPublic& s, Arena& arena) noexcept
      : Base(channel, s, arena) {}

  Result<SegmentClaims> run() noexcept {
    PEDIGREE_TRY(answers());
    alpha_ = ch_.challenge("alpha");
    beta_ = ch_.challenge("beta");
    PEDIGREE_LET(sum, fraction_tree(plan_.log_lookups, Check::tree_layer));
    PEDIGREE_TRY(leaves(sum));
    PEDIGREE_TRY(contractions());
    PEDIGREE_LET(claims, parameters());
    PEDIGREE_TRY(products());
    PEDIGREE_TRY(pullbacks(claims));
    PEDIGREE_LET(shown, verify_shows<Channel>(*this));
    claims.shown = shown;
    return claims;
  }

 private:
  using Base::accumulate;
  using Base::arena_;
  using Base::at_leaf;
  using Base::ch_;
  using Base::fraction_tree;
  using Base::layout_;
  using Base::leaf_;
  using Base::p_;
  using Base::plan_;
  using Base::public_at;
  using Base::pullbacks;
  using Base::require;
  using Base::s_;
  using Base::selector;
  using Base::sent_;
  using Base::tensor;
  using Base::there_at_leaf;
  using Base::value_at_leaf;
  using typename Base::Fraction;

  // sum of coef * product~(point) = value.
  struct ProductClaim {
    TensorPoint point;
    Vec<ProductTerm> terms;
    Value value;
  };
  struct ParameterClaim {
    std::span<const K> in_point, out_point;
    std::span<const K> time_point;  // unless end weights
    Value value;
  };

  // The out-of-domain answers that bind long-lived roots: answer = sum of z^(x+1) f[x] + pad. The powers run over the content
  // in front of the pad, so an answer belongs to its root alone and the pad hides it whatever z is.
  Result<void> answers() noexcept {
    for (u32 root = kEndRoot; root < layout_.num_roots; ++root) {
      if (root == kEndRoot ? !p_.trains() : !s_.first) continue;
      if (root == kStartRoot && !s_.committed_start) continue;
      FormKey power, pad;
      power.kind = KeyKind::power;
      power.block.root = root;
      power.block.log_positions = layout_.log_rows[root] + kLogRootColumns;
      power.z = out_of_domain_point(s_.roots[root]);
      power.length = layout_.answer_pad[root];
      pad.kind = KeyKind::element;
      pad.block.root = root;
      pad.block.offset = layout_.answer_pad[root];
      PEDIGREE_TRY(require(Check::out_of_domain, root,
                           ch_.key(power) + ch_.key(pad) - Value(s_.answers[root])));
    }
    return {};
  }

  // The debt "t~(at) = value": settled at once where t is linear, else by the products.
  Result<void> claim_tensor(Check id, u32 index, TensorId t, TensorPoint at,
                            const Value& value) noexcept {
    Value sum{K()};
    Vec<ProductTerm> terms(arena_);
    accumulate(t, K(kOne), at, sum, &terms);
    if (terms.empty()) return require(id, index, sum - value);
    product_claims_.push_back({at, terms, value - sum});
    return {};
  }

  Result<void> leaves(const Fraction& at_leaf_point) noexcept {
    sent_ = Vec<Value>(arena_, p_.tensors.size());
    for (const TensorId t : plan_.leaf_virtuals) {
      PEDIGREE_LET(sent, ch_.receive("leaf"));
      sent_[t] = sent;
    }
    const K beta_power[3] = {K(kOne), beta_ * beta_, beta_ * beta_ * beta_};
    Value numerator{K()}, denominator{K()};
    K used;  // by leaves that are no gap
    for (u32 i = 0; i < p_.lookups.size(); ++i) {
      const Lookup& l = p_.lookups[i];
      const K at = selector(layout_.lookup_offset[i], l.log_size),
              there = at * there_at_leaf(l.columns[0]);
      used += there;
      numerator = numerator + Value(there);
      denominator = denominator + Value(there * (alpha_ - beta_ * F(l.table)));
      for (u32 c = 0; c < l.num_columns; ++c)
        denominator = denominator - value_at_leaf(l.columns[c]) * (at * beta_power[c]);
    }
    for (u32 i = 0; i < p_.tables.size(); ++i) {
      const Table& t = p_.tables[i];
      const auto point = leaf_.span().subspan(0, t.log_size);
      const K at = selector(layout_.table_offset[i], t.log_size);
      used += at;
      FormKey multiplicity;
      multiplicity.block = layout_.multiplicities[i];
      multiplicity.position_point = point;
      numerator = numerator - ch_.key(multiplicity) * at;
      K entry = alpha_ - beta_ * F(i);
      for (u32 c = 0; c < t.num_columns; ++c)
        entry -= beta_power[c] * table_column_at(t, c, point, arena_);
      denominator = denominator + Value(at * entry);
    }
    PEDIGREE_TRY(require(Check::leaf_numerator, 0, numerator - at_leaf_point.p));
    PEDIGREE_TRY(
        require(Check::leaf_denominator, 0, denominator + Value(K(kOne) - used) - at_leaf_point.q));
    for (u32 i = 0; i < p_.zeros.size(); ++i)
      PEDIGREE_TRY(require(Check::zero_tensor, i, value_at_leaf(p_.zeros[i])));
    product_claims_ = Vec<ProductClaim>(arena_);
    for (const TensorId t : plan_.leaf_virtuals) {
      if (tensor(t).kind == TensorKind::contraction) continue;
      Vec<ProductTerm> terms(arena_);
      terms.push_back({t, K(kOne)});
      product_claims_.push_back({at_leaf(t), terms, sent_[t]});
    }
    return {};
  }

  // ---- step 3 ----------------------------------------------------------------------------------------------------

  Result<void> contractions() noexcept {
    const u32 log_steps = p_.sizes.log_steps, log_batch = p_.sizes.log_batch,
              rounds = plan_.contraction_rounds;
    const K lambda = ch_.challenge("lambda");
    Value claim{K()};
    K power(kOne);
    for (const TensorId id : plan_.contractions) {
      claim = claim + sent_[id] * (power * inverse_pow2(tensor(tensor(id).a).log_features));
      power *= lambda;
    }
    Vec<K> point(arena_, rounds);
    PEDIGREE_LET(sum,
                 verify_sumcheck(ch_, claim, rounds, 3, {}, std::span<K>(point.data(), rounds)));

    // Positions of the operands: batch coordinates of the leaf point, time coordinates of the new one.
    Vec<K>& position = *new (arena_.template allocate<Vec<K>>(1)) Vec<K>(arena_);
    for (u32 i = 0; i < log_batch; ++i) position.push_back(leaf_[i]);
    for (u32 i = 0; i < log_steps; ++i) position.push_back(point[i]);
    const std::span<const K> time = point.span().subspan(0, log_steps);
    const K same_time =
        prefix_eq_at(leaf_.span().subspan(log_batch, log_steps), time, u64{1} << log_steps) *
        pow2(log_steps);

    parameter_claims_ = Vec<ParameterClaim>(arena_);
    Value linear = Value(K()) - sum;
    Vec<Gate<Value>> gates(arena_);
    power = K(kOne);
    for (u32 i = 0; i < plan_.contractions.size(); ++i) {
      const Tensor& z = tensor(plan_.contractions[i]);
      const std::span<const K> fan = point.span().subspan(log_steps, tensor(z.a).log_features);
      const std::span<const K> out = at_leaf(plan_.contractions[i]).feature;
      const K coef = power * same_time;
      if (is_public(p_, z.a)) {
        PEDIGREE_LET(w, ch_.receive("weight"));
        linear = linear + w * (coef * public_at(z.a, {fan, position.span()}));
        add_parameter_claim(z, fan, out, time, w);
      } else {
        PEDIGREE_LET(a, ch_.receive("operand"));
        PEDIGREE_LET(w, ch_.receive("weight"));
        gates.push_back({coef, a, w});
        PEDIGREE_TRY(claim_tensor(Check::contraction_operand, i, z.a, {fan, position.span()}, a));
        add_parameter_claim(z, fan, out, time, w);
      }
      power *= lambda;
    }
    return require(Check::contraction, 0, linear, gates.span());
  }

  void add_parameter_claim(const Tensor& z, std::span<const K> fan, std::span<const K> out,
                           std::span<const K> time, const Value& w) noexcept {
    if (z.transposed)
      parameter_claims_.push_back({out, fan, time, w});
    else
      parameter_claims_.push_back({fan, out, time, w});
  }

  // ---- step 4 ----------------------------------------------------------------------------------------------------

  Result<SegmentClaims> parameters() noexcept {
    SegmentClaims claims;
    claims.published = Vec<PublishedPoint>(arena_);
    claims.start = Vec<PublishedPoint>(arena_);
    if (s_.committed_start)
      for (ParameterId w = 0; w < p_.parameters.size(); ++w) PEDIGREE_TRY(start_claim(w, claims));
    if (p_.trains())
      for (ParameterId w = 0; w < p_.parameters.size(); ++w) PEDIGREE_TRY(end_claim(w, claims));

    const K lambda = ch_.challenge("lambda");
    const u32 log_samples = p_.sizes.log_samples();
    Value claim = s_.committed_start ? committed_starts(lambda) : Value(starts(lambda));
    K power(kOne);
    for (u32 c = 0; c < plan_.weight_claims.size(); ++c, power *= lambda)
      claim = claim - parameter_claims_[c].value * power;
    if (!p_.trains()) {
      PEDIGREE_TRY(require(Check::weights, 0, claim));
      return claims;
    }
    Vec<K>& at = *new (arena_.template allocate<Vec<K>>(1)) Vec<K>(arena_, log_samples);
    PEDIGREE_LET(sum, verify_sumcheck(ch_, claim * inverse_pow2(log_samples), log_samples, 3, {},
                                      std::span<K>(at.data(), log_samples)));
    // All contractions share one time point, all end weights the other: two evaluations in all.
    const std::span<const K> at_time = at.span().subspan(p_.sizes.log_batch);
    const K to_end = time_weights_at(true, {}, at_time);
    const K to_step = plan_.contractions.empty()
                          ? K()
                          : time_weights_at(false, parameter_claims_[0].time_point, at_time);
    Value linear = Value(K()) - sum;
    Vec<Gate<Value>> gates(arena_);
    power = K(kOne);
    for (u32 c = 0; c < plan_.weight_claims.size(); ++c, power *= lambda) {
      const ParameterClaim& x = parameter_claims_[c];
      const K over_time = power * (plan_.weight_claims[c].end ? to_end : to_step);
      for (const Update& u : p_.updates) {
        if (u.parameter != plan_.weight_claims[c].parameter) continue;
        const K coef = over_time * pow2(u.shift);
        PEDIGREE_LET(a, update_operand(c, u.a, {x.in_point, at.span()}));
        PEDIGREE_LET(d, update_operand(c, u.d, {x.out_point, at.span()}));
        gates.push_back({coef, a, d});
      }
    }
    PEDIGREE_TRY(require(Check::weights, 0, linear, gates.span()));
    return claims;
  }

  // sum over claims of lambda^claim W0~ at the claim's point; each start is generated once, some rows at a time.
  K starts(const K& lambda) noexcept {
    constexpr u32 kRows = 4 * kStartWords;
    struct Point {
      std::span<const K> in, out;
    };
    K sum;
    if (s_.known_start != nullptr) {
      K power(kOne);
      for (u32 c = 0; c < plan_.weight_claims.size(); ++c, power *= lambda) {
        const ParameterId id = plan_.weight_claims[c].parameter;
        if (p_.parameters[id].start_bound == 0) continue;
        const ParameterClaim& x = parameter_claims_[c];
        sum += power * s_.known_start->at(id, x.in_point, x.out_point);
      }
      return sum;
    }
    for (ParameterId id = 0; id < p_.parameters.size(); ++id) {
      const Parameter& w = p_.parameters[id];
      if (w.start_bound == 0) continue;
      const std::size_t mark = arena_.mark();
      Vec<Point> points(arena_);
      K power(kOne);
      for (u32 c = 0; c < plan_.weight_claims.size(); ++c, power *= lambda) {
        if (plan_.weight_claims[c].parameter != id) continue;
        const ParameterClaim& x = parameter_claims_[c];
        points.push_back({eq_scaled(x.in_point, power), eq_scaled(x.out_point, K(kOne))});
      }
      i64* const entries =
          arena_.template allocate<i64>(std::size_t{w.in < kRows ? w.in : kRows} * w.out);
      for (u32 row = 0; row < w.in; row += kRows) {
        const std::size_t rows = row + kRows < w.in ? kRows : w.in - row;
        const std::span<i64> some(entries, rows * w.out);
        seeded_start(s_.seed, w.start_index, static_cast<i64>(w.start_bound), some,
                     u64{row} * w.out);
        for (const Point& x : points)
          sum += start_at(some, x.in.subspan(row, rows), x.out.subspan(0, w.out));
      }
      arena_.release(mark);
    }
    return sum;
  }

  std::span<const K> eq_scaled(std::span<const K> point, const K& by) noexcept {
    const std::size_t size = std::size_t{1} << point.size();
    K* const at = arena_.template allocate<K>(size);
    eq_fill(point, by, {at, size});
    return {at, size};
  }

  Value committed_starts(const K& lambda) noexcept {
    Value sum{K()};
    K power(kOne);
    for (u32 c = 0; c < plan_.weight_claims.size(); ++c, power *= lambda) {
      const ParameterClaim& x = parameter_claims_[c];
      sum = sum + ch_.key(parameter_key(plan_.weight_claims[c].parameter, kStartRoot, x.in_point,
                                        x.out_point)) *
                      power;
    }
    return sum;
  }

  FormKey parameter_key(ParameterId w, u32 root, std::span<const K> in,
                        std::span<const K> out) const noexcept {
    FormKey key;
    key.block = layout_.end_weights[w];
    key.block.root = root;
    key.feature_point = in;
    key.position_point = out;
    return key;
  }

  // Padded cells of a committed start are zero; a named start is shown at the same point.
  Result<void> start_claim(ParameterId w, SegmentClaims& claims) noexcept {
    const Parameter& parameter = p_.parameters[w];
    Vec<K> point(arena_);
    for (u32 i = 0; i < parameter.log_in + parameter.log_out; ++i)
      point.push_back(ch_.challenge("start"));
    const std::span<const K> in = point.span().subspan(0, parameter.log_in),
                             out = point.span().subspan(parameter.log_in);
    const FormKey all = parameter_key(w, kStartRoot, in, out);
    FormKey live = all;
    live.feature_part = FeaturePart::eq_live;
    live.features = parameter.in;
    live.position_part = PositionPart::eq_live;
    live.positions = parameter.out;
    const Value value = ch_.key(all);
    PEDIGREE_TRY(require(Check::start_padding, w, value - ch_.key(live)));
    if (!s_.show_start) return {};
    PEDIGREE_LET(shown, ch_.receive_clear("named start"));
    claims.start.push_back({w, parameter.in, parameter.out, in, out, shown.constant});
    return require(Check::published_start, w, value - shown);
  }

  Result<void> end_claim(ParameterId w, SegmentClaims& claims) noexcept {
    const Parameter& parameter = p_.parameters[w];
    Vec<K> point(arena_);
    for (u32 i = 0; i < parameter.log_in + parameter.log_out; ++i)
      point.push_back(ch_.challenge("end"));
    const std::span<const K> in = point.span().subspan(0, parameter.log_in),
                             out = point.span().subspan(parameter.log_in);
    const Value value = ch_.key(parameter_key(w, kEndRoot, in, out));
    parameter_claims_.push_back({in, out, {}, value});
    if (!s_.publish_weights) return {};
    PEDIGREE_LET(shown, ch_.receive_clear("published"));
    claims.published.push_back({w, parameter.in, parameter.out, in, out, shown.constant});
    return require(Check::published_weights, w, value - shown);
  }

  Result<Value> update_operand(u32 claim, TensorId t, TensorPoint at) noexcept {
    if (is_public(p_, t)) return Value(public_at(t, at));
    PEDIGREE_LET(sent, ch_.receive("factor"));
    PEDIGREE_TRY(claim_tensor(Check::weight_operand, claim, t, at, sent));
    return sent;
  }

  K time_weights_at(bool end, std::span<const K> at_time, std::span<const K> point) noexcept {
    const std::size_t steps = std::size_t{1} << p_.sizes.log_steps, mark = arena_.mark();
    Vec<u32> schedule(arena_, steps);
    expand_schedule(*s_.optimiser, std::span<u32>(schedule.data(), steps));
    Vec<K> weights(arena_, steps), eq(arena_, steps);
    time_weights(schedule.span(), *s_.optimiser, p_.sizes.steps, end, at_time,
                 std::span<K>(weights.data(), steps), arena_);
    eq_fill(point, K(kOne), std::span<K>(eq.data(), steps));
    KSum sum;
    for (std::size_t i = 0; i < steps; ++i) sum.add_product(weights[i], eq[i]);
    arena_.release(mark);
    return sum.value();
  }

  // ---- step 5 ----------------------------------------------------------------------------------------------------

  Result<void> products() noexcept {
    if (plan_.products.empty()) return {};
    const u32 rounds = plan_.product_rounds;
    const K lambda = ch_.challenge("lambda");
    PairwiseSum<Value> claim;
    K power(kOne);
    for (const ProductClaim& c : product_claims_) {
      claim.add(c.value * (power * inverse_pow2(p_.log_size(c.terms[0].product))));
      power *= lambda;
    }
    leaf_ = Vec<K>(arena_, rounds);  // from here on suffixes belong to this point
    PEDIGREE_LET(sum, verify_sumcheck(ch_, claim.total(), rounds, 3, {},
                                      std::span<K>(leaf_.data(), rounds)));

    for (u32 i = 0; i < plan_.operands.size(); ++i) {
      PEDIGREE_LET(sent, ch_.receive("operand"));
      sent_[plan_.operands[i]] = sent;
      if (tensor(plan_.operands[i]).kind == TensorKind::pullback) continue;  // step 6
      PEDIGREE_TRY(claim_tensor(Check::product_operand, i, plan_.operands[i],
                                at_leaf(plan_.operands[i]), sent));
    }
    Vec<K> coef(arena_, p_.tensors.size());
    power = K(kOne);
    for (const ProductClaim& c : product_claims_) {
      for (const ProductTerm& term : c.terms) {
        const TensorPoint here = at_leaf(term.product);
        coef[term.product] +=
            power * term.coef *
            prefix_eq_at(c.point.feature, here.feature, u64{1} << here.feature.size()) *
            prefix_eq_at(c.point.position, here.position, u64{1} << here.position.size());
      }
      power *= lambda;
    }
    PairwiseSum<Value> linear;
    linear.add(Value(K()) - sum);
    Vec<Gate<Value>> gates(arena_);
    for (const TensorId t : plan_.products) {
      if (tensor(t).kind == TensorKind::pullback)
        linear.add(sent_[t] * coef[t]);
      else
        gates.push_back({coef[t], operand_value(tensor(t).a), operand_value(tensor(t).b)});
    }
    return require(Check::product, 0, linear.total(), gates.span());
  }

  Value operand_value(TensorId t) noexcept {
    return is_public(p_, t) ? Value(public_at(t, at_leaf(t))) : sent_[t];
  }

  K alpha_, beta_;
  Vec<ProductClaim> product_claims_;
  Vec<ParameterClaim> parameter_claims_;
};

}  // namespace pedigree
