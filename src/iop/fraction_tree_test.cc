// Trees with gaps against a verifier of the clear messages, and against the sums themselves.
#include "iop/fraction_tree.h"

#include <gtest/gtest.h>

#include "iop/sumcheck.h"
#include "iop/tree_order.h"
#include "kernel/fold.h"
#include "kernel/testing.h"
#include "poly/eq.h"

namespace pedigree {
namespace {

class RandomLeaves : public LeafSource {
 public:
  RandomLeaves(std::size_t size, u64 seed)
      : q_(random_elements(size, seed)), p_(random_words(size, seed + 1)) {}
  std::size_t size() const override { return q_.size(); }
  void leaves(std::size_t begin, std::size_t end, K* q, F* p) const override {
    for (std::size_t x = begin; x < end; ++x) {
      q[x - begin] = x < size() ? q_[x] : K(kOne);
      p[x - begin] = x < size() ? p_[x] : F();
    }
  }
  void set(std::size_t x, const K& q, F p) {
    q_[x] = q;
    p_[x] = p;
  }
  // Denominators and numerators as extensions over the addresses.
  std::pair<K, K> at(std::span<const K> point) const {
    std::vector<K> eq(std::size_t{1} << point.size());
    eq_table(point, K(kOne), eq.data());
    K q, p;
    for (std::size_t x = 0; x < eq.size(); ++x) {
      q += eq[x] * (x < size() ? q_[x] : K(kOne));
      if (x < size()) p += eq[x] * p_[x];
    }
    return {q, p};
  }

 private:
  std::vector<K> q_;
  std::vector<F> p_;
};

// Lookups of one to three columns in front, as long as a quarter of the tree each, random leaves behind them.
class LookupLeaves : public RandomLeaves {
 public:
  LookupLeaves(std::size_t size, u32 depth, bool says_so)
      : RandomLeaves(size, depth),
        says_so_(says_so),
        length_(std::size_t{1} << (depth - 2)),
        constants_(random_elements(6, depth + 7)) {
    for (u32 c = 0; c < 3; ++c) columns_.push_back(random_words(kLookups * length_, 100 + c));
    for (std::size_t x = 0; x < std::min(size, kLookups * length_); ++x) {
      const LookupColumns of = columns(x);
      K q = of.base - *of.columns[0];
      for (u32 c = 1; c < of.num_columns; ++c) q -= of.factors[c] * *of.columns[c];
      set(x, q, kOne);
    }
  }
  std::optional<LookupBlock> block(std::size_t begin, std::size_t end) const override {
    if (!says_so_ || begin / length_ >= kLookups || (end - 1) / length_ != begin / length_)
      return std::nullopt;
    return LookupBlock(columns(begin), end - begin);
  }

 protected:
  bool says_so_;

 private:
  static constexpr std::size_t kLookups = 3;
  LookupColumns columns(std::size_t x) const {
    const auto which = static_cast<u32>(x / length_);
    return {constants_[3 + which],
            constants_.data(),
            {&columns_[0][x], &columns_[1][x], &columns_[2][x]},
            which + 1};
  }
  std::size_t length_;
  std::vector<K> constants_;
  std::vector<std::vector<F>> columns_;
};

// Some of these lookups' blocks are gaps, among them the first and the last one.
class GapLeaves : public LookupLeaves {
 public:
  GapLeaves(std::size_t size, u32 depth, bool says_so)
      : LookupLeaves(size, depth, says_so),
        length_(std::size_t{1} << (depth - log_tree_blocks(depth))) {
    for (std::size_t x = 0; x < size; ++x)
      if (lies_in_gap(x)) set(x, K(kOne), F());
  }
  std::optional<LookupBlock> block(std::size_t begin, std::size_t end) const override {
    if (lies_in_gap(begin)) return std::nullopt;
    return LookupLeaves::block(begin, end);
  }
  bool is_gap(std::size_t begin, std::size_t end) const override {
    return says_so_ && lies_in_gap(begin) && end <= size();
  }

 private:
  bool lies_in_gap(std::size_t x) const { return x / length_ % 3 == 0; }
  std::size_t length_;
};

// Maps in front, as long as a quarter of the tree each, random leaves over K behind them.
class MapLeaves : public WeightedLeafSource {
 public:
  MapLeaves(std::size_t size, u32 depth, bool says_so)
      : size_(size),
        length_(std::size_t{1} << (depth - 2)),
        says_so_(says_so),
        constants_(random_elements(2 * kMaps, depth + 7)),
        at_(random_elements(depth - 2, depth + 8)),
        eq_(length_),
        others_(random_elements(2 * size, depth + 9)),
        column_(random_words(kMaps * length_, depth + 10)),
        point_(std::span<const K>(at_).first(depth - log_tree_blocks(depth))) {
    eq_table(at_, K(kOne), eq_.data());
  }
  std::size_t size() const override { return size_; }
  void leaves(std::size_t begin, std::size_t end, K* q, K* p) const override {
    for (std::size_t x = begin; x < end; ++x) {
      const std::size_t map = x / length_;
      const bool there = x < size_;
      q[x - begin] = !there        ? K(kOne)
                     : map < kMaps ? constants_[map] - K(column_[x])
                                   : others_[2 * x];
      p[x - begin] = !there        ? K()
                     : map < kMaps ? constants_[kMaps + map] * eq_[x % length_]
                                   : others_[2 * x + 1];
    }
  }
  std::optional<PullbackBlock> block(std::size_t begin, std::size_t end) const override {
    const std::size_t map = begin / length_;
    if (!says_so_ || map >= kMaps || end > std::min(size_, (map + 1) * length_))
      return std::nullopt;
    const std::size_t n = point_.coordinates().size(), first = begin % length_;
    const K high = eq_at(std::span<const K>(at_).subspan(n), first >> n);
    return PullbackBlock({constants_[map], &column_[begin], constants_[kMaps + map] * high}, point_,
                         end - begin);
  }
  std::pair<K, K> at(std::span<const K> point) const {
    std::vector<K> eq(std::size_t{1} << point.size()), all_q(eq.size()), all_p(eq.size());
    eq_table(point, K(kOne), eq.data());
    leaves(0, eq.size(), all_q.data(), all_p.data());
    return {inner_product(eq.data(), all_q.data(), eq.size()),
            inner_product(eq.data(), all_p.data(), eq.size())};
  }

 private:
  static constexpr std::size_t kMaps = 2;
  std::size_t size_, length_;
  bool says_so_;
  std::vector<K> constants_, at_, eq_, others_;
  std::vector<F> column_;
  PullbackPoint point_;
};

struct ClearChannel {
  using Value = K;
  VerifierTranscript& transcript;
  Result<K> receive(std::string_view label) noexcept { return transcript.receive(label); }
  K challenge(std::string_view label) noexcept { return transcript.challenge(label); }
};

struct Proved {
  std::vector<u8> messages;
  std::vector<K> point;
};

template <class Source>
Proved prove(const Source& leaves, u32 depth, u32 deep_from) {
  ProverTranscript transcript;
  const std::vector<K> pads(1 + depth * (depth + 3));
  MaskedSender sender(transcript, pads);
  Proved out;
  out.point = prove_fraction_tree(leaves, depth, sender, deep_from);
  out.messages = transcript.proof();
  return out;
}

// What the verifier is left with: numerator and denominator at the leaf point. The root's numerator is `sum` times its denominator.
template <class Source>
void expect_accepted(const Source& leaves, const Proved& proved, u32 depth, const K& sum) {
  VerifierTranscript transcript(proved.messages);
  ClearChannel channel{transcript};
  const K root = channel.receive("tree_root").value();
  K p = sum * root, q = root;
  std::vector<K> point;
  for (u32 k = 0; k < depth; ++k) {
    const K lambda = channel.challenge("lambda");
    std::vector<K> next(k);
    const K left = verify_sumcheck(channel, p + lambda * q, k, 2, point, next).value();
    K child[4];
    for (K& x : child) x = channel.receive("children").value();
    ASSERT_EQ(left, child[0] * child[3] + child[1] * child[2] + lambda * child[2] * child[3]) << k;
    const K tau = channel.challenge("tau");
    p = child[0] + tau * (child[1] - child[0]);
    q = child[2] + tau * (child[3] - child[2]);
    next.push_back(tau);
    point = next;
  }
  ASSERT_TRUE(transcript.finish().ok());
  const u32 blocks = std::min(6u, depth - 2);
  std::rotate(point.begin(), point.begin() + blocks, point.end());
  ASSERT_EQ(point, proved.point);
  const auto [q_leaf, p_leaf] = leaves.at(point);
  ASSERT_EQ(q, q_leaf);
  ASSERT_EQ(p, p_leaf);
}

template <class Numerator>
K sum_of(const LeafSourceOf<Numerator>& leaves) {
  K sum;
  std::vector<K> q(leaves.size());
  std::vector<Numerator> p(leaves.size());
  leaves.leaves(0, leaves.size(), q.data(), p.data());
  for (std::size_t x = 0; x < q.size(); ++x) sum += inverse(q[x]) * p[x];
  return sum;
}

TEST(FractionTree, GapsOfAnySizeAndBothWaysOfTheLowestLayer) {
  for_every_instruction_set([] {
    for (const u32 depth : {2u, 3u, 7u, 8u, 9u, 10u, 11u, 12u, 13u, 14u}) {
      const std::size_t all = std::size_t{1} << depth;
      for (const std::size_t size : {all, all / 2 + 1, all * 5 / 8, all - 1}) {
        const RandomLeaves leaves(size, depth);
        const Proved stored = prove(leaves, depth, depth + 1);
        expect_accepted(leaves, stored, depth, sum_of(leaves));
        if (depth < 9) continue;
        const Proved again = prove(leaves, depth, 9);
        ASSERT_EQ(again.messages, stored.messages) << depth << " " << size;
        ASSERT_EQ(again.point, stored.point);
      }
    }
  });
}

// Of leaves that say which blocks belong together and of the same ones that do not; sizes in eighths of the tree.
template <class Leaves>
void expect_blocks_to_give_the_same_messages(std::initializer_list<std::size_t> eighths) {
  for_every_instruction_set([&] {
    for (const u32 depth : {9u, 11u, 12u, 13u, 14u, 18u}) {
      const std::size_t all = std::size_t{1} << depth;
      if (depth == 18 && threads() == 1) continue;
      for (const std::size_t part : eighths) {
        const std::size_t size = all * part / 8;
        const Leaves any(size, depth, false), told(size, depth, true);
        const Proved expected = prove(any, depth, 9);
        if (depth < 18) expect_accepted(any, expected, depth, sum_of(any));
        const Proved proved = prove(told, depth, 9);
        ASSERT_EQ(proved.messages, expected.messages) << depth << " " << size;
        ASSERT_EQ(proved.point, expected.point);
        ASSERT_EQ(prove(told, depth, depth + 1).messages, expected.messages);
      }
    }
  });
}

TEST(FractionTree, BlocksOfOneLookupGiveTheSameMessages) {
  expect_blocks_to_give_the_same_messages<LookupLeaves>({8, 5});
}

TEST(FractionTree, GapsGiveTheSameMessages) {
  expect_blocks_to_give_the_same_messages<GapLeaves>({8, 5});
}

TEST(FractionTree, BlocksOfOneMapGiveTheSameMessages) {
  expect_blocks_to_give_the_same_messages<MapLeaves>({8, 5, 3});
}

}  // namespace
}  // namespace pedigree
