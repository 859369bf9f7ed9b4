#include <algorithm>

#include "base/require.h"
#include "iop/cubic.h"
#include "kernel/fold.h"
#include "kernel/parallel.h"
#include "kernel/profile.h"
#include "kernel/rounds.h"
#include "poly/eq.h"
#include "proof/eq_vector.h"
#include "proof/segment_protocol.h"
#include "proof/tree_leaves.h"

namespace pedigree {

namespace {

class SegmentProver {
 public:
  SegmentProver(const SegmentPublic& s, Witness& w, TensorValues& values, MaskedSender& sender,
                const SegmentHooks& hooks)
      : s_(s),
        p_(*s.program),
        plan_(*s.plan),
        w_(w),
        values_(values),
        sender_(sender),
        hooks_(hooks) {
    schedule_.resize(std::size_t{1} << p_.sizes.log_steps);
    expand_schedule(*s.optimiser, schedule_);
  }

  void run() {
    const K alpha = sender_.challenge("alpha"), beta = sender_.challenge("beta");
    {
      const Stage stage("lookups", plan_.num_lookup_leaves,
                        2 * sizeof(K) * plan_.num_lookup_leaves);
      const LookupLeaves leaves(s_, w_, values_, alpha, beta);
      values_.drop_all_but_lookups();  // before the tree, which takes the most memory
      leaf_ = prove_fraction_tree(leaves, plan_.log_lookups, sender_);
    }
    values_.drop();
    send_leaves();
    if (hooks_.leaves_sent) hooks_.leaves_sent();
    contractions();
    parameters();
    products();
    pullbacks();
    prove_shows(s_, w_, values_, sender_);
  }

 private:
  struct ProductTerm {
    TensorId product;
    K coef;
  };
  struct Point {
    std::vector<K> feature, position;
  };
  struct ProductClaim {
    Point at;
    std::vector<ProductTerm> terms;
  };
  // A claim on a parameter over time: points of fan in and fan out; the time point is unused for the end weights.
  struct ParameterClaim {
    std::vector<K> in, out, time;
  };

  const Tensor& tensor(TensorId t) const { return p_.tensors[t]; }
  std::size_t samples() const { return std::size_t{1} << p_.sizes.log_samples(); }
  std::size_t steps() const { return std::size_t{1} << p_.sizes.log_steps; }
  std::size_t batch() const { return std::size_t{1} << p_.sizes.log_batch; }

  Point suffix(TensorId t, const std::vector<K>& point) const {
    const std::size_t n = p_.log_positions(tensor(t)), f = tensor(t).log_features;
    const auto at = point.begin();
    return {{at + static_cast<std::ptrdiff_t>(n), at + static_cast<std::ptrdiff_t>(n + f)},
            {at, at + static_cast<std::ptrdiff_t>(n)}};
  }

  K evaluate(TensorId t, const Point& at) {
    const std::vector<K> bound = values_.bind_features(t, at.feature), eq = eq_of(at.position);
    return inner_product(bound.data(), eq.data(), eq.size());
  }

  void collect_products(TensorId id, const K& coef, std::vector<ProductTerm>& out) const {
    const Tensor& t = tensor(id);
    if (t.kind == TensorKind::product || t.kind == TensorKind::pullback) out.push_back({id, coef});
    if (t.kind != TensorKind::affine) return;
    const K scaled = coef * inverse_pow2(t.shift);
    for (u32 i = 0; i < t.num_terms; ++i) {
      const Term& term = p_.terms[t.first_term + i];
      collect_products(term.tensor, scaled * F::from_int(term.coef), out);
    }
  }

  void claim_tensor(TensorId t, Point at) {
    std::vector<ProductTerm> terms;
    collect_products(t, K(kOne), terms);
    if (!terms.empty()) claims_.push_back({std::move(at), std::move(terms)});
  }

  void send_leaves() {
    for (const TensorId t : plan_.leaf_virtuals)
      sender_.send("leaf", evaluate(t, suffix(t, leaf_)));
    for (const TensorId t : plan_.leaf_virtuals)
      if (tensor(t).kind != TensorKind::contraction)
        claims_.push_back({suffix(t, leaf_), {{t, K(kOne)}}});
  }

  // W~(free index, t) for all t, the other side bound at `point`: rows of the free index, t low. Uses the recurrence
  // W[t+1] = W[t] - c_t sum_j impulse_j sum_updates 2^shift A[t-j]^T D[t-j] on vectors.
  std::vector<K> weights_over_time(ParameterId id, bool bind_out, std::span<const K> point) {
    const Parameter& w = p_.parameters[id];
    const std::vector<K> eq = eq_of(point);
    const std::size_t padded = std::size_t{1} << (bind_out ? w.log_in : w.log_out);
    std::vector<K> now(padded), out(padded * steps());
    // A committed start counts with all cells that are there, a seeded one has live ones only.
    const bool whole = s_.committed_start;
    const Block& block = s_.layout->end_weights[id];
    const std::size_t inputs = whole ? block.features_there() : w.in,
                      outputs = whole ? std::size_t{1} << w.log_out : w.out;
    const F* start = whole ? w_.messages[kStartRoot].data() + block.offset : w_.start[id].data();
    if (bind_out)
      parallel_for(inputs, 64, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i)
          now[i] = inner_product_base(start + i * outputs, eq.data(), outputs);
      });
    else
      weighted_rows(start, std::span(eq).first(inputs), outputs, now.data());
    // Steps of the gradient, each a vector over the free index: padded * steps values are kept for the impulse.
    std::vector<K> gradient(padded * steps());
    for (const Update& u : p_.updates) {
      if (u.parameter != id) continue;
      const std::vector<K> bound = values_.bind_features(bind_out ? u.d : u.a, point);
      const std::span<const F> free = values_.get(bind_out ? u.a : u.d);
      const F scale = pow2(u.shift);
      parallel_for(free.size() / samples(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i)
          for (std::size_t t = 0; t < steps(); ++t) {
            KSum sum;
            for (std::size_t b = 0; b < batch(); ++b)
              sum.add_product(free[i * samples() + t * batch() + b], bound[t * batch() + b]);
            gradient[i * steps() + t] += sum.value() * scale;
          }
      });
    }
    for (std::size_t i = 0; i < padded; ++i) {
      K value = now[i];
      for (std::size_t t = 0; t < steps(); ++t) {
        out[i * steps() + t] = value;
        const std::size_t period = s_.optimiser->period, first = period ? t / period * period : 0;
        for (std::size_t j = 0; j < s_.optimiser->num_impulse && first + j <= t; ++j)
          value -= gradient[i * steps() + t - j] *
                   F(static_cast<u64>(schedule_[t]) * s_.optimiser->impulse[j]);
        if (period == 0 || (t + 1) % period != 0) continue;
        for (std::size_t s = first; s <= t; ++s)  // the period's last step pays out the rest
          value -= gradient[i * steps() + s] *
                   F(static_cast<u64>(schedule_[t]) * impulse_from(*s_.optimiser, t + 1 - s));
      }
    }
    return out;
  }

  // out[i, t] = sum over b of eq(r_b, b) a(i, t, b), of all padded features.
  std::vector<K> bind_batch(TensorId t, std::span<const K> point) {
    const std::span<const F> cells = values_.get(t);
    const std::vector<K> eq = eq_of(point);
    std::vector<K> out(steps() << tensor(t).log_features);
    parallel_for(cells.size() >> p_.sizes.log_batch, 1 << 10,
                 [&](std::size_t begin, std::size_t end) {
                   for (std::size_t i = begin; i < end; ++i)
                     out[i] = inner_product_base(cells.data() + i * batch(), eq.data(), batch());
                 });
    return out;
  }

  void contractions() {
    const Stage stage("contractions", samples());
    const u32 log_steps = p_.sizes.log_steps, log_batch = p_.sizes.log_batch;
    const std::span<const K> at_batch(leaf_.data(), log_batch),
        at_time(leaf_.data() + log_batch, log_steps);
    const K lambda = sender_.challenge("lambda");
    const std::vector<K> eq_time = eq_of(at_time, K(pow2(log_steps)));
    std::vector<CubicTerm> terms;
    K power(kOne);
    for (const TensorId id : plan_.contractions) {
      const Tensor& z = tensor(id);
      const Point out = suffix(id, leaf_);
      CubicTerm term;
      term.x = bind_batch(z.a, at_batch);
      term.y = weights_over_time(z.parameter, !z.transposed, out.feature);
      term.e.resize(term.x.size());
      for (std::size_t i = 0; i < term.e.size(); ++i) term.e[i] = power * eq_time[i % steps()];
      terms.push_back(std::move(term));
      power *= lambda;
    }
    const std::vector<K> point = prove_cubic(terms, plan_.contraction_rounds, sender_);
    std::vector<K> position(at_batch.begin(), at_batch.end());
    position.insert(position.end(), point.begin(), point.begin() + log_steps);
    const std::vector<K> time(point.begin(), point.begin() + log_steps);
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const Tensor& z = tensor(plan_.contractions[i]);
      const std::vector<K> fan(point.begin() + log_steps,
                               point.begin() + log_steps + tensor(z.a).log_features);
      const std::vector<K> out = suffix(plan_.contractions[i], leaf_).feature;
      if (!is_public(p_, z.a)) {
        sender_.send("operand", terms[i].x[0]);
        claim_tensor(z.a, {fan, position});
      }
      sender_.send("weight", terms[i].y[0]);
      parameter_claims_.push_back(z.transposed ? ParameterClaim{out, fan, time}
                                               : ParameterClaim{fan, out, time});
    }
  }

  void parameters() {
    const Stage stage("weights over time", samples());
    if (s_.committed_start)
      for (ParameterId id = 0; id < p_.parameters.size(); ++id) {
        const ParameterClaim claim = draw_point(id, "start");
        if (s_.show_start) sender_.send_clear("named start", value_at(kStartRoot, id, claim));
      }
    for (ParameterId id = 0; p_.trains() && id < p_.parameters.size(); ++id) {
      ParameterClaim claim = draw_point(id, "end");
      if (s_.publish_weights) sender_.send_clear("published", value_at(kEndRoot, id, claim));
      parameter_claims_.push_back(std::move(claim));
    }
    const K lambda = sender_.challenge("lambda");
    if (!p_.trains()) return;
    std::vector<CubicTerm> terms;
    K power(kOne);
    for (std::size_t c = 0; c < parameter_claims_.size(); ++c, power *= lambda) {
      const ParameterClaim& claim = parameter_claims_[c];
      const std::vector<K> over_time = time_weights_of(plan_.weight_claims[c].end, claim.time);
      for (const Update& u : p_.updates) {
        if (u.parameter != plan_.weight_claims[c].parameter) continue;
        CubicTerm term{std::vector<K>(samples()), values_.bind_features(u.a, claim.in),
                       values_.bind_features(u.d, claim.out)};
        const K scale = power * pow2(u.shift);
        for (std::size_t x = 0; x < samples(); ++x)
          term.e[x] = scale * over_time[x >> p_.sizes.log_batch];
        terms.push_back(std::move(term));
      }
    }
    const std::vector<K> at = prove_cubic(terms, p_.sizes.log_samples(), sender_);
    std::size_t next = 0;
    for (std::size_t c = 0; c < parameter_claims_.size(); ++c) {
      for (const Update& u : p_.updates) {
        if (u.parameter != plan_.weight_claims[c].parameter) continue;
        send_factor(u.a, {parameter_claims_[c].in, at}, terms[next].x[0]);
        send_factor(u.d, {parameter_claims_[c].out, at}, terms[next].y[0]);
        ++next;
      }
    }
  }

  void send_factor(TensorId t, Point at, const K& value) {
    if (is_public(p_, t)) return;
    sender_.send("factor", value);
    claim_tensor(t, std::move(at));
  }

  ParameterClaim draw_point(ParameterId id, const char* label) {
    const Parameter& w = p_.parameters[id];
    ParameterClaim claim;
    for (u32 i = 0; i < w.log_in + w.log_out; ++i)
      (i < w.log_in ? claim.in : claim.out).push_back(sender_.challenge(label));
    return claim;
  }

  K value_at(u32 root, ParameterId id, const ParameterClaim& claim) const {
    const Block& b = s_.layout->end_weights[id];
    const std::vector<K> in = eq_of(claim.in), out = eq_of(claim.out);
    K sum;
    for (std::size_t i = 0; i < b.features_there(); ++i)
      sum += in[i] * inner_product_base(w_.messages[root].data() + b.offset + i * out.size(),
                                        out.data(), out.size());
    return sum;
  }

  std::vector<K> time_weights_of(bool end, const std::vector<K>& at_time) const {
    std::vector<K> out(steps());
    std::vector<u8> memory((steps() + 2) * sizeof(K));
    Arena arena(memory.data(), memory.size(), nullptr);
    time_weights(schedule_, *s_.optimiser, p_.sizes.steps, end, at_time, out, arena);
    return out;
  }

  void products() {
    if (plan_.products.empty()) return;
    const Stage stage("products", samples());
    values_.drop();  // but for factors
    const K lambda = sender_.challenge("lambda");
    std::vector<CubicTerm> terms;
    std::vector<std::pair<TensorId, TensorId>> factors;  // of each term; of a pullback itself twice
    for (const TensorId t : plan_.products) {
      const bool is_product = tensor(t).kind == TensorKind::product;
      CubicTerm term;
      term.outer = claim_weights(t, lambda);
      PEDIGREE_REQUIRE(!is_product || !term.outer.empty(), "a product of the plan is claimed");
      if (term.outer.empty()) continue;  // a pullback that is a factor alone
      factors.push_back(is_product ? std::pair(tensor(t).a, tensor(t).b) : std::pair(t, t));
      term.base_x = values_.get(factors.back().first);
      if (is_product) term.base_y = values_.get(factors.back().second);
      terms.push_back(std::move(term));
    }
    products_at_ = prove_cubic(terms, plan_.product_rounds, sender_);
    for (const TensorId operand : plan_.operands) {
      for (std::size_t i = 0; i < terms.size(); ++i) {
        if (factors[i].first != operand && factors[i].second != operand) continue;
        sender_.send("operand", factors[i].first == operand ? terms[i].x[0] : terms[i].y[0]);
        break;
      }
    }
  }

  void pullbacks() {
    if (p_.pullbacks.empty()) return;
    values_.drop();  // but for indices
    const K gamma = sender_.challenge("gamma");
    {
      const Stage stage("pushforwards", plan_.num_pullback_leaves);
      fill_pushforwards(s_, gamma, products_at_, w_, values_);
    }
    sender_.transcript().send_digest("pushforward", hooks_.commit_pushforwards());
    const K alpha = sender_.challenge("alpha"), beta = sender_.challenge("beta");
    const Stage stage("pullbacks", plan_.num_pullback_leaves,
                      2 * sizeof(K) * plan_.num_pullback_leaves);
    const PullbackLeaves leaves(s_, w_, values_, gamma, products_at_, alpha, beta);
    prove_fraction_tree(leaves, plan_.log_pullbacks, sender_);
  }

  // E(x) = sum over claims on t of lambda^claim coef eq(point, x), claims with the same positions taken together.
  std::vector<CubicTerm::Outer> claim_weights(TensorId t, const K& lambda) {
    const std::size_t features = std::size_t{1} << tensor(t).log_features;
    std::vector<const std::vector<K>*> points;  // positions of each group
    std::vector<CubicTerm::Outer> groups;
    K power(kOne);
    for (const ProductClaim& c : claims_) {
      for (const ProductTerm& term : c.terms) {
        if (term.product != t) continue;
        std::size_t g = 0;
        while (g < points.size() && *points[g] != c.at.position) ++g;
        if (g == points.size()) {
          points.push_back(&c.at.position);
          groups.push_back({std::vector<K>(features), eq_of(c.at.position)});
        }
        const std::vector<K> eq = eq_of(c.at.feature, power * term.coef);
        for (std::size_t f = 0; f < features; ++f) groups[g].feature[f] += eq[f];
      }
      power *= lambda;
    }
    return groups;
  }

  const SegmentPublic& s_;
  const Program& p_;
  const Plan& plan_;
  Witness& w_;
  TensorValues& values_;
  MaskedSender& sender_;
  const SegmentHooks& hooks_;
  std::vector<u32> schedule_;
  std::vector<K> leaf_, products_at_;  // points of the leaves and of the products
  std::vector<ProductClaim> claims_;
  std::vector<ParameterClaim> parameter_claims_;
};

}  // namespace

void prove_segment(const SegmentPublic& s, Witness& w, TensorValues& values, MaskedSender& sender,
                   const SegmentHooks& hooks) {
  SegmentProver(s, w, values, sender, hooks).run();
}

}  // namespace pedigree
