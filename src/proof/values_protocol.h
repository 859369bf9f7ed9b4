// Values of tensors at points, as linear forms on the roots, for any channel.
#pragma once

#include "poly/eq.h"
#include "proof/segment.h"

namespace pedigree {

// The first column of a dataset's block that a tensor over its records reads: inputs, then labels.
inline u32 first_column(const Program& p, const Tensor& t) noexcept {
  return t.is_label ? p.tensors[p.records_x].features : 0;
}

// A point of a tensor: its feature coordinates and its position coordinates.
struct TensorPoint {
  std::span<const K> feature;
  std::span<const K> position;
};

// sum over live slots (t, b) of eq(point, (t, b)).
K live_samples_at(std::span<const u32> selection, std::span<const K> point, Arena& arena) noexcept;

// sum of coef * product~ (or pullback~) at a point that is known elsewhere.
struct ProductTerm {
  TensorId product = 0;
  K coef;
};

template <class Channel>
class TensorReader {
 public:
  using Value = typename Channel::Value;

  TensorReader(Channel& channel, const SegmentPublic& s, Arena& arena) noexcept
      : ch_(channel), s_(s), p_(*s.program), layout_(*s.layout), arena_(arena) {}

  Channel& channel() noexcept { return ch_; }
  const SegmentPublic& segment() const noexcept { return s_; }
  Arena& arena() noexcept { return arena_; }
  const Tensor& tensor(TensorId t) const noexcept { return p_.tensors[t]; }

  K live_positions(const Tensor& t, std::span<const K> point) noexcept {
    if (t.domain == Domain::records) return prefix_sum_at(point, p_.sizes.records[t.dataset]);
    for (const auto& known : live_cache_)
      if (known.data == point.data()) return known.value;
    const K value = live_samples_at(s_.selection, point, arena_);
    live_cache_.push_back({point.data(), value});
    return value;
  }

  // sum over the features f that are there of eq(point, f).
  static K there_at(const Tensor& t, std::span<const K> point) noexcept {
    return prefix_sum_at(point, features_there(t));
  }

  FormKey block_key(TensorId t, TensorPoint at) const noexcept {
    FormKey key;
    key.block = layout_.tensors[t];
    key.feature_point = at.feature;
    key.position_point = at.position;
    if (tensor(t).root ==
        Root::data) {  // a slice of the dataset's columns; the others are not read
      key.feature_part = FeaturePart::eq_live;
      key.first_feature = first_column(p_, tensor(t));
      key.features = tensor(t).features;
    }
    return key;
  }

  // sum += coef * t~(at). Products, pullbacks and contractions are taken from the values sent for the leaf point, unless
  // `products` collects the first two instead.
  void accumulate(TensorId id, const K& coef, TensorPoint at, Value& sum,
                  Vec<ProductTerm>* products) noexcept {
    const Tensor& t = tensor(id);
    switch (t.kind) {
      case TensorKind::committed:
        sum = sum + ch_.key(block_key(id, at)) * coef;
        return;
      case TensorKind::gather: {
        u32 first_row = 0;
        for (u32 d = 0; d < p_.sizes.num_datasets; first_row += p_.sizes.records[d], ++d) {
          FormKey key = block_key(t.a + 2 * d, at);
          key.position_part = PositionPart::selection;
          key.first_row = first_row;
          key.positions = p_.sizes.records[d];
          sum = sum + ch_.key(key) * coef;
        }
        return;
      }
      case TensorKind::live:
        sum = sum + Value(coef * F::from_int(t.constant) * prefix_sum_at(at.feature, t.features) *
                          live_positions(t, at.position));
        return;
      case TensorKind::affine: {
        const K scaled = coef * inverse_pow2(t.shift);
        if (t.constant != 0)
          sum = sum + Value(scaled * F::from_int(t.constant) * there_at(t, at.feature));
        for (u32 i = 0; i < t.num_terms; ++i) {
          const Term& term = p_.terms[t.first_term + i];
          accumulate(term.tensor, scaled * F::from_int(term.coef), at, sum, products);
        }
        return;
      }
      case TensorKind::broadcast:
        accumulate(t.a, coef * prefix_sum_at(at.feature, t.features), {{}, at.position}, sum,
                   products);
        return;
      case TensorKind::feature_sum: {
        FormKey key = block_key(t.a, at);
        key.feature_part = FeaturePart::ones;
        key.feature_point = {};
        key.first_feature = first_column(p_, tensor(t.a));
        key.features = t.p;
        sum = sum + ch_.key(key) * coef;
        return;
      }
      case TensorKind::product:
      case TensorKind::pullback:
      case TensorKind::contraction:
        if (products != nullptr && t.kind != TensorKind::contraction)
          products->push_back({id, coef});
        else
          sum = sum + sent_[id] * coef;
        return;
    }
  }

  K public_at(TensorId t, TensorPoint at) noexcept {
    Value sum{K()};
    accumulate(t, K(kOne), at, sum, nullptr);
    return sum.constant;
  }

  // t~(at) of a linear tensor.
  Value linear_at(TensorId t, TensorPoint at) noexcept {
    Value sum{K()};
    accumulate(t, K(kOne), at, sum, nullptr);
    return sum;
  }

 protected:
  Result<void> require(Check id, u32 index, const Value& linear,
                       std::span<const Gate<Value>> gates = {}) noexcept {
    return ch_.require(id, index, linear, gates);
  }

  Channel& ch_;
  const SegmentPublic& s_;
  const Program& p_;
  const Layout& layout_;
  Arena& arena_;
  Vec<Value> sent_;  // by TensorId: of virtual tensors at the leaf point

 private:
  struct LiveValue {
    const K* data = nullptr;
    K value;
  };
  Vec<LiveValue> live_cache_{arena_};
};

}  // namespace pedigree
