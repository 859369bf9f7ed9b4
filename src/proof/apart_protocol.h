// proof/apart.h for any channel.
#pragma once

#include "iop/sumcheck.h"
#include "proof/apart.h"
#include "proof/values_protocol.h"

namespace pedigree {

template <class Channel>
class ApartVerifier {
 public:
  using Value = typename Channel::Value;

  explicit ApartVerifier(TensorReader<Channel>& values) noexcept
      : v_(values),
        ch_(values.channel()),
        p_(*values.segment().program),
        layout_(*values.segment().layout),
        arena_(values.arena()) {}

  Result<void> apart(u32 i, const Show& show) noexcept {
    const ApartPlaces places = place_apart(p_, show);
    const K z = ch_.challenge("apart");
    PEDIGREE_LET(a, ch_.receive("apart"));
    PEDIGREE_LET(b, ch_.receive("apart"));
    const Gate<Value> identity[] = {{K(kOne), ch_.key(power_key(show.u, z)), a},
                                    {K(kOne), ch_.key(power_key(show.v, z)), b}};
    PEDIGREE_TRY(ch_.require(Check::apart, i, Value(-z), identity));
    Vec<K> point(arena_, places.depth), next(arena_, places.depth);
    point[0] = ch_.challenge("tau");
    Value q = a + (b - a) * point[0];
    for (u32 j = 1; j < places.depth; ++j) {
      PEDIGREE_LET(sum, verify_sumcheck(ch_, q, j, 2, point.span().subspan(0, j),
                                        std::span<K>(next.data(), j)));
      PEDIGREE_LET(q0, ch_.receive("children"));
      PEDIGREE_LET(q1, ch_.receive("children"));
      const Gate<Value> gates[] = {{K(kOne), q0, q1}};
      PEDIGREE_TRY(ch_.require(Check::apart_layer, i, Value(K()) - sum, gates));
      for (u32 k = 0; k < j; ++k) point[k] = next[k];
      point[j] = ch_.challenge("tau");
      q = q0 + (q1 - q0) * point[j];
    }
    return ch_.require(Check::apart_leaf, i, leaf(show, places, z, point.span()) - q, {});
  }

  Result<void> hits(u32 i, const Show& show) noexcept {
    Vec<K> point(arena_, v_.tensor(show.tensor).log_features);
    for (std::size_t k = 0; k < point.size(); ++k) point[k] = ch_.challenge("hit");
    const K lambda = ch_.challenge("lambda");
    Vec<u32> positions(arena_);
    Vec<K> weights(arena_);
    K power(kOne);
    for (const RowHit& hit : show.hits) {
      positions.push_back(hit.position);
      weights.push_back(power);
      power *= lambda;
    }
    Value sum = Value(K()) - ch_.key(rows_key(show.tensor, point.span(), positions, weights));
    u64 first = 0;
    for (u32 d = 0; d < p_.sizes.num_datasets; first += p_.sizes.records[d], ++d) {
      Vec<u32> rows(arena_);
      Vec<K> own(arena_);
      for (std::size_t k = 0; k < show.hits.size(); ++k) {
        const u64 row = u64{show.hits[k].row} - first;  // an earlier dataset: far beyond
        if (row >= p_.sizes.records[d]) continue;
        rows.push_back(static_cast<u32>(row));
        own.push_back(weights[k]);
      }
      if (!rows.empty())
        sum = sum + ch_.key(rows_key(p_.records_x + 2 * d, point.span(), rows, own));
    }
    return ch_.require(Check::hits, i, sum, {});
  }

 private:
  // The value of the leaves at a point.
  Value leaf(const Show& show, const ApartPlaces& places, const K& z,
             std::span<const K> point) noexcept {
    const Tensor& any =
        v_.tensor(show.sides[0].empty() ? show.sides[1][0].tensor : show.sides[0][0].tensor);
    Vec<K> u(arena_, any.log_features);
    row_point(v_.segment(), std::span<K>(u.data(), u.size()));
    Value sum{K(kOne)};
    for (u32 side = 0; side < 2; ++side)
      for (u32 k = 0; k < places.sides[side].num_items; ++k) {
        const ApartItem& item = places.sides[side].items[k];
        const u32 l = item.log_size;
        const K at = (side == 1 ? point[0] : K(kOne) - point[0]) *
                     eq_at(point.subspan(1 + l), item.offset >> l);
        const std::span<const K> v = point.subspan(1, l);
        K live = prefix_sum_at(v, item.live);
        FormKey key = live_key(item.tensor, u.span());
        key.position_part = PositionPart::eq_live;
        key.position_point = v;
        key.positions = item.live;
        sum = sum - ch_.key(key) * at;
        if (!item.left_out.empty()) {
          Vec<K> weights(arena_);
          for (const u32 row : item.left_out) {
            weights.push_back(eq_at(v, row));
            live -= weights[weights.size() - 1];
          }
          Vec<u32> rows(arena_, item.left_out);
          sum = sum + ch_.key(rows_key(item.tensor, u.span(), rows, weights)) * at;
        }
        sum = sum + Value(at * (z - K(kOne)) * live);
      }
    return sum;
  }

  FormKey power_key(TensorId t, const K& z) const noexcept {
    FormKey key;
    key.kind = KeyKind::power;
    key.block = layout_.tensors[t];
    key.z = z;
    key.length = v_.tensor(t).features;
    return key;
  }
  FormKey live_key(TensorId t, std::span<const K> features) const noexcept {
    FormKey key = v_.block_key(t, {features, {}});
    key.feature_part = FeaturePart::eq_live;
    key.features = v_.tensor(t).features;
    return key;
  }
  // sum over k of weights[k] X at (features, rows[k]).
  FormKey rows_key(TensorId t, std::span<const K> features, const Vec<u32>& rows,
                   const Vec<K>& weights) const noexcept {
    FormKey key = live_key(t, features);
    key.position_part = PositionPart::rows;
    key.rows = rows.span();
    key.position_point = weights.span();
    return key;
  }

  TensorReader<Channel>& v_;
  Channel& ch_;
  const Program& p_;
  const Layout& layout_;
  Arena& arena_;
};

}  // namespace pedigree
