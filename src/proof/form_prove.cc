#include <map>

#include "kernel/rounds.h"
#include "proof/eq_vector.h"
#include "proof/prove.h"

namespace pedigree {

namespace {

// coef * feature part, over the padded features of a block.
void add_features(const FormKey& key, const K& coef, std::vector<K>& out) {
  if (key.feature_part == FeaturePart::ones) {
    for (u32 f = 0; f < key.features; ++f) out[f] += coef;
    return;
  }
  const std::vector<K> eq = eq_of(key.feature_point);
  const std::size_t n = key.feature_part == FeaturePart::eq_live ? key.features : eq.size();
  for (std::size_t f = 0; f < n; ++f) out[f] += coef * eq[f];
}

std::vector<K> positions(const FormKey& key, std::span<const u32> selection) {
  const std::vector<K> eq = eq_of(key.position_point);
  if (key.position_part == PositionPart::eq) return eq;
  std::vector<K> out(std::size_t{1} << key.block.log_positions);
  for (std::size_t x = 0; x < eq.size(); ++x)
    if (selection[x] != kDeadSlot) out[selection[x]] += eq[x];
  return out;
}

}  // namespace

std::vector<std::vector<K>> form_weights(std::span<const FormKey> keys,
                                         std::span<const FormTerm> form, const Layout& layout,
                                         std::span<const u32> selection) {
  std::vector<std::vector<K>> weights;
  for (u32 root = 0; root < kNumRoots; ++root) weights.emplace_back(message_words(layout, root));

  // Keys of one block with the same positions share one pass: their feature parts are added first.
  struct Group {
    const FormKey* key;
    std::vector<K> features;
  };
  std::map<std::tuple<u32, u64, const K*, PositionPart>, Group> groups;
  for (const FormTerm& term : form) {
    const FormKey& key = keys[term.key];
    std::vector<K>& root = weights[key.block.root];
    if (key.kind == KeyKind::element) {
      for (u32 l = 0; l < kDegree; ++l) root[key.block.offset + l] += term.coef * basis(l);
    } else if (key.kind == KeyKind::power) {
      K power = term.coef * key.z;
      for (u64 x = 0; x < key.length; ++x, power *= key.z) root[x] += power;
    } else {
      auto [at, fresh] = groups.try_emplace(
          {key.block.root, key.block.offset, key.position_point.data(), key.position_part});
      if (fresh) at->second = {&key, std::vector<K>(std::size_t{1} << key.block.log_features)};
      add_features(key, term.coef, at->second.features);
    }
  }
  std::map<std::tuple<const K*, std::size_t, PositionPart>, std::vector<K>> known;
  for (const auto& [id, group] : groups) {
    const FormKey& key = *group.key;
    auto [at, fresh] = known.try_emplace(
        {key.position_point.data(), key.position_point.size(), key.position_part});
    if (fresh) at->second = positions(key, selection);
    const std::vector<K>& position = at->second;
    K* out = weights[key.block.root].data() + key.block.offset;
    for (std::size_t f = 0; f < group.features.size(); ++f)
      add_scaled(out + f * position.size(), position.data(), group.features[f], position.size());
  }
  return weights;
}

}  // namespace pedigree
