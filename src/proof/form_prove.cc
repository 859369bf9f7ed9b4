#include <map>
#include <utility>

#include "proof/eq_vector.h"
#include "proof/prove.h"

namespace pedigree {

namespace {

constexpr std::size_t kColumns = std::size_t{1} << kLogRootColumns;
// A piece takes 32 bytes a row, an element of s and t together 48: from 96 features on the vector is shorter.
constexpr std::size_t kMostSplit = 96;

// coef * feature part, over the padded features of a block.
void add_features(const FormKey& key, const K& coef, std::vector<K>& out) {
  if (key.feature_part == FeaturePart::ones) {
    for (u32 f = 0; f < key.features; ++f) out[key.first_feature + f] += coef;
    return;
  }
  const std::vector<K> eq = eq_of(key.feature_point);
  const std::size_t n =
      key.feature_part == FeaturePart::eq_live ? key.features : key.block.features_there();
  for (std::size_t f = 0; f < n; ++f) out[key.first_feature + f] += coef * eq[f];
}

std::vector<K> positions_of(const FormKey& key, std::span<const u32> selection) {
  if (key.position_part == PositionPart::rows) {
    std::vector<K> out(std::size_t{1} << key.block.log_positions);
    for (std::size_t k = 0; k < key.rows.size(); ++k) out[key.rows[k]] += key.position_point[k];
    return out;
  }
  if (key.position_part == PositionPart::column) {
    std::vector<K> out(std::size_t{1} << key.block.log_positions);
    for (std::size_t x = 0; x < out.size(); ++x) out[x] = K(F::from_int(key.column[x]));
    return out;
  }
  std::vector<K> eq = eq_of(key.position_point);
  if (key.position_part == PositionPart::eq) return eq;
  if (key.position_part == PositionPart::eq_live) {
    std::fill(eq.begin() + key.positions, eq.end(), K());
    return eq;
  }
  std::vector<K> out(std::size_t{1} << key.block.log_positions);
  for (std::size_t x = 0; x < eq.size(); ++x) {
    const u32 row = selection[x] - key.first_row;
    if (selection[x] != kDeadSlot && row < key.positions) out[row] += eq[x];
  }
  return out;
}

// Collects the terms of one root.
class RootGroups {
 public:
  RootGroups(u32 root, std::span<const u32> selection) : root_(root), selection_(selection) {}

  void add(const FormKey& key, const K& coef) {
    if (key.kind == KeyKind::element) {
      for (u32 l = 0; l < kDegree; ++l) word(key.block.offset + l) += coef * basis(l);
    } else if (key.kind == KeyKind::power) {
      add_powers(key, coef);
    } else {
      add_block(key, coef);
    }
  }

  std::vector<WeightGroup> finish() {
    for (auto& [id, by_offset] : blocks_) {
      const FormKey& key = *by_offset.begin()->second.key;
      WeightGroup group;
      group.root = root_;
      for (auto& [offset, block] : by_offset)
        for (std::size_t f = 0; f < block.features.size(); ++f)
          if (!block.features[f].is_zero())
            group.pieces.push_back(
                {offset + (u64{f} << key.block.log_positions), block.features[f]});
      if (key.position_part == PositionPart::eq && key.block.log_positions > kLogRootColumns &&
          group.pieces.size() < kMostSplit)
        split_positions(group, key.position_point);
      else
        group.s = positions_of(key, selection_);
      add_or_spread(std::move(group));
    }
    for (auto& [row, weights] : rows_) {
      WeightGroup group;
      group.root = root_;
      group.s = std::move(weights);
      group.pieces.push_back({row * kColumns, K(kOne)});
      groups_.push_back(std::move(group));
    }
    return std::move(groups_);
  }

 private:
  struct BlockTerms {
    const FormKey* key = nullptr;
    std::vector<K> features;
  };
  // Keys with the same positions.
  using PositionId = std::tuple<const K*, std::size_t, PositionPart, const i64*, u32, u32, u32>;

  K& word(u64 index) {
    std::vector<K>& row = rows_[index / kColumns];
    if (row.empty()) row.resize(kColumns);
    return row[index % kColumns];
  }

  // z^(x+1) for x < length: one vector over the columns, scaled row by row; the last row may be cut. A block that is shorter
  // than a row may begin inside one.
  void add_powers(const FormKey& key, const K& coef) {
    WeightGroup group;
    group.root = root_;
    K power = key.z;
    for (std::size_t x = 0; x < kColumns; ++x, power *= key.z) group.s.push_back(power);
    const K step = group.s.back();
    power = coef;
    u64 at = 0;
    for (; at + kColumns <= key.length; at += kColumns, power *= step)
      group.pieces.push_back({key.block.offset + at, power});
    for (u64 x = 0; at + x < key.length; ++x) word(key.block.offset + at + x) += power * group.s[x];
    if (!group.pieces.empty()) groups_.push_back(std::move(group));
  }

  void add_block(const FormKey& key, const K& coef) {
    const Block& b = key.block;
    BlockTerms& block =
        blocks_[{key.position_point.data(), key.position_point.size(), key.position_part,
                 key.column, key.first_row, key.positions, b.log_positions}][b.offset];
    if (block.key == nullptr) {
      block.key = &key;
      block.features.resize(std::size_t{1} << b.log_features);
    }
    add_features(key, coef, block.features);
  }

  // eq(point, x) is eq over the columns times eq over the rows: a piece a row instead of a long vector.
  static void split_positions(WeightGroup& group, std::span<const K> point) {
    group.s = eq_of(point.first(kLogRootColumns));
    const std::vector<K> rows = eq_of(point.subspan(kLogRootColumns));
    const std::vector<WeightGroup::Piece> whole = std::exchange(group.pieces, {});
    for (const WeightGroup::Piece& piece : whole)
      for (std::size_t y = 0; y < rows.size(); ++y)
        group.pieces.push_back({piece.offset + y * kColumns, piece.weight * rows[y]});
  }

  // A vector shorter than a row is written out.
  void add_or_spread(WeightGroup group) {
    if (group.pieces.empty()) return;
    if (group.s.size() >= kColumns) {
      groups_.push_back(std::move(group));
      return;
    }
    for (const WeightGroup::Piece& piece : group.pieces)
      for (std::size_t x = 0; x < group.s.size(); ++x)
        word(piece.offset + x) += piece.weight * group.s[x];
  }

  u32 root_;
  std::span<const u32> selection_;
  std::map<PositionId, std::map<u64, BlockTerms>> blocks_;
  std::map<u64, std::vector<K>> rows_;
  std::vector<WeightGroup> groups_;
};

}  // namespace

std::vector<WeightGroup> form_groups(std::span<const FormKey> keys, std::span<const FormTerm> form,
                                     u32 num_roots, std::span<const u32> selection) {
  std::vector<RootGroups> roots;
  for (u32 root = 0; root < num_roots; ++root) roots.emplace_back(root, selection);
  for (const FormTerm& term : form) {
    const FormKey& key = keys[term.key];
    roots[key.block.root].add(key, term.coef);
  }
  std::vector<WeightGroup> all;
  for (RootGroups& root : roots)
    for (WeightGroup& group : root.finish()) all.push_back(std::move(group));
  return all;
}

K key_value(const FormKey& key, const SegmentPublic& s, const Witness& w) {
  const FormTerm term{0, K(kOne)};
  K sum;
  for (WeightGroup& group : form_groups({&key, 1}, {&term, 1}, s.layout->num_roots, s.selection)) {
    contract_message(group, w.message(group.root), kLogRootColumns);
    sum += group_value(group);
  }
  return sum;
}

}  // namespace pedigree
