// Is the opening hiding? Exact linear algebra over F, by probing the prover itself.
//
// With frozen challenges every element of a proof is an affine function of (messages, M). The opening is perfectly hiding
// for these challenges exactly when for each change of the live rows that keeps <f, w> there is a change of the random
// rows and of M with the same effect on the view. Digests are left out: they are hashes of what the rest of the view
// leaves unguessable (docs/protocol-commitment.md).
#include <gtest/gtest.h>

#include <functional>

#include "commit/opening_reference.h"

namespace pedigree {
namespace {

using testing::Case;
using testing::Layout;
using testing::Random;
using testing::small_parameters;

using Vector = std::vector<F>;
constexpr u64 kFrozen = 4242;

void subtract_multiple(Vector& v, const Vector& row, F factor) {
  for (std::size_t i = 0; i < v.size(); ++i) v[i] -= factor * row[i];
}

// The span of vectors, in echelon form.
class Span {
 public:
  void add(Vector v) {
    reduce(v);
    for (std::size_t i = 0; i < v.size(); ++i) {
      if (v[i] == kZero) continue;
      const F scale = inverse(v[i]);
      for (F& x : v) x *= scale;
      rows_.emplace_back(i, std::move(v));
      return;
    }
  }
  bool contains(Vector v) const {
    reduce(v);
    for (const F x : v)
      if (!(x == kZero)) return false;
    return true;
  }
  std::size_t rank() const { return rows_.size(); }

 private:
  void reduce(Vector& v) const {
    for (const auto& [pivot, row] : rows_)
      if (!(v[pivot] == kZero)) subtract_multiple(v, row, v[pivot]);
  }
  std::vector<std::pair<std::size_t, Vector>> rows_;
};

struct Probe {
  Case c;
  std::vector<u32> log_rows;
  Layout layout;

  Probe(const OpeningParameters& p, std::vector<u32> rows, u64 seed)
      : c(p, rows, seed), log_rows(std::move(rows)), layout(p, log_rows, kFrozen) {
    for (auto& message : c.messages)
      for (F& x : message) x = F();
    for (K& m : c.mask) m = K();
  }

  // The view is linear: zero inputs give zero elements.
  Vector view() {
    const std::vector<u8> proof = c.prove(kFrozen);
    EXPECT_EQ(proof.size(), 8 * layout.words.size());
    return layout.view(proof);
  }
  Vector view_of(F& cell) {
    cell = kOne;
    Vector v = view();
    cell = F();
    return v;
  }

  u64 live_rows(std::size_t root) const { return (u64{1} << log_rows[root]) - hiding_rows(c.p); }

  // A random change of the live cells with <df, w> = 0: three cells of root 0 make up for the rest.
  Vector change() {
    Random random(9);
    const u32 k = c.p.levels[0].log_columns;
    for (std::size_t i = 0; i < c.messages.size(); ++i)
      for (std::size_t x = 0; x < live_rows(i) << k; ++x) c.messages[i][x] = random.f();
    for (std::size_t x = 0; x < 3; ++x) c.messages[0][x] = F();
    // weights of the three cells: the basis, so that the equations read themselves
    for (u32 l = 0; l < kDegree; ++l) c.weights[0][l] = basis(l);
    const K rest = c.true_value();
    for (u32 l = 0; l < kDegree; ++l) c.messages[0][l] = -rest.c[l];
    EXPECT_TRUE(c.true_value().is_zero());
    Vector v = view();
    for (auto& message : c.messages)
      for (F& x : message) x = F();
    return v;
  }

  struct Randomness {
    bool mask;  // an entry of M, or a cell of a random row
    std::size_t root;
    u64 row;
  };
  // Does a change of the randomness exist that gives `change`? `keep` says which randomness there is.
  bool hides(const std::function<bool(const Randomness&)>& keep = [](const Randomness&) {
    return true;
  }) {
    const Vector target = change();
    Span span;
    const u32 k = c.p.levels[0].log_columns;
    for (u64 row = 0; row < c.mask.size(); ++row)
      if (keep({true, 0, row}))
        for (F& word : c.mask[row].c) span.add(view_of(word));
    for (std::size_t i = 0; i < c.messages.size(); ++i)
      for (u64 row = live_rows(i); row < u64{1} << log_rows[i]; ++row)
        if (keep({false, i, row}))
          for (u64 column = 0; column < u64{1} << k; ++column)
            span.add(view_of(c.messages[i][(row << k) + column]));
    return span.contains(target);
  }
};

// With one level the whole of g is in the view: the hardest case. With more, parts of g stay hidden.
Probe one_root() { return {small_parameters(5, 1, {{2, 2, 4, 0, 3}}), {5}, 1}; }
Probe wide_root() { return {small_parameters(5, 1, {{3, 1, 3, 0, 3}}), {5}, 2}; }
Probe two_roots() { return {small_parameters(5, 2, {{2, 1, 3, 0, 3}}), {5, 4}, 3}; }
// The first root is not the tallest: the mask has a tree of its own.
Probe mask_apart() { return {small_parameters(5, 2, {{2, 1, 3, 0, 3}}), {4, 5}, 4}; }
Probe mask_apart_levels() {
  return {small_parameters(5, 2, {{2, 1, 3, 0, 3}, {2, 2, 3, 0, 3}}), {4, 5}, 4};
}
Probe two_levels() {
  return {small_parameters(5, 2, {{2, 1, 3, 0, 3}, {2, 2, 3, 0, 3}}), {5, 4}, 3};
}

TEST(OpeningHiding, TheViewIsLinear) {
  for (Probe probe : {one_root(), two_roots(), two_levels(), mask_apart()}) {
    Random random(5);
    auto fill = [&](u64 seed) {
      Random r(seed);
      for (auto& message : probe.c.messages)
        for (F& x : message) x = r.f();
      for (K& m : probe.c.mask) m = r.k();
    };
    for (const F x : probe.view()) ASSERT_EQ(x, kZero);
    fill(1);
    const Vector a = probe.view();
    const std::vector<std::vector<F>> messages = probe.c.messages;
    const std::vector<K> mask = probe.c.mask;
    fill(2);
    const Vector b = probe.view();
    for (std::size_t i = 0; i < messages.size(); ++i)
      for (std::size_t x = 0; x < messages[i].size(); ++x) probe.c.messages[i][x] += messages[i][x];
    for (std::size_t y = 0; y < mask.size(); ++y) probe.c.mask[y] += mask[y];
    const Vector sum = probe.view();
    for (std::size_t i = 0; i < sum.size(); ++i) ASSERT_EQ(sum[i], a[i] + b[i]) << i;
  }
}

TEST(OpeningHiding, EveryWitnessOfAValueGivesTheSameView) {
  EXPECT_TRUE(one_root().hides());
  EXPECT_TRUE(wide_root().hides());
  EXPECT_TRUE(two_roots().hides());
  EXPECT_TRUE(two_levels().hides());
  EXPECT_TRUE(mask_apart().hides());
  EXPECT_TRUE(mask_apart_levels().hides());
}

TEST(OpeningHiding, AChangeOfTheValueShows) {
  // The twin of the test above: the view does fix the value.
  Probe probe = one_root();
  probe.c.weights[0][0] = basis(0);
  const Vector target = probe.view_of(probe.c.messages[0][0]);
  Span span;
  for (K& m : probe.c.mask)
    for (F& word : m.c) span.add(probe.view_of(word));
  for (std::size_t x = probe.live_rows(0) << 2; x < probe.c.messages[0].size(); ++x)
    span.add(probe.view_of(probe.c.messages[0][x]));
  EXPECT_FALSE(span.contains(target));
}

// Weights of the first root meet random rows of a shorter one in the root rounds, so spare rows there can stand in for a
// mask. Only the query rows of shorter roots are counted on, and only they are left here.
bool counted_on(const Probe& probe, const Probe::Randomness& r) {
  return r.mask || r.root == 0 ||
         r.row >= (u64{1} << probe.log_rows[r.root]) - probe.c.p.levels[0].queries;
}

TEST(OpeningHiding, EveryRoundPadIsNeeded) {
  for (Probe probe : {one_root(), two_roots(), mask_apart()}) {
    const OpeningParameters p = probe.c.p;
    for (u32 message = 0; message < 2 * masked_rounds(p); ++message)
      EXPECT_FALSE(probe.hides([&](const Probe::Randomness& r) {
        return counted_on(probe, r) &&
               !(r.mask && r.row == tall_row(p, round_mask_row(p, message)));
      })) << message;
  }
}

TEST(OpeningHiding, OffsetRowIsNeeded) {
  for (Probe probe : {one_root(), two_roots(), mask_apart()}) {
    const OpeningParameters p = probe.c.p;
    EXPECT_FALSE(probe.hides([&](const Probe::Randomness& r) {
      return counted_on(probe, r) && (r.mask || r.root != 0 || r.row != offset_row_r0(p));
    }));
  }
}

TEST(OpeningHiding, QueryRowsAreNeeded) {
  // With one row fewer than distinct positions a leaf is left without randomness of its own.
  Probe probe = two_roots();
  const OpeningParameters p = probe.c.p;
  const u64 first_query_row = (u64{1} << 4) - p.levels[0].queries;
  EXPECT_TRUE(probe.hides([&](const Probe::Randomness& r) { return counted_on(probe, r); }));
  EXPECT_FALSE(probe.hides([&](const Probe::Randomness& r) {
    return counted_on(probe, r) && (r.root == 0 || r.row > first_query_row);
  }));
  Probe single = one_root();
  const OpeningParameters q = single.c.p;
  const u64 first = (u64{1} << 5) - q.levels[0].queries;
  EXPECT_FALSE(single.hides(
      [&](const Probe::Randomness& r) { return r.mask || r.row < first || r.row >= first + 2; }));
}

TEST(OpeningHiding, MaskIsNeeded) {
  EXPECT_FALSE(one_root().hides([](const Probe::Randomness& r) { return !r.mask; }));
  EXPECT_FALSE(
      one_root().hides([](const Probe::Randomness& r) { return !(r.mask && r.row == 3); }));
  EXPECT_FALSE(mask_apart().hides([](const Probe::Randomness& r) { return !r.mask; }));
  EXPECT_FALSE(
      mask_apart().hides([](const Probe::Randomness& r) { return !(r.mask && r.row == 3); }));
}

}  // namespace
}  // namespace pedigree
