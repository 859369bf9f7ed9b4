// The shows of a claim (proof/show.h) for any channel.
#pragma once

#include "proof/apart_protocol.h"

namespace pedigree {

// sum over live i, j of eq(row point, i) eq(column point, j) M(i, j), row by row; cells are i32 or u32.
template <class Cell>
K matrix_at(std::span<const Cell> matrix, u32 columns, std::span<const K> row_point,
            std::span<const K> column_point, Arena& arena) noexcept;

template <class Channel>
class ShowsVerifier {
 public:
  using Value = typename Channel::Value;

  explicit ShowsVerifier(TensorReader<Channel>& values) noexcept
      : v_(values),
        ch_(values.channel()),
        s_(values.segment()),
        p_(*s_.program),
        arena_(values.arena()),
        shown_(arena_) {}

  Result<Vec<ShownPoint>> run() noexcept {
    for (u32 i = 0; i < s_.shows.size(); ++i) PEDIGREE_TRY(show(i, s_.shows[i]));
    return shown_;
  }

 private:
  Result<void> show(u32 i, const Show& show) noexcept {
    switch (show.kind) {
      case Show::Kind::stated:
        return stated(i, show);
      case Show::Kind::hashed:
        return hashed(i, show);
      case Show::Kind::tally:
        return tally(i, show);
      case Show::Kind::apart:
        return ApartVerifier<Channel>(v_).apart(i, show);
      case Show::Kind::hits:
        return ApartVerifier<Channel>(v_).hits(i, show);
    }
    return {};
  }

  // n challenges; they live as long as the arena.
  std::span<const K> draw(const char* label, u32 n) noexcept {
    Vec<K>& point = *new (arena_.template allocate<Vec<K>>(1)) Vec<K>(arena_);
    for (u32 j = 0; j < n; ++j) point.push_back(ch_.challenge(label));
    return point.span();
  }

  // The live cells of a tensor at a point.
  FormKey live_key(TensorId id, TensorPoint at) const noexcept {
    FormKey key = v_.block_key(id, at);
    key.feature_part = FeaturePart::eq_live;
    key.features = v_.tensor(id).features;
    key.position_part = PositionPart::eq_live;
    key.positions = p_.sizes.batch;
    return key;
  }

  FormKey drawn_key(TensorId id) noexcept {
    const Tensor& t = v_.tensor(id);
    const std::span<const K> point = draw("show", t.log_features + p_.log_positions(t));
    return live_key(id, {point.subspan(0, t.log_features), point.subspan(t.log_features)});
  }

  Result<void> stated(u32 i, const Show& show) noexcept {
    const FormKey key = drawn_key(show.tensor);
    const Value value = ch_.key(key);
    const K cells =
        matrix_at(show.cells, key.features, key.position_point, key.feature_point, arena_);
    return ch_.require(Check::stated_cells, i, value - Value(cells), {});
  }

  Result<void> hashed(u32 i, const Show& show) noexcept {
    const FormKey key = drawn_key(show.tensor);
    const Value value = ch_.key(key);
    const K rho = ch_.challenge("rho");
    FormKey salt;
    salt.kind = KeyKind::element;
    salt.block = s_.layout->tensors[show.salt];
    PEDIGREE_LET(y, ch_.receive_clear("hashed"));
    shown_.push_back(
        {i, key.features, key.positions, key.feature_point, key.position_point, rho, y.constant});
    return ch_.require(Check::hashed_cells, i, value + ch_.key(salt) * rho - y, {});
  }

  // What the products add up to.
  Value sum_of(const Show& show, std::span<const K> row, std::span<const K> column) noexcept {
    if (show.is_matrix)
      return Value(matrix_at(show.matrix, v_.tensor(show.other).features, row, column, arena_));
    Value sum{K(F::from_int(show.constant))};
    if (show.coef != 0) sum = sum + v_.linear_at(show.hidden, {{}, {}}) * K(F::from_int(show.coef));
    return sum;
  }

  Result<void> tally(u32 i, const Show& show) noexcept {
    const Tensor &x = v_.tensor(show.tensor), &y = v_.tensor(show.other);
    const u32 positions = p_.log_positions(x), rounds = tally_rounds(p_, show);
    std::span<const K> row, column;
    if (show.is_matrix) {
      row = draw("tally", x.log_features);
      column = draw("tally", y.log_features);
    }
    Vec<K>& at = *new (arena_.template allocate<Vec<K>>(1)) Vec<K>(arena_, rounds);
    PEDIGREE_LET(sum, verify_sumcheck(ch_, sum_of(show, row, column) * inverse_pow2(rounds), rounds,
                                      3, {}, std::span<K>(at.data(), rounds)));
    const std::span<const K> position = at.span().subspan(0, positions);
    K live = prefix_sum_at(position, p_.sizes.batch);
    if (!show.is_matrix) {
      row = column = at.span().subspan(positions);
      live *= prefix_sum_at(row, x.features);
    }
    PEDIGREE_LET(a, ch_.receive("tally"));
    PEDIGREE_LET(d, ch_.receive("tally"));
    PEDIGREE_TRY(
        ch_.require(Check::tally_operand, i, v_.linear_at(show.tensor, {row, position}) - a, {}));
    PEDIGREE_TRY(
        ch_.require(Check::tally_operand, i, v_.linear_at(show.other, {column, position}) - d, {}));
    const Gate<Value> gates[] = {{live, a, d}};
    return ch_.require(Check::tally, i, Value(K()) - sum, gates);
  }

  TensorReader<Channel>& v_;
  Channel& ch_;
  const SegmentPublic& s_;
  const Program& p_;
  Arena& arena_;
  Vec<ShownPoint> shown_;
};

// The points of the hashed ones.
template <class Channel>
Result<Vec<ShownPoint>> verify_shows(TensorReader<Channel>& values) noexcept {
  return ShowsVerifier<Channel>(values).run();
}

}  // namespace pedigree
